/** Formats manifests, and makes sure that they mean the same afterwards. */
import type { Diagnostics } from "../contract/diagnostics.ts";
import { type DiglyError, fail } from "../contract/errors.ts";
import { DEFAULT_LIMITS } from "../contract/limits.ts";
import { parseSource } from "../load/yaml/parse.ts";
import { formatTokens } from "./format_yaml.ts";
import { Parser } from "./yaml_parser.ts";

/** Files that are manifests by their names. */
const NAMED = /(?:^|\/)(?:runtime|module)\.yaml$|\.test\.ya?ml$/;

/** The formatted text of the manifest at a URL. Throws a `DiglyError` for what is not valid YAML. */
export function formatManifest(url: string, text: string): string {
  const source = text.replaceAll(/\r\n?/g, "\n");
  const before = valuesOf(url, source);
  const formatted = formatTokens(source, new Parser().parse(source));
  let isSame: boolean;
  try {
    isSame = JSON.stringify(valuesOf(url, formatted)) === JSON.stringify(before) &&
      commentsOf(formatted) === commentsOf(source);
  } catch {
    isSame = false;
  }
  if (isSame) return formatted;
  throw fail("ERR_MANIFEST_INVALID", {
    problem: `${url} cannot be formatted without changing what it means`,
  }, { help: "The file is left as it is; please report what it contains" });
}

/** True for files that are manifests: by their name, or because a document looks like one. */
export function isManifest(url: string, text: string): boolean {
  if (NAMED.test(url)) return true;
  const documents = text.split(/^---/m);
  return documents.some((document) =>
    /^\$\w+:/m.test(document) ||
    (/^kind:\s*\S/m.test(document) && /^metadata:/m.test(document) &&
      !/^apiVersion:/m.test(document))
  );
}

/** What the documents contain, as the program reads them. */
function valuesOf(url: string, text: string): unknown[] {
  let first: DiglyError | undefined;
  const diagnostics: Diagnostics = {
    error: (error) => void (first ??= error),
    warning() {},
  };
  const source = { url, text, module: "", root: new URL(".", url).href };
  const documents = parseSource(source, DEFAULT_LIMITS, diagnostics);
  if (first !== undefined) throw first;
  return documents.map(({ value }) => value);
}

/** The comments in their order. */
function commentsOf(text: string): string {
  const comments: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (typeof value !== "object" || value === null) return;
    const { type, source } = value as { type?: unknown; source?: unknown };
    if (type === "comment" && typeof source === "string") comments.push(source.trimEnd());
    Object.values(value).forEach(visit);
  };
  for (const token of new Parser().parse(text)) visit(token);
  return comments.join("\n");
}
