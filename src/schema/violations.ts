/**
 * Translates the errors of the schema library to messages that do not contain values.
 * A deferred value satisfies any schema.
 */
import type { ErrorObject } from "ajv";
import type { Violation } from "../contract/violation.ts";
import { nearestKnown, violationMessage } from "../diagnostics/violation_messages.ts";
import { isDeferred, type Path, type PathSegment } from "../contract/resource.ts";
import type { BudgetLimit, ValidationBounds } from "../contract/validation_budget.ts";

/** The maximum number of violations per value. */
const MAX_VIOLATIONS = 100;

/** The maximum total length of paths, since keys may be very long. */
const MAX_PATH_TEXT = 64 * 1024;

/** Translates the library's errors about `value`, up to a hundred. */
export function toViolations(errors: readonly ErrorObject[], value: unknown): Violation[] {
  const violations: Violation[] = [];
  let pathText = 0;
  for (const error of fold(errors, value)) {
    const path = pathOf(error, value);
    if (path === undefined) continue;
    pathText += error.instancePath.length;
    if (violations.length > 0 && pathText > MAX_PATH_TEXT) break;
    const near = error.keyword === "additionalProperties" ? nearestKnown(error) : undefined;
    violations.push({
      path,
      message: violationMessage(error),
      keyword: keywordOf(error),
      ...expectedBy(error),
      ...(near === undefined ? {} : { nearest: near }),
    });
    if (violations.length === MAX_VIOLATIONS) break;
  }
  return violations;
}

/** The violation of a value that cannot be checked within `bounds`. */
export function refusal(limit: BudgetLimit, bounds: ValidationBounds): Violation {
  const message = limit === "validationSteps"
    ? `takes more than ${bounds.validationSteps} steps to check against its schema`
    : `nests more than ${bounds.validationDepth} levels deep in its schema`;
  return { path: [], message, keyword: "limit", limit, limitValue: bounds[limit] };
}

/** References to resources have one keyword, as a string or as a map. */
function keywordOf({ keyword, params }: ErrorObject): string {
  return keyword === "format" && params["format"] === "digly-urn" ? "diglyUrn" : keyword;
}

/** The types, values or kinds that a schema allows, or the fields of which it needs one. */
function expectedBy(error: ErrorObject): Pick<Violation, "expected" | "missing"> {
  const { keyword, params, parentSchema } = error;
  if (params["missing"] !== undefined) return { missing: params["missing"] as string[] };
  if (keyword === "type") return { expected: [params["type"]].flat() };
  const kinds = parentSchema?.["digly:kind"];
  if (kinds !== undefined && ["diglyUrn", "digly:kind"].includes(keywordOf(error))) {
    return { expected: [kinds].flat() };
  }
  return keyword === "enum" ? { expected: params["allowedValues"] as unknown[] } : {};
}

/**
 * Omits missing fields for which an unknown field of the same map was meant: one mistake gives one
 * error. That is the field that an unknown one is a misspelling of, and where one of several fields
 * is missing, any unknown field.
 */
export function mistakes(violations: readonly Violation[]): readonly Violation[] {
  const placed = (path: Path) => JSON.stringify(path);
  const meant = new Set<string>();
  const withUnknown = new Set<string>();
  for (const { keyword, path, nearest } of violations) {
    if (keyword !== "additionalProperties") continue;
    const map = path.slice(0, -1);
    withUnknown.add(placed(map));
    if (nearest !== undefined) meant.add(placed([...map, nearest]));
  }
  return violations.filter(({ keyword, path, missing }) =>
    missing === undefined
      ? keyword !== "required" || !meant.has(placed(path))
      : !withUnknown.has(placed(path))
  );
}

