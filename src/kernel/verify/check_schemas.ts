/** Checks every JSON Schema in kinds and resources; errors point at the keyword. */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { type DiglyError, fail, isDiglyError, type Origin } from "../../contract/errors.ts";
import { formatField } from "../../contract/field_path.ts";
import { toInputSchema } from "../../contract/input_schema.ts";
import { didYouMean } from "../../diagnostics/nearest.ts";
import { matchesOf, parsePattern, type Pattern } from "../../contract/path_pattern.ts";
import { isMap, type Path, valueAt, type ValueMap } from "../../contract/resource.ts";
import type { Anchor } from "../../contract/source.ts";
import { isKernelKind } from "../../contract/urn.ts";
import { isSimpleInput, simpleSize } from "../../schema/simple_schema.ts";
import { loadPatternsFor } from "../../schema/patterns.ts";
import { isCertainlyValid, loadSchemaCompiler } from "../../schema/schema.ts";
import {
  checkInputSchema,
  checkSchema,
  type SchemaProblem,
} from "../../schema/check/schema_check.ts";
import type { Checked, CheckedKind } from "./checked.ts";

/** Options of {@link checkResourceSchemas}. */
export interface SchemaCheckOptions {
  readonly kinds: ReadonlyMap<string, CheckedKind>;
  /** The import that provides a kind, such as `digly:http`, if known. */
  readonly importFor: (kind: string) => string | undefined;
  /** Also warn about likely mistakes, and compile schemas that pass the checks. */
  readonly checking: boolean;
  readonly diagnostics: Diagnostics;
}

/** Fields of any kind that contain a schema, or a map from property to schema. */
const INPUT_FIELDS = ["inputSchema", "outputSchema"];

/** How a schema is written; `unknown` if the kind may interpret a map in its own way. */
type Form = "schema" | "schema or properties" | "unknown";

/** Whether the schemas of the kinds in a table are sound. */
const checkedKinds = new WeakMap<ReadonlyMap<string, CheckedKind>, Map<CheckedKind, boolean>>();

/** Checks the schemas of all kinds, once per table; built-in ones are known to be sound. */
export async function checkKindSchemas(options: SchemaCheckOptions): Promise<void> {
  const { kinds } = options;
  if (checkedKinds.has(kinds)) return;
  const sound = new Map<CheckedKind, boolean>();
  checkedKinds.set(kinds, sound);
  const seen = new Set<unknown>();
  const written = [...kinds].filter(([, { schema, schemaUrl }]) =>
    schema !== undefined && !schemaUrl?.startsWith("digly:")
  );
  await loadPatternsFor(written.map(([, { schema }]) => schema));
  const contracts = new Set(Array.from(kinds.values(), (kind) => kind.implements).flat());
  for (const [name, kind] of written) {
    const { schema, schemaOriginOf } = kind;
    const problems = checkSchema(schema);
    sound.set(kind, problems.every(({ isWarning }) => isWarning));
    // A kind without its own schema has that of its parent.
    if (seen.has(schema)) continue;
    seen.add(schema);
    const what = `The schema of the kind ${name} is invalid`;
    reportProblems(problems, what, schemaOriginOf, options);
    for (const { path, kind } of namedKinds(schema)) {
      if (kinds.has(kind) || isKernelKind(kind) || contracts.has(kind)) continue;
      const importPath = options.importFor(kind);
      options.diagnostics.error(schemaError(
        `${what}: "${kind}" is not a known kind`,
        schemaOriginOf(path),
        importPath === undefined
          ? didYouMean(kind, kinds.keys()) ?? "Import the module that defines it"
          : `Add "${importPath}" to \`imports\``,
      ));
    }
  }
}

/** The kinds that references in a schema must be of. */
function* namedKinds(
  node: unknown,
  path: Path = [],
  seen: ReadonlySet<unknown> = new Set(),
): Iterable<{ readonly path: Path; readonly kind: string }> {
  if (typeof node !== "object" || node === null || seen.has(node)) return;
  const inside = new Set([...seen, node]);
  for (const [key, value] of Object.entries(node)) {
    const at = [...path, Array.isArray(node) ? Number(key) : key];
    if (key !== "digly:kind") yield* namedKinds(value, at, inside);
    else if (typeof value === "string") yield { path: at, kind: value };
    else if (Array.isArray(value)) {
      for (const [index, kind] of value.entries()) {
        if (typeof kind === "string") yield { path: [...at, index], kind };
      }
    }
  }
}

/** False for a kind whose schema is invalid, which has been reported. */
export function hasSoundSchema(
  kind: CheckedKind,
  kinds: ReadonlyMap<string, CheckedKind>,
): boolean {
  return checkedKinds.get(kinds)?.get(kind) ?? true;
}

/** A schema in a resource. */
interface WrittenSchema {
  readonly checked: Checked;
  readonly path: Path;
  readonly written: unknown;
  readonly form: Form;
}

/**
 * Checks the schemas in resources; adds the URNs of those with an invalid one to `unsound`. Returns
 * the places of values that cannot be a schema at all.
 */
