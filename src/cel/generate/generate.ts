/** Compiles expressions and templates to JavaScript, if the host allows that. */
import type { Node } from "../ast.ts";
import type { Run } from "../compiler.ts";
import type { Context } from "../context.ts";
import { isTypeName, Names } from "../names.ts";
import { TypeValue } from "../values.ts";
import { Generator } from "./generator.ts";
import { type Atom, mayBeSpecial } from "./writer.ts";
import { SUPPORT } from "./support.ts";

/**
 * Compiles a tree to JavaScript; `undefined` if the host refuses code made of text. It gives
 * the result as plain data, or throws to have the closures do it.
 */
export function generate(node: Node, source: string, names: Names): Run | undefined {
  const generator = new Generator(source);
  const { code } = generator.generate(node, { names, locals: new Map(), leaves: true });
  const variables = Array.from(
    generator.free,
    ([slot]) => `const v${slot}=s[${slot}];if(v${slot}===undefined)R.bail();`,
  );
  return build(generator, `function(c){const s=c.slots;${variables.join("")}`, code);
}

/** A part of a template: text, or an expression with values of names that are known already. */
export type TemplatePart = string | {
  readonly node: Node;
  readonly source: string;
  readonly bound: ReadonlyMap<string, unknown> | undefined;
};

/** Builds the value of a template with the variables of `record`. */
export type BuildTemplate = (
  context: Context,
  record: Readonly<Record<string, unknown>>,
) => unknown;

/** The code of a template, and how many slots its context needs. */
export interface GeneratedTemplate {
  readonly build: BuildTemplate;
  readonly slots: number;
}

/** Compiles a template; an exact one is one expression and keeps the type of its result. */
export function generateTemplate(
  parts: readonly TemplatePart[],
  exact: boolean,
): GeneratedTemplate | undefined {
  const generator = new Generator("");
  const atoms: string[] = [];
  let slots = 0;
  let usesSlots = false;
  let header = "";
  for (const part of parts) {
    if (typeof part === "string") {
      atoms.push(JSON.stringify(part));
      continue;
    }
    const names = new Names();
    generator.begin(part.source);
    const { code, result } = generator.block(() =>
      generator.generate(part.node, { names, locals: new Map(), leaves: true })
    );
    slots = Math.max(slots, names.table.size);
    usesSlots ||= generator.usedClosure;
    // Each part has names of its own, in slots of its own.
    const variables = Array.from(
      names.table.byName,
      ([name, slot]) => readVariable(generator, name, slot, part.bound),
    );
    const out = generator.name();
    header += `let ${out};{${variables.join("")}${code}${out}=${
      exact ? result.code : textOf(result)
    };}`;
    atoms.push(out);
  }
  const result = exact && atoms[0] !== undefined ? atoms[0] : `""+${atoms.join("+")}`;
  const built = build<BuildTemplate>(
    generator,
    `function(c,r){${usesSlots ? "const s=c.slots;" : ""}${header}`,
    result,
  );
  return built && { build: built, slots };
}

function textOf({ code, type }: Atom): string {
  return type === "string" ? code : `typeof ${code}==="string"?${code}:R.text(${code})`;
}

/** The code that reads a variable, or bails if it is not there. */
function readVariable(
  generator: Generator,
  name: string,
  slot: number,
  bound: ReadonlyMap<string, unknown> | undefined,
): string {
  const key = JSON.stringify(name);
  const known = bound?.get(name);
  const missing = isTypeName(name) ? generator.constant(new TypeValue(name)) : "R.bail()";
  const isOwn = name in Object.prototype ? `Object.hasOwn(r,${key})&&` : "";
  const value = known === undefined ? `r[${key}]` : generator.constant(known);
  const variable = `v${slot}`;
  const code = known === undefined && isOwn !== ""
    ? `let ${variable}=${isOwn}${value}?${value}:undefined;`
    : `let ${variable}=${value};`;
  const store = generator.usedClosure ? `s[${slot}]=${variable};` : "";
  return `${code}if(${variable}===undefined)${variable}=${missing};` +
    `else if(${mayBeSpecial(variable)})${variable}=R.variable(${variable});${store}`;
}

function build<F = Run>(generator: Generator, head: string, result: string): F | undefined {
  const text = `"use strict";const O=R.O;return ${head}${generator.body}return ${result};};`;
  try {
    const make = new Function("R", "K", text) as (support: unknown, constants: unknown) => F;
    return make(SUPPORT, generator.constants);
  } catch (error) {
    // A content security policy, or `--disallow-code-generation-from-strings`.
    if (!(error instanceof EvalError)) throw error;
    return undefined;
  }
}
