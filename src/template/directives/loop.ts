/** Parses `x in xs` and `i, x in xs`, and iterates over lists and mappings. */
import type { Path, Value } from "../../contract/resource.ts";
import { describe } from "../expr/values.ts";
import type { ErrorReporter } from "../form.ts";
import { engine } from "../expr/engine.ts";
import { childScopeOf, type Scope } from "../expr/scope.ts";

/** `i, x in xs`, read. */
export interface Loop {
  /** One name, or index (or key) and element. */
  readonly names: readonly string[];
  /** The text of the collection. */
  readonly collection: string;
  /** Where the collection begins in the text. */
  readonly offset: number;
}

const LOOP = /^\s*([^\s,]+)(?:\s*,\s*([^\s,]+))?\s+in\s+(?=\S)/;

/** Reads a loop; `undefined` when it is not one, which is reported. */
export function readLoop(value: Value, path: Path, reporter: ErrorReporter): Loop | undefined {
  const { loopHelp, quote } = reporter.form;
  const word = quote("for");
  const report = (problem: string, help: string) => {
    reporter.reportDirectiveError(problem, path, help);
    return undefined;
  };
  if (typeof value !== "string") {
    return report(`${word} must be a string, not ${describe(value)}`, loopHelp);
  }
  const match = LOOP.exec(value);
  if (match === null) {
    return report(`${word} is not a valid loop: "${value}"`, 'Write "x in xs" or "i, x in xs"');
  }
  const names = [match[1], match[2]].filter((name) => name !== undefined);
  for (const name of names) {
    const reason = engine().invalidVariableReason(name);
    if (reason === undefined) continue;
    return report(`"${name}" is not a valid variable name: it ${reason}`, "Choose another name");
  }
  if (names[0] === names[1]) {
    return report(`${word} uses the name "${names[0]}" for both variables`, "Choose another name");
  }
  const offset = match[0].length;
  return { names, collection: value.slice(offset), offset };
}

/** The scope of each iteration through a list or a mapping, in the order it is written. */
export function* iterationsOf(
  collection: object,
  names: readonly string[],
  scope: Scope,
): Iterable<Scope> {
  const [first, second] = names as [string, string | undefined];
  const iteration = (key: unknown, value: unknown, single: unknown) =>
    childScopeOf(
      scope,
      second === undefined ? new Map([[first, single]]) : new Map([[first, key], [second, value]]),
    );
  if (Array.isArray(collection)) {
    for (let index = 0; index < collection.length; index++) {
      yield iteration(index, collection[index], collection[index]);
    }
  } else {
    for (const [key, value] of Object.entries(collection)) yield iteration(key, value, key);
  }
}
