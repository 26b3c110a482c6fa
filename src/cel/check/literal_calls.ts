/** Calls whose argument is written in the expression, so that a wrong one is known before it runs. */
import type { Call, Node } from "../ast.ts";
import { CelError } from "../cel_error.ts";
import { Context } from "../context.ts";
import { implementationOf } from "../functions/functions.ts";
import { patternError } from "../regex/matches.ts";
import { timestampOf } from "../time.ts";

/** Functions that read a string in a form of their own. */
const READERS: ReadonlySet<string> = new Set([
  "bool",
  "double",
  "duration",
  "int",
  "timestamp",
  "uint",
]);

/** What is wrong with a string that is written as the argument of a call. */
export function literalError(
  { name, target, args }: Call,
): { readonly error: CelError; readonly node: Node } | undefined {
  const node = args.at(-1);
  if (node?.kind !== "literal" || node.type !== "string") return undefined;
  const { value } = node;
  let error: CelError | undefined;
  if (name === "matches") error = patternError(value);
  else if (target === undefined && READERS.has(name)) error = errorOf(`${name}(string)`, value);
  else if (target !== undefined && /^get[A-Z]/.test(name)) {
    error = errorOf("timestamp.getHours(string)", timestampOf(0n), value);
  }
  return error && { error, node };
}

function errorOf(key: string, ...args: unknown[]): CelError | undefined {
  try {
    implementationOf(key)(new Context([]), ...args as never[]);
    return undefined;
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}
