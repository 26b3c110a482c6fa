/** `digly kinds`: prints the kinds that an app can use, with their fields and an example. */
import { type DiglyError, fail } from "../../contract/errors.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import type { Platform } from "../../contract/platform.ts";
import type { CliHost, CommonOptions } from "../host.ts";
import { hasColor, type Paint, paintFor, visible } from "../../diagnostics/style.ts";
import { type DocumentedKind, type LoadedKinds, loadKinds } from "./load_kinds.ts";
import { errorsPage } from "./errors_page.ts";
import { kindPage } from "./page.ts";
import { fieldsOf } from "./schema_fields.ts";

/** The options of `kinds`. */
export interface KindsOptions extends CommonOptions {
  readonly format: "text" | "json";
  /** Print the errors of the modules instead, as a page in Markdown. */
  readonly errors?: boolean;
}

/**
 * Prints the kinds of an app, or one of them; resolves with the exit code. `words` are the path
 * and the kind; without a path, the built-in kinds are printed.
 */
export async function kinds(
  host: CliHost,
  words: readonly string[],
  options: KindsOptions,
): Promise<number> {
  const { path, name } = readWords(words, host.platform);
  const loaded = await loadKinds(host, path, options);
  if (loaded === undefined) return 1;
  const { stdout, env } = host.platform;
  const paint = paintFor(hasColor(stdout, env));
  const one = loaded.kinds.find(({ kind }) => kind === name);
  if (name !== undefined && one === undefined) {
    loaded.session.report(unknownKind(name, path, loaded));
    return 1;
  }
  if (options.errors === true) {
    const page = errorsPage((one === undefined ? loaded.kinds : [one]).map(readable));
    stdout.write(page === "" ? "No module declares errors\n" : page);
  } else if (options.format === "json") {
    const value = one ?? { kinds: loaded.kinds };
    stdout.write(JSON.stringify(value, undefined, stdout.isTerminal ? 2 : undefined) + "\n");
  } else {
    const { cwd } = loaded.session.rendering;
    stdout.write(
      one === undefined
        ? list(loaded.kinds.map(readable), path, paint)
        : kindPage(readable(one), { cwd, paint }),
    );
  }
  return loaded.errors.length > 0 ? 1 : 0;
}

/** A single word is a kind unless it looks like a path or a file of that name exists. */
function readWords(
  [first, second]: readonly string[],
  { files, toUrl }: Platform,
): { path?: string | undefined; name?: string | undefined } {
  if (second !== undefined || first === undefined) return { path: first, name: second };
  const isPath = /[/\\]|^\.+$|\.ya?ml$/.test(first) || files.stat(toUrl(first)) !== undefined;
  return isPath ? { path: first } : { name: first };
}

/** A kind with control characters made visible, because they could manipulate the terminal. */
function readable(kind: DocumentedKind): DocumentedKind {
  const text = JSON.stringify(
    kind,
    (_key, value) => typeof value === "string" ? visible(value) : value,
  );
  return JSON.parse(text);
}

function list(kinds: readonly DocumentedKind[], path: string | undefined, paint: Paint): string {
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
  const command = ["digly kinds", path, "<Kind>"].filter((word) => word !== undefined).join(" ");
  const help = `\nFields with * are required. \`${command}\` shows one kind in full.\n`;
  return lines.join("\n") + "\n" + help;
}

function unknownKind(
  name: string,
  path: string | undefined,
  { kinds, session }: LoadedKinds,
): DiglyError {
  const names = kinds.map(({ kind }) => kind);
  const short = `.${name.toLowerCase()}`;
  const meant = names.find((kind) => kind.toLowerCase().endsWith(short)) ?? nearest(name, names);
  const importName = session.kernel.importFor(name);
  return fail("ERR_CONTROLLER_NOT_FOUND", {
    problem: path === undefined
      ? `"${name}" is not a built-in kind, and not a file or folder`
      : `The app has no kind "${name}"`,
    resources: [],
  }, {
    help: importName !== undefined
      ? `Add "${importName}" to \`imports\` of the runtime.yaml`
      : meant === undefined
      ? `The kinds are ${names.join(", ")}`
      : `Did you mean "${meant}"?`,
  });
}
