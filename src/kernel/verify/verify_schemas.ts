/** Checks resources against the schemas of their kinds. */
import type { SchemaCheck } from "../../contract/schema.ts";
import type { Warning } from "../../contract/diagnostics.ts";
import { schemaError } from "../../diagnostics/schema_error.ts";
import { withoutRepeats } from "../../diagnostics/repeats.ts";
import type { DiglyError } from "../../contract/errors.ts";
import { formatField } from "../../contract/field_path.ts";
import { type KnownUrns, withUrns } from "../../contract/known_urns.ts";
import { violationError } from "../../contract/input_schema.ts";
import { parseUrn } from "../../contract/urn.ts";
import type { Violation } from "../../contract/violation.ts";
import { loadSchemaCompiler, toValidator } from "../../schema/schema.ts";
import { compileUnknownFields, type UnknownField } from "../../schema/unknown_fields.ts";
import { descriptionOfField, helpForViolation } from "../../schema/violation_help.ts";
import { mistakes } from "../../schema/violations.ts";
import { unknownField } from "../../diagnostics/violation_messages.ts";
import { hasSoundSchema, placeIn } from "./check_schemas.ts";
import type { Checked, CheckedKind, VerifyOptions } from "./checked.ts";

const NO_VIOLATIONS: readonly Violation[] = [];

/**
 * Checks resources against the schemas of their kinds. The schema library is loaded only if there
 * are any. Adds the URNs of resources that violate their schema to `unsound`. The fields in
 * `reported` have been reported before.
 */
export async function verifySchemas(
  resources: readonly Checked[],
  unsound: Set<string>,
  reported: ReadonlySet<string>,
  options: VerifyOptions,
): Promise<void> {
  const { kinds, isA, diagnostics, onProgress } = options;
  const withSchema = resources.filter(({ kind }) => kinds.get(kind)?.schema !== undefined);
  const validators = new Map<string, SchemaCheck | undefined>();
  const unknownFieldsOf = new Map<string, ReturnType<typeof compileUnknownFields>>();
  for (const { kind } of withSchema) {
    const entry = kinds.get(kind);
    if (validators.has(kind) || entry === undefined) continue;
    const { schema, unknownFields } = entry;
    validators.set(kind, await validatorOf(kind, entry, options));
    if (unknownFields === "warn") unknownFieldsOf.set(kind, compileUnknownFields(schema));
  }
  const distinct = withoutRepeats(diagnostics);
  const knownUrns: KnownUrns = {
    exists: (urn) => options.urns.has(urn),
    isA: (urn, kind) => isA(parseUrn(urn)?.kind ?? "", kind),
  };
  withUrns(knownUrns, () => {
    for (const [done, checked] of withSchema.entries()) {
      onProgress?.({ step: "fields", done, total: withSchema.length });
      const { kind: _kind, metadata: _metadata, ...fields } = checked.resource;
      let violations = validators.get(checked.kind)?.(fields) ?? NO_VIOLATIONS;
      for (const field of unknownFieldsOf.get(checked.kind)?.(fields) ?? []) {
        if (field.nearest !== undefined) {
          violations = [...violations, misspelling(field)];
          continue;
        }
        const warning = unknownFieldWarning(checked, field);
        distinct.warning(warning, formatField(field.path));
      }
      if (violations.length === 0) continue;
      unsound.add(checked.urn);
      for (const violation of mistakes(violations)) {
        if (reported.has(placeIn(checked.urn, violation.path))) continue;
        const error = resourceError(
          checked,
          fields,
          violation,
          kinds.get(checked.kind)?.schema,
          options.urns,
          knownUrns,
        );
        distinct.error(error, violation.message);
      }
    }
  });
}

function misspelling({ path, nearest, known }: UnknownField): Violation {
  return {
    path,
    message: unknownField(nearest, known),
    keyword: "additionalProperties",
    ...(nearest === undefined ? {} : { nearest }),
  };
}

function unknownFieldWarning({ urn, manifest }: Checked, { path, known }: UnknownField): Warning {
  return {
    code: "WARN_UNKNOWN_FIELD",
    message: `${urn}: \`${formatField(path)}\` is not a known field; it is kept as data`,
    origin: manifest.originAt(path, "key"),
    help: `Known are ${known.join(", ")}`,
  };
}

/** The validator of a kind; none for an invalid schema, which is reported once. */
async function validatorOf(
  name: string,
  kind: CheckedKind,
  { generated, kinds, limits, diagnostics }: VerifyOptions,
): Promise<SchemaCheck | undefined> {
  if (!hasSoundSchema(kind, kinds)) return undefined;
  const { schema, schemaUrl, schemaOriginOf } = kind;
  const pregenerated = schemaUrl?.startsWith("digly:") ? await generated(schemaUrl) : undefined;
  if (pregenerated !== undefined) return toValidator(pregenerated, limits);
  try {
    return (await loadSchemaCompiler()).compile(schema, {}, limits);
  } catch (error) {
    diagnostics.error(schemaError(error, `the kind ${name}`, schemaOriginOf()));
    return undefined;
  }
}

function resourceError(
  { urn, manifest }: Checked,
  fields: Readonly<Record<string, unknown>>,
  violation: Violation,
  schema: unknown,
  urns: ReadonlySet<string>,
  { isA }: KnownUrns,
): DiglyError {
  const { path, keyword } = violation;
  const field = path.length === 0 ? "" : ` \`${formatField(path)}\``;
  const origin = manifest.originAt(path, keyword === "additionalProperties" ? "key" : "value");
  const help = helpForViolation(violation, fields, origin, { urns, isA }) ??
    descriptionOfField(schema, violation);
  return violationError(`${urn}:${field}`, violation, { origin, help });
}
