/** Words for what the schema library reports as keywords and parameters. */
import { DURATION_PATTERN, LONG_DURATION_PATTERN } from "../contract/duration.ts";
import { SIZE_PATTERN } from "../contract/size.ts";
import { alternativesMessage, either, typeInWords } from "./alternatives.ts";
import { nearest } from "./nearest.ts";

/** An error of the schema library, as far as its message needs it. */
export interface BrokenKeyword {
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly parentSchema?: Readonly<Record<string, unknown>> | undefined;
  /** The value of the keyword. */
  readonly schema?: unknown;
  readonly message?: string | undefined;
}

/** The message for a value that breaks a keyword; it does not contain the value. */
export function violationMessage(error: BrokenKeyword): string {
  const { keyword, params, parentSchema, schema, message } = error;
  const limit = params["limit"] as number;
  switch (keyword) {
    case "type":
      return `must be ${either([params["type"]].flat().map(typeInWords))}`;
    case "required":
    case "dependentRequired":
      return "is missing";
    case "additionalProperties":
    case "unevaluatedProperties": {
      return unknownField(nearestKnown(error), knownFields(parentSchema));
    }
    case "enum":
      return `must be ${
        either((params["allowedValues"] as unknown[]).map((one) => JSON.stringify(one)))
      }`;
    case "const":
      return `must be ${JSON.stringify(params["allowedValue"])}`;
    case "minimum":
    case "maximum": {
      const { minimum, maximum } = parentSchema ?? {};
      return typeof minimum === "number" && typeof maximum === "number"
        ? `must be from ${minimum} to ${maximum}`
        : `must be at ${keyword === "minimum" ? "least" : "most"} ${limit}`;
    }
    case "exclusiveMinimum":
      return `must be greater than ${limit}`;
    case "exclusiveMaximum":
      return `must be less than ${limit}`;
    case "multipleOf":
      return `must be a multiple of ${params["multipleOf"]}`;
    case "minLength":
      return limit === 1 ? "must not be empty" : `must have at least ${limit} characters`;
    case "maxLength":
      return `must have at most ${limit} characters`;
    case "minItems":
      return limit === 1 ? "must not be empty" : `must have at least ${limit} items`;
    case "maxItems":
      return `must have at most ${limit} items`;
    case "uniqueItems":
      return "must not contain duplicate items";
    case "minProperties":
      return limit === 1 ? "must not be empty" : `must have at least ${limit} fields`;
    case "maxProperties":
      return `must have at most ${limit} fields`;
    case "pattern":
      if (params["pattern"] === DURATION_PATTERN) {
        return "must be a duration such as 500ms, 30s or 2m, or a number of seconds";
      }
      if (params["pattern"] === LONG_DURATION_PATTERN) {
        return "must be a duration such as 500ms, 30s or 2h, or a number of seconds";
      }
      if (params["pattern"] === SIZE_PATTERN) {
        return "must be a size such as 64KiB or 1.5MiB, or a whole number of bytes";
      }
      return `must match the pattern ${params["pattern"]}`;
    case "format":
      return params["format"] === "digly-urn"
        ? "does not name a resource"
        : `must be a valid ${params["format"]}`;
    case "diglyUrn":
      return "does not name a resource";
    case "digly:kind":
      return `must name a resource of the kind ${[schema].flat().join(" or ")}`;
    case "oneOf":
    case "anyOf":
      return alternativesMessage(error);
    case "not":
      return "has a form that is not allowed";
    case "false schema":
      return "is not allowed";
    default:
      return message ?? `breaks \`${keyword}\``;
  }
}

/** The message for a field that is not among the `known` ones. */
export function unknownField(near: string | undefined, known: readonly string[]): string {
  if (near !== undefined) return `is not a known field; did you mean "${near}"?`;
  return known.length === 0
    ? "is not a known field"
    : `is not a known field; valid fields are ${known.join(", ")}`;
}

/** The known field nearest to the unknown one. */
export function nearestKnown({ params, parentSchema }: BrokenKeyword): string | undefined {
  const name = (params["additionalProperty"] ?? params["unevaluatedProperty"]) as string;
  return nearest(name, knownFields(parentSchema));
}

function knownFields(schema: BrokenKeyword["parentSchema"]): string[] {
  return Object.keys((schema?.["properties"] ?? {}) as object);
}
