/** Coverage of the conditions in fields of resources: `if`, and the alternatives of a `switch`. */
import type { OnSwitch, SwitchPlace } from "../../contract/coverage.ts";
import { isMap, type Path, type RuntimeResource } from "../../contract/resource.ts";
import { formatUrn } from "../../contract/urn.ts";
import type { Expression } from "../../contract/templates.ts";
import type { Services } from "./services.ts";

/** Adds the report of its outcomes to the evaluation of the field at a path. */
export type ObserveBranches = (evaluate: Expression, at: Path) => Expression;

/** Observes the conditions of a resource; `undefined` where nobody wants to know. */
export function branchObserver(
  resource: RuntimeResource,
  { originAt, onCondition, onSwitch }: Pick<Services, "originAt" | "onCondition" | "onSwitch">,
): ObserveBranches | undefined {
  if (onCondition === undefined) return undefined;
  const owner = formatUrn(resource.kind, resource.metadata.name);
  return (evaluate, at) => {
    if (at.at(-1) !== "if") return evaluate;
    const alternatives = alternativesAround(resource, at);
    if (onSwitch !== undefined && alternatives !== undefined) {
      const list = at.slice(0, -2);
      const place = switchPlace(alternatives, (path) => originAt(owner, [...list, ...path]));
      return observeAlternative(evaluate, alternatives, at.at(-2) as number, place, onSwitch);
    }
    const originOf = () => originAt(owner, at);
    onCondition(originOf, undefined);
    return reporting(evaluate, (outcome) => onCondition(originOf, outcome));
  };
}

type Alternative = Readonly<Record<string, unknown>>;

/** The `switch` that has the condition at a path. */
function alternativesAround(resource: RuntimeResource, at: Path): Alternative[] | undefined {
  if (at.at(-3) !== "switch" || typeof at.at(-2) !== "number") return undefined;
  let value: unknown = resource;
  for (const step of at.slice(0, -2)) value = (value as Record<string | number, unknown>)[step];
  return Array.isArray(value) && value.every(isMap) ? value : undefined;
}

/** True for an alternative that is taken if no other one before it is. */
function isDefault({ if: condition }: Alternative): boolean {
  return condition === undefined || condition === true;
}

function switchPlace(
  alternatives: readonly Alternative[],
  originAt: (path: Path) => ReturnType<SwitchPlace["originOf"]>,
): SwitchPlace {
  const originOf = () => originAt([]);
  const branches = alternatives.map((alternative, index) => ({
    isDefault: isDefault(alternative),
    originOf: () => originAt(alternative["if"] === undefined ? [index] : [index, "if"]),
  }));
  const implicit = alternatives.some(isDefault) ? [] : [{ isDefault: true, originOf }];
  return { originOf, branches: [...branches, ...implicit] };
}

function observeAlternative(
  evaluate: Expression,
  alternatives: readonly Alternative[],
  index: number,
  place: SwitchPlace,
  onSwitch: OnSwitch,
): Expression {
  onSwitch(place, undefined);
  const isLast = !alternatives.slice(index + 1).some(({ if: condition }) =>
    condition !== undefined && typeof condition !== "boolean"
  );
  // Alternatives are tried in their order, so that after the last condition only the default is left.
  const fallback = place.branches.findIndex(({ isDefault }, branch) => isDefault && branch > index);
  return reporting(evaluate, (outcome) => {
    if (outcome) onSwitch(place, index);
    else if (isLast && fallback >= 0) onSwitch(place, fallback);
  });
}

function reporting(evaluate: Expression, report: (outcome: boolean) => void): Expression {
  const observed = (variables: Parameters<Expression>[0]) => {
    const value = evaluate(variables);
    if (typeof value === "boolean") report(value);
    return value;
  };
  return Object.assign(observed, { explain: evaluate.explain });
}