/** Replaces the errors of a failed `anyOf` or `oneOf` by the most helpful one. */
function fold(errors: readonly ErrorObject[], value: unknown): ErrorObject[] {
  const folded: ErrorObject[] = [];
  for (const error of errors) {
    if (error.keyword === "if") continue; // the errors of `then` or `else` are in the list already
    if (error.keyword !== "anyOf" && error.keyword !== "oneOf") {
      folded.push(error);
      continue;
    }
    const branches = takeBranches(folded, error);
    const open = branches.map((branch) => branch.filter((one) => pathOf(one, value) !== undefined));
    if (open.some((branch, index) => branch.length === 0 && branches[index]?.length !== 0)) {
      continue;
    }
    folded.push(...bestOf(open, error));
  }
  return folded;
}

/** Takes the errors of the composite's branches off the end of `errors`. */
function takeBranches(errors: ErrorObject[], composite: ErrorObject): ErrorObject[][] {
  const parent = composite.schemaPath.slice(0, composite.schemaPath.lastIndexOf("/") + 1);
  const branches = new Map<string, ErrorObject[]>();
  for (let last = errors.at(-1); last !== undefined; last = errors.at(-1)) {
    const inside = last.schemaPath.startsWith(`${composite.schemaPath}/`);
    // A branch that is a reference has a schema path of its own; a sibling keyword has ours.
    const sibling = last.schemaPath.startsWith(parent) &&
      !last.schemaPath.slice(parent.length).includes("/");
    if (!inside && (sibling || !last.instancePath.startsWith(composite.instancePath))) break;
    errors.pop();
    const branch = inside
      ? last.schemaPath.slice(composite.schemaPath.length + 1).replace(/\/.*$/s, "")
      : last.schemaPath.split("/").slice(0, 3).join("/");
    branches.set(branch, [last, ...branches.get(branch) ?? []]);
  }
  return [...branches.values()].reverse();
}

/** The error of the branch that comes closest, or the composite with the types it allows. */
function bestOf(branches: readonly ErrorObject[][], composite: ErrorObject): ErrorObject[] {
  const isWrongType = (error: ErrorObject) =>
    error.keyword === "type" && error.instancePath === composite.instancePath;
  // More than one fits: what is wrong with the others does not matter.
  if (composite.params["passingSchemas"]) return [composite];
  const missing = missingAlternatives(branches, composite);
  if (missing !== undefined) return [missing];
  const [closest] = branches.filter((branch) => branch.length > 0 && !branch.some(isWrongType))
    .sort((a, b) => a.length - b.length);
  const [first] = closest ?? [];
  if (first !== undefined) return [first];
  const types = branches.flatMap((branch) => branch.filter(isWrongType))
    .flatMap((error) => error.params["type"] as string | string[]);
  if (types.length === 0) return [composite];
  return [{ ...composite, keyword: "type", params: { type: [...new Set(types)] } }];
}

/**
 * One error for a map that has none of the fields that the alternatives require; `undefined` if
 * something else is wrong with one of them.
 */
function missingAlternatives(
  branches: readonly (readonly ErrorObject[])[],
  composite: ErrorObject,
): ErrorObject | undefined {
  const fields: unknown[] = [];
  for (const branch of branches) {
    const [error, ...more] = branch;
    if (error?.keyword !== "required" || more.length > 0) return undefined;
    if (error.instancePath !== composite.instancePath) return undefined;
    fields.push(error.params["missingProperty"]);
  }
  if (new Set(fields).size < 2) return undefined;
  return { ...composite, params: { ...composite.params, missing: fields } };
}

/** The path of an error; `undefined` for one at or below a deferred value. */
function pathOf(error: ErrorObject, value: unknown): PathSegment[] | undefined {
  const path: PathSegment[] = [];
  let at = value;
  if (isDeferred(at)) return undefined;
  for (const escaped of error.instancePath.split("/").slice(1)) {
    const step = escaped.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(at) ? Number(step) : step);
    at = (at as Record<string, unknown> | undefined)?.[step];
    if (isDeferred(at)) return undefined;
  }
  const { missingProperty, additionalProperty, unevaluatedProperty } = error.params;
  const own = missingProperty ?? additionalProperty ?? unevaluatedProperty;
  return own === undefined ? path : [...path, own as string];
}