export async function checkResourceSchemas(
  resources: readonly Checked[],
  unsound: Set<string>,
  options: SchemaCheckOptions,
): Promise<ReadonlySet<string>> {
  const impossible = new Set<string>();
  const { kinds, checking } = options;
  const schemas: WrittenSchema[] = [];
  for (const checked of resources) collectSchemas(checked, kinds.get(checked.kind), schemas);
  await loadPatternsFor(schemas.map(({ written }) => written));
  for (const { checked: { urn, manifest }, path, written, form } of schemas) {
    const problems = problemsOf(written, form);
    const errors = problems.filter(({ isWarning }) => !isWarning);
    if (errors.length > 0) unsound.add(urn);
    if (errors.some(({ path: inside }) => inside.length === 0)) {
      impossible.add(placeIn(urn, path));
    }
    const originOf = (steps: Path, anchor?: Anchor) =>
      manifest.originAt([...path, ...steps], anchor);
    reportProblems(problems, invalid(urn, path), originOf, options);
  }
  // Schemas refer to each other, so a mistake in one would be reported for others too.
  if (checking && unsound.size === 0) await compileSchemas(schemas, unsound, options);
  return impossible;
}

/** A field of a resource, as {@link checkResourceSchemas} names it. */
export function placeIn(urn: string, path: Path): string {
  return `${urn} ${formatField(path)}`;
}

function problemsOf(written: unknown, form: Form): readonly SchemaProblem[] {
  // Names of properties read as unknown keywords cost a search for the nearest one each.
  if (form === "schema or properties") return checkInputSchema(written);
  const problems = checkSchema(written);
  const isSound = problems.every(({ isWarning }) => isWarning);
  if (form === "schema" || (form === "unknown" && isSound)) return problems;
  return checkInputSchema(written);
}

/** Fields of a kind that contain a schema. */
interface SchemaField {
  readonly pattern: Pattern;
  readonly form: Form;
}

const schemaFields = new WeakMap<CheckedKind, readonly SchemaField[]>();

function schemaFieldsOf(kind: CheckedKind): readonly SchemaField[] {
  let fields = schemaFields.get(kind);
  if (fields === undefined) {
    fields = [...new Set([...kind.schemas, ...INPUT_FIELDS])].map((pattern) => ({
      pattern: parsePattern(pattern),
      form: !INPUT_FIELDS.includes(pattern)
        ? "schema"
        : kind.schemas.includes(pattern)
        ? "schema or properties"
        : "unknown",
    }));
    schemaFields.set(kind, fields);
  }
  return fields;
}

/** Adds the schemas in a resource to `schemas`. */
function collectSchemas(
  checked: Checked,
  kind: CheckedKind | undefined,
  schemas: WrittenSchema[],
): void {
  if (kind === undefined) return;
  const { value } = checked.manifest;
  const map = isMap(value) ? value : {};
  const add = (path: Path, written: unknown, form: Form) => {
    // The short form of a reference to a resource is not a schema.
    const isReference = typeof written === "string" && written.startsWith("#/");
    if (!isReference && !isCertainlySound(written, form)) {
      schemas.push({ checked, path, written, form });
    }
  };
  for (const { pattern, form } of schemaFieldsOf(kind)) {
    if (!mayMatch(map, pattern)) continue;
    const [first = ""] = pattern;
    if (pattern.length === 1 && !first.startsWith("*")) add(pattern, map[first], form);
    else for (const { path, value: written } of matchesOf(value, pattern)) add(path, written, form);
  }
}

/** True for a schema that has no mistakes, and that compiling finds none in: most are like that. */
function isCertainlySound(written: unknown, form: Form): boolean {
  return form === "schema or properties" ? isSimpleInput(written) : simpleSize(written) > 0;
}

/** False for a resource without the field that a pattern begins with, as most are. */
function mayMatch(map: ValueMap, [first]: Pattern): boolean {
  return first === undefined || map[first] !== undefined || first.startsWith("*");
}

/** Finds mistakes that only compiling reveals, such as references to missing schemas. */
async function compileSchemas(
  schemas: readonly WrittenSchema[],
  unsound: Set<string>,
  { diagnostics }: SchemaCheckOptions,
): Promise<void> {
  if (schemas.length === 0) return;
  const reported = new Set<string>();
  for (const { checked: { urn, manifest, resource }, path, form } of schemas) {
    if (form === "unknown") continue;
    const value = valueAt(resource, path);
    try {
      const schema = form === "schema" ? value : toInputSchema(value);
      if (!isCertainlyValid(schema)) (await loadSchemaCompiler()).compile(schema);
    } catch (error) {
      if (!isDiglyError(error)) throw error;
      unsound.add(urn);
      if (reported.has(error.message)) continue;
      reported.add(error.message);
      diagnostics.error(schemaError(
        `${invalid(urn, path)}: ${error.message.replace("The schema is invalid: ", "")}`,
        manifest.originAt(path),
        error.help,
      ));
    }
  }
}

function invalid(urn: string, path: Path): string {
  return `${urn}: \`${formatField(path)}\` is not a valid JSON Schema`;
}

function reportProblems(
  problems: readonly SchemaProblem[],
  what: string,
  originOf: (path: Path, anchor?: Anchor) => Origin | undefined,
  { diagnostics, checking }: SchemaCheckOptions,
): void {
  for (const { path, atKey, problem, help, isWarning } of problems) {
    const origin = originOf(path, atKey ? "key" : "value");
    if (!isWarning) diagnostics.error(schemaError(`${what}: ${problem}`, origin, help));
    else if (checking) {
      diagnostics.warning({ code: "WARN_SCHEMA_KEYWORD", message: problem, origin, help });
    }
  }
}

function schemaError(
  problem: string,
  origin: Origin | undefined,
  help: string | undefined,
): DiglyError {
  return fail("ERR_SCHEMA_VALIDATION", { problem }, { origin, help });
}
