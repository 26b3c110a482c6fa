/** `digly kinds`: what can be written in an app, each kind with its fields and an example. */
import { type DiglyError, fail } from "../../contract/errors.ts";
import { nearest } from "../../contract/nearest.ts";
import type { CliHost, CommonOptions } from "../host.ts";
import { hasColor, type Paint, paintFor, visible } from "../style.ts";
import { type KnownKind, type KnownKinds, loadKinds } from "./known.ts";
import { kindPage } from "./page.ts";
import { fieldsOf } from "./schema_fields.ts";

/** The options of `kinds`. */
export interface KindsOptions extends CommonOptions {
  readonly format: "text" | "json";
}

/** Shows the kinds of the app at `path`, or the one named; resolves with the exit code. */
export async function kinds(
  host: CliHost,
  path: string,
  name: string | undefined,
  options: KindsOptions,
): Promise<number> {
  const known = await loadKinds(host, path, options);
  if (known === undefined) return 1;
  const { stdout, env } = host.platform;
  const paint = paintFor(hasColor(stdout, env));
  const one = known.kinds.find(({ kind }) => kind === name);
  if (name !== undefined && one === undefined) {
    known.session.report(unknownKind(name, known));
    return 1;
  }
  if (options.format === "json") {
    const value = one ?? { kinds: known.kinds };
    stdout.write(JSON.stringify(value, undefined, stdout.isTerminal ? 2 : undefined) + "\n");
  } else {
    const { cwd } = known.session.rendering;
    stdout.write(
      one === undefined
        ? list(known.kinds.map(readable), path, paint)
        : kindPage(readable(one), { cwd, paint }),
    );
  }
  return known.errors.length > 0 ? 1 : 0;
}

/** A kind without control characters, which could play tricks on a terminal. */
function readable(kind: KnownKind): KnownKind {
  const text = JSON.stringify(
    kind,
    (_key, value) => typeof value === "string" ? visible(value) : value,
  );
  return JSON.parse(text);
}

function list(kinds: readonly KnownKind[], path: string, paint: Paint): string {
  const width = Math.max(...kinds.map(({ kind }) => kind.length));
  const modules = Math.max(...kinds.map(({ module }) => module.length));
  const indent = " ".repeat(width + modules + 4);
  const lines = kinds.flatMap(({ kind, module, description, schema }) => {
    const fields = fieldsOf(schema).filter(({ path }) => /^[^.[]+$/.test(path))
      .map(({ path, required }) => required ? `${path}*` : path);
    const [first = "", ...rest] = [description ?? "", fields.join(", ")].filter((text) =>
      text !== ""
    );
    return [
      `${paint("cyan", kind.padEnd(width))}  ${module.padEnd(modules)}  ${first}`.trimEnd(),
      ...rest.map((text) => indent + paint("grey", text)),
    ];
  });
  const help =
    `\nFields with * are required. \`digly kinds ${path} <Kind>\` shows one kind whole.\n`;
  return lines.join("\n") + "\n" + help;
}

function unknownKind(name: string, { kinds, session }: KnownKinds): DiglyError {
  const names = kinds.map(({ kind }) => kind);
  const short = `.${name.toLowerCase()}`;
  const meant = names.find((kind) => kind.toLowerCase().endsWith(short)) ?? nearest(name, names);
  const brings = session.kernel.importFor(name);
  return fail("ERR_CONTROLLER_NOT_FOUND", {
    problem: `The app knows no kind "${name}"`,
    resources: [],
  }, {
    help: brings !== undefined
      ? `Add "${brings}" to \`imports\` of the runtime.yaml`
      : meant === undefined
      ? `It knows ${names.join(", ")}`
      : `Did you mean "${meant}"?`,
  });
}
