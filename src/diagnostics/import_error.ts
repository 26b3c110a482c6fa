/** Reads the place of a syntax error or a missing import out of what a runtime throws. */
import { type DiglyError, fail, isDiglyError, messageOf, type Origin } from "../contract/errors.ts";
import {
  findImport,
  findJson,
  type FoundPlace,
  readSource,
  type SourceFiles,
} from "./import_place.ts";

/** How many lines of source to show before and after the one that is wrong. */
const AROUND = 2;

type Place = FoundPlace["place"];

/**
 * A `DiglyError` `ERR_MODULE_INVALID` with its place for what the loader found wrong;
 * anything else, such as what the module at `url` itself threw, comes back as it is.
 */
export function explainImportError(error: unknown, url: string, machine: SourceFiles): unknown {
  if (!(error instanceof Error) || isDiglyError(error)) return error;
  if (MISSING_AUTHOR.test(error.message)) return missingAuthor(error, machine);
  if (PACKAGED.test(error.message)) return packagedTypeScript(error, machine);
  const found = findImport(error, url, machine) ?? findJson(error, url, machine) ??
    fromBun(error) ??
    fromEsbuild(error) ?? fromDeno(error) ?? fromNode(error);
  return found === undefined ? error : invalid(found, error, machine);
}

/** The name of a package that is not installed, in what a runtime throws. */
export function missingPackage(error: unknown): string | undefined {
  const pattern = /(?:Cannot find package|Could not resolve) ['"]((?:@[^/'"]+\/)?[^./'"][^/'"]*)/;
  return pattern.exec(messageOf(error))?.[1];
}

const PACKAGED = /^\[ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING\].* "(file:[^"]+)"/;

/** Deno reads no TypeScript of packages. */
function packagedTypeScript(error: Error, { toPath }: SourceFiles): DiglyError {
  const path = toPath(PACKAGED.exec(error.message)?.[1] ?? "");
  return fail("ERR_MODULE_INVALID", {
    problem: `Deno does not read the TypeScript of packages, such as ${path}`,
  }, {
    help: "Let the package contain JavaScript as well, and name it in its entry for deno",
    cause: error,
  });
}

/** What Node and Deno say of a package that is not installed. */
const MISSING_AUTHOR =
  /(?:Cannot find package 'digly' imported from|Could not find package 'digly' from referrer) '?([^']+)'?\.?$/;

/** Runtimes without module hooks cannot answer the import with the program's own copy. */
function missingAuthor(error: Error, machine: SourceFiles): DiglyError {
  const [, importer = ""] = MISSING_AUTHOR.exec(error.message) ?? [];
  const url = importer.startsWith("file:") ? importer : machine.toUrl(importer);
  const place = placeOfImport(url, machine);
  return fail("ERR_MODULE_INVALID", {
    problem: `${machine.toPath(url)} imports "digly/module", which this runtime does not find`,
  }, {
    origin: place && originOf(place, machine),
    help: "Install the package digly beside the file, or use a newer version of the runtime: " +
      "Node 20.6, Deno 2.9, Bun and the single executable need no package",
    cause: error,
  });
}

/** Where a file imports `digly/module`. */
function placeOfImport(url: string, machine: SourceFiles): Place | undefined {
  for (const [index, line] of (readSource(url, machine)?.split(/\r?\n/) ?? []).entries()) {
    const match = AUTHOR_IMPORT.exec(line);
    if (match === null) continue;
    return { file: url, line: index + 1, column: match.index + 1, length: match[0].length };
  }
  return undefined;
}

const AUTHOR_IMPORT = /["']digly\/module["']/;

/** Bun: a message with a position, or several in an aggregate. */
function fromBun(error: Error): FoundPlace | undefined {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  const { position, message } = first as { position?: Place | null; message: string };
  return position?.file ? { message, place: position } : undefined;
}

/** esbuild, on Node before 22.18. */
function fromEsbuild(error: Error): FoundPlace | undefined {
  const { errors } = error as { errors?: { text: string; location: Place | null }[] };
  const first = Array.isArray(errors) ? errors[0] : undefined;
  if (!first?.location) return undefined;
  const { location } = first;
  return { message: first.text, place: { ...location, column: location.column + 1 } };
}

/** Deno: coloured text, the place in its last line. */
function fromDeno(error: Error): FoundPlace | undefined {
  // deno-lint-ignore no-control-regex
  const text = error.message.replace(/\x1b\[[0-9;]*m/g, "");
  const at = /\n? +at (file:\S+):(\d+):(\d+)$/.exec(text);
  if (!at) return undefined;
  const [, file = "", line = "", column = ""] = at;
  const place = { file, line: Number(line), column: Number(column), length: 0 };
  const missing = /^Import ("[^"]+") not a dependency/.exec(text);
  if (missing) {
    const help = "Install it beside the controller, and run Deno with --node-modules-dir=manual";
    return { message: `Cannot find package ${missing[1]}`, place, help };
  }
  const message = text.replace(/\n.*$/s, "").replace(/^SyntaxError: /, "").replace(at[0], "");
  return { message, place };
}

const TAKEN_FOR_COMMONJS = /^Unexpected token 'export'|^Cannot use import statement/;
const SAY_MODULE =
  'Write "type": "module" into the nearest package.json, or end the name in .mts or .mjs';

/** Node: the place and a marked line before the stack. */
function fromNode(error: Error): FoundPlace | undefined {
  const at = /^(\S.*):(\d+)\n(?:.*\n){1,3}?( *)(\^+)\n/.exec(error.stack ?? "");
  if (!at) return undefined;
  const [, file = "", line = "", indent = "", carets = ""] = at;
  const { message } = error;
  const place = { file, line: Number(line), column: indent.length + 1, length: carets.length };
  return TAKEN_FOR_COMMONJS.test(message)
    ? { message, place, help: SAY_MODULE }
    : { message, place };
}

function invalid(found: FoundPlace, cause: Error, machine: SourceFiles): DiglyError {
  const { message, place, help } = found;
  const problem = message.replace(/\.$/, "");
  return fail("ERR_MODULE_INVALID", { problem }, { origin: originOf(place, machine), help, cause });
}

function originOf({ file, line, column, length }: Place, machine: SourceFiles): Origin {
  const origin = { file: machine.toPath(file), line, column, length, path: "$" };
  const lines = readSource(machine.toUrl(file), machine)?.split(/\r?\n/);
  if (lines === undefined) return origin;
  const firstLine = Math.max(1, line - AROUND);
  return { ...origin, excerpt: { firstLine, lines: lines.slice(firstLine - 1, line + AROUND) } };
}
