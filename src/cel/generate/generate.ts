/** Compiles expressions to JavaScript, if the host allows that. */
import type { Node } from "../ast.ts";
import type { Run } from "../compile.ts";
import type { Names } from "../names.ts";
import { Generator } from "./generator.ts";
import { SUPPORT } from "./support.ts";

let isRefused = false;

/**
 * Compiles a tree to JavaScript; `undefined` if the host refuses code made of text. It gives
 * the result as plain data, or throws to have the closures do it.
 */
export function generate(node: Node, source: string, names: Names): Run | undefined {
  if (isRefused) return undefined;
  const generator = new Generator(source);
  const place = { names, locals: new Map(), leaves: true };
  const { code } = generator.generate(node, place);
  const variables = Array.from(
    generator.freeSlots,
    (slot) => `const v${slot}=s[${slot}];if(v${slot}===undefined)R.bail();`,
  );
  const text = `"use strict";return function(c){const s=c.slots;${variables.join("")}` +
    `${generator.body}return ${code};};`;
  try {
    const make = new Function("R", "K", text) as (support: unknown, constants: unknown) => Run;
    return make(SUPPORT, generator.constants);
  } catch (error) {
    // A content security policy, or `--disallow-code-generation-from-strings`.
    if (!(error instanceof EvalError)) throw error;
    isRefused = true;
    return undefined;
  }
}
