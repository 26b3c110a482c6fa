/** That resources satisfy the schemas of their kinds. Rules: decision D-21. */
import { createRepeats, type Diagnostics } from "../contract/diagnostics.ts";
import { type DiglyError, fail } from "../contract/errors.ts";
import type { Validator, Violation } from "../contract/module.ts";
import { didYouMean } from "../contract/nearest.ts";
import { isDeferred, type Path } from "../contract/resource.ts";
import { formatUrn } from "../contract/urn.ts";
import { loadSchemaCompiler, type SchemaCompiler, withUrns } from "../expr/schema.ts";
import { mistakes } from "../expr/violations.ts";
import type { Checked, CheckedKind, VerifyOptions } from "./verify.ts";

/** Checks resources against the schemas of their kinds; loads the library only if there are any. */
export async function verifySchemas(
  resources: readonly Checked[],
  options: VerifyOptions,
): Promise<void> {
  const { kinds, diagnostics } = options;
  const withSchema = resources.filter(({ kind }) => kinds.get(kind)?.schema !== undefined);
  if (withSchema.length === 0) return;
  const compiler = await loadSchemaCompiler();
  const urns = new Set(resources.map(({ urn }) => urn));
  const isRepeated = createRepeats();
  // An invalid schema is one mistake, however many resources it is for.
  const validators = new Map<string, Validator | undefined>();
  const validatorOf = (name: string) => {
    if (!validators.has(name)) {
      validators.set(name, compileSchema(name, kinds.get(name)!, compiler, diagnostics));
    }
    return validators.get(name);
  };
  withUrns((urn) => urns.has(urn), () => {
    for (const checked of withSchema) {
      const { kind: _kind, metadata: _metadata, ...fields } = checked.resource;
      const violations = validatorOf(checked.kind)?.(fields) ?? [];
      for (const violation of mistakes(violations)) {
        const error = violationError(checked, fields, violation, urns);
        if (!isRepeated(error, violation.message)) diagnostics.error(error);
      }
    }
  });
}

function compileSchema(
  name: string,
  kind: CheckedKind,
  compiler: SchemaCompiler,
  diagnostics: Diagnostics,
): Validator | undefined {
  try {
    return compiler.compile(kind.schema, { trusted: isBuiltin(kind) });
  } catch (error) {
    const { message, help } = error as DiglyError;
    diagnostics.error(fail("ERR_SCHEMA_VALIDATION", {
      problem: message.replace("The schema", `The schema of the kind ${name}`),
    }, { origin: kind.originOf(), help }));
    return undefined;
  }
}

/** Built-in definitions are checked by our own tests. */
function isBuiltin({ sourceUrl }: CheckedKind): boolean {
  return sourceUrl?.startsWith("digly:") ?? false;
}

function violationError(
  { urn, manifest }: Checked,
  fields: Readonly<Record<string, unknown>>,
  { path, message, keyword }: Violation,
  urns: ReadonlySet<string>,
): DiglyError {
  const field = path.length === 0 ? "" : `\`${path.join(".")}\` `;
  return fail("ERR_SCHEMA_VALIDATION", { problem: `${urn}: ${field}${message}`, keyword }, {
    origin: manifest.originAt(path, keyword === "additionalProperties" ? "key" : "value"),
    help: nearestUrn(valueAt(fields, path), keyword, urns),
  });
}

/** For a URN that names nothing, the one that was probably meant. */
function nearestUrn(
  value: unknown,
  keyword: string,
  urns: ReadonlySet<string>,
): string | undefined {
  if (keyword !== "format" && keyword !== "diglyUrn") return undefined;
  if (typeof value === "string") return didYouMean(value, urns);
  if (typeof value !== "object" || value === null || isDeferred(value)) return undefined;
  const { kind, name } = value as Record<string, unknown>;
  if (typeof name !== "string") return undefined;
  return didYouMean(typeof kind === "string" ? formatUrn(kind, name) : name, urns);
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<PropertyKey, unknown>)[step];
  }
  return at;
}
