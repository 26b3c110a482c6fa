/** Source texts and what is reported about them, for unit tests of the source stage. */
import type { DiglyError } from "../../../../src/contract/errors.ts";
import { DEFAULT_LIMITS, type Limits } from "../../../../src/contract/limits.ts";
import type { Value } from "../../../../src/contract/resource.ts";
import type { ParsedDocument, SourceText } from "../../../../src/contract/source.ts";
import { parseSource } from "../../../../src/load/yaml/parse.ts";
import { collect } from "../../documents.ts";

/** The source text of `/app/<file>`. */
export function source(text: string, file = "app.yaml"): SourceText {
  return { url: `file:///app/${file}`, text, module: "app", root: "file:///app/" };
}

/** The documents of a string and all that was reported. */
export function parse(
  text: string,
  limits: Partial<Limits> = {},
): { documents: ParsedDocument[]; errors: DiglyError[] } {
  const diagnostics = collect();
  const all = { ...DEFAULT_LIMITS, ...limits };
  return { documents: parseSource(source(text), all, diagnostics), errors: diagnostics.errors };
}

/** The values of a string without mistakes. */
export function values(text: string): Value[] {
  const { documents, errors } = parse(text);
  if (errors.length > 0) throw errors[0];
  return documents.map(({ value }) => value);
}

/** `line:column+length path message` of an error. */
export function summary({ origin, message }: DiglyError): string {
  if (origin === undefined) return message;
  return `${origin.line}:${origin.column}+${origin.length} ${origin.path} ${message}`;
}
