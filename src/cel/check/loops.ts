/** The types of macros that bind names. */
import type { Bind, Comprehension, OptionalMap } from "../ast.ts";
import { CelError } from "../cel_error.ts";
import { notIterable } from "../failures.ts";
import {
  BOOL,
  DYN,
  INT,
  listOf,
  mapOf,
  membersOf,
  STRING,
  type Type,
  typeWithArticle,
  unionOf,
} from "../types.ts";
import type { Checker } from "./checker.ts";
import type { Environment } from "./environment.ts";

/** What a collection gives in each turn: index and element, or key and value. */
export interface Turn {
  /** What a single variable is bound to. */
  readonly item: Type;
  readonly key: Type;
  readonly value: Type;
}

/** What a type gives in each turn; `undefined` if it is not a list or a map. */
export function turnOf(type: Type): Turn | undefined {
  const turns = membersOf(type).flatMap((member): Turn[] => {
    switch (member.kind) {
      case "dyn":
        return [{ item: DYN, key: DYN, value: DYN }];
      case "list":
        return [{ item: member.element, key: INT, value: member.element }];
      case "map": {
        const { fields, rest } = member;
        const values = Array.from(fields.values(), (field) => field.type);
        // Only maps that expressions write have keys other than strings.
        const key = rest === undefined ? STRING : DYN;
        return [{
          item: key,
          key,
          value: unionOf(rest === undefined ? values : [...values, rest]),
        }];
      }
      default:
        return [];
    }
  });
  if (turns.length === 0) return undefined;
  return {
    item: unionOf(turns.map(({ item }) => item)),
    key: unionOf(turns.map(({ key }) => key)),
    value: unionOf(turns.map(({ value }) => value)),
  };
}

/** The type of `collection.map(x, …)` and its relatives. */
export function comprehensionType(
  node: Comprehension,
  environment: Environment,
  checker: Checker,
): Type {
  const { collection, variables: [first, second], filter, body, macro } = node;
  const type = checker.infer(collection, environment);
  const turn = turnOf(type);
  if (turn === undefined) {
    checker.problems.error(notIterable(collection, typeWithArticle(type)), collection);
  }
  const { item, key, value } = turn ?? { item: DYN, key: DYN, value: DYN };
  let inner = environment.bind(
    second === undefined ? [[first.name, item]] : [[first.name, key], [second.name, value]],
  );
  if (filter !== undefined) {
    checker.condition(filter, inner);
    inner = checker.where(filter, true, inner);
  }
  switch (macro) {
    case "all":
    case "exists":
    case "existsOne":
      checker.condition(body, inner);
      return BOOL;
    case "filter":
      checker.condition(body, inner);
      return listOf(checker.where(body, true, inner).refine(first.name, item));
    case "sortBy":
      checker.infer(body, inner);
      return listOf(item);
    case "map":
    case "transformList":
      return listOf(checker.infer(body, inner));
    case "transformMap":
      return mapOf(checker.infer(body, inner));
    case "transformMapEntry":
      checker.infer(body, inner);
      return mapOf(DYN);
  }
}

/** The type of `cel.bind(x, value, body)`. */
export function bindType(
  { variable, value, body }: Bind,
  environment: Environment,
  checker: Checker,
): Type {
  const type = checker.infer(value, environment);
  return checker.infer(body, environment.bind([[variable.name, type]]));
}

/** The type of `x.optMap(y, body)` and `x.optFlatMap(y, body)`. */
export function optionalMapType(
  { operand, variable, body, flat }: OptionalMap,
  environment: Environment,
  checker: Checker,
): Type {
  const type = checker.infer(operand, environment);
  const values = membersOf(type).flatMap((member) =>
    member.kind === "optional" ? [member.value] : member.kind === "dyn" ? [DYN] : []
  );
  if (values.length === 0) {
    const name = flat ? "optFlatMap" : "optMap";
    checker.problems.error(
      new CelError(`${name}() of ${typeWithArticle(type)} does not exist`, {
        help: "It is a method of optionals, such as x.?field",
      }, operand),
      operand,
    );
  }
  const result = checker.infer(body, environment.bind([[variable.name, unionOf(values)]]));
  return flat ? result : { kind: "optional", value: result };
}
