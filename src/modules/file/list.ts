/** `File.List`: lists the files below a folder. */
import { type Controller, defineController } from "../../contract/author.ts";
import { fileError, tooMany } from "./errors.ts";
import { type FileFields, inputCheck } from "./fields.ts";
import { Root } from "./root.ts";
import { type Entry, scan } from "./scan.ts";

/** The fields of a `File.List`. */
interface ListFields extends Omit<FileFields, "maxBytes"> {
  readonly pattern?: string;
  readonly recursive: boolean;
  readonly limit: number;
}

const controller: Controller = defineController<ListFields>({
  async create(resource, ctx) {
    const { pattern, recursive, limit } = resource;
    const root = new Root(resource.root, ctx);
    const pathOf = ctx.template(resource.path);
    const checkInput = await inputCheck(resource, ctx);
    return {
      init: () => root.open(),
      async execute(input) {
        checkInput(input);
        const path = pathOf({ input });
        const options = { pattern, recursive, limit, tooMany: () => tooMany(path, limit) };
        const folder = await root.resolve(path);
        try {
          const prefix = root.relative(folder);
          return (await scan(folder, options)).map((entry) => shown(entry, prefix));
        } catch (error) {
          throw fileError(error, path, "read");
        }
      },
    };
  },
});

export default controller;

/** An entry with its path below the root. */
function shown({ path, name, kind, size, modified }: Entry, prefix: string) {
  return {
    path: prefix === "" ? path : `${prefix}/${path}`,
    name,
    kind,
    size,
    modified: new Date(modified).toISOString(),
  };
}
