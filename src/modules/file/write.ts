/** `File.Write`: writes a file below a folder. */
import {
  bytesOf,
  type Controller,
  defineController,
  formatUrn,
  formOf,
  type Late,
  resultJson,
  sizeBytes,
} from "../../contract/author.ts";
import { tooLarge } from "./errors.ts";
import { type FileFields, inputCheck } from "./fields.ts";
import { Root } from "./root.ts";
import { appendToFile, replaceFile } from "./write_file.ts";

/** The fields of a `File.Write`. */
interface WriteFields extends FileFields {
  readonly content: unknown | Late<unknown>;
  readonly append: boolean;
}

const controller: Controller = defineController<WriteFields>({
  async create(resource, ctx) {
    const { kind, metadata: { name }, append } = resource;
    const maxBytes = sizeBytes(resource.maxBytes) ?? 0;
    const urn = formatUrn(kind, name);
    const root = new Root(resource.root, ctx);
    const pathOf = ctx.template(resource.path);
    const contentOf = ctx.template(resource.content);
    const checkInput = await inputCheck(resource, ctx);
    return {
      init: () => root.open(),
      async execute(input) {
        checkInput(input);
        const path = pathOf({ input });
        const content = encode(contentOf({ input }), urn);
        if (content.length > maxBytes) throw tooLarge(path, maxBytes);
        const real = await root.resolve(path, "written");
        await (append ? appendToFile : replaceFile)(real, content, path);
        return { path: root.relative(real), bytes: content.length };
      },
    };
  },
});

export default controller;

function encode(content: unknown, urn: string): Uint8Array {
  if (formOf(content) === "bytes") return bytesOf(content);
  const text = typeof content === "string"
    ? content
    : resultJson(urn, content, "content", 2) + "\n";
  return new TextEncoder().encode(text);
}
