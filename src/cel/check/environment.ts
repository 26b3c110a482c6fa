/** What the checker knows at a place of the tree: names, and what conditions say about paths. */
import type { Node } from "../ast.ts";
import { DYN, membersOf, type Type, unionOf } from "../types.ts";

/** The type of a variable; `undefined` if there is none of that name. */
export type VariableTypes = (name: string) => Type | undefined;

/** Types of paths that hold as long as a condition does, by {@link pathOf} as text. */
export type Facts = ReadonlyMap<string, Type>;

/** No facts. */
export const NO_FACTS: Facts = new Map();

/** The names and facts at a place. */
export class Environment {
  readonly #variables: VariableTypes;
  readonly #bound: ReadonlyMap<string, Type>;
  readonly #facts: Facts;

  constructor(
    variables: VariableTypes,
    bound: ReadonlyMap<string, Type> = new Map(),
    facts: Facts = NO_FACTS,
  ) {
    this.#variables = variables;
    this.#bound = bound;
    this.#facts = facts;
  }

  /** The declared type of a name; `undefined` for one that nobody declares. */
  typeOf(name: string): Type | undefined {
    return this.#bound.get(name) ?? this.#variables(name);
  }

  /** True for a name that a macro binds, or that is a variable. */
  isBound(name: string): boolean {
    return this.typeOf(name) !== undefined;
  }

  /** What a condition says about the path that a node is. */
  factAbout(node: Node): Type | undefined {
    if (this.#facts.size === 0) return undefined;
    const key = keyOf(node);
    return key === undefined ? undefined : this.#facts.get(key);
  }

  /** The type of a name that a macro binds, with what conditions say about it and its fields. */
  refine(name: string, type: Type): Type {
    let refined = this.#facts.get(JSON.stringify([name])) ?? type;
    for (const [key, fact] of this.#facts) {
      const [root, field, ...rest] = JSON.parse(key) as string[];
      if (root !== name || field === undefined || rest.length > 0) continue;
      refined = unionOf(
        membersOf(refined).map((member) =>
          member.kind === "map"
            ? {
              ...member,
              fields: new Map(member.fields).set(field, { type: fact, required: true }),
            }
            : member
        ),
      );
    }
    return refined;
  }

  /** The environment inside of a macro; what was known about outer variables of these names ends. */
  bind(names: readonly (readonly [name: string, type: Type])[]): Environment {
    const bound = new Map(this.#bound);
    const facts = new Map(this.#facts);
    for (const [name, type] of names) {
      bound.set(name, type);
      for (const key of facts.keys()) {
        if ((JSON.parse(key) as string[])[0] === name) facts.delete(key);
      }
    }
    return new Environment(this.#variables, bound, facts);
  }

  /** The environment where these facts hold as well. */
  given(facts: Facts): Environment {
    if (facts.size === 0) return this;
    return new Environment(this.#variables, this.#bound, new Map([...this.#facts, ...facts]));
  }
}

/** The steps of a path such as `a.b['c']`, the root first; `undefined` for other nodes. */
export function pathOf(node: Node): readonly string[] | undefined {
  const steps: string[] = [];
  let at = node;
  for (;;) {
    if (at.kind === "identifier") return [at.name, ...steps.reverse()];
    if (at.kind === "select") steps.push(at.field);
    else if (at.kind === "index" && at.index.kind === "literal" && at.index.type === "string") {
      steps.push(at.index.value);
    } else return undefined;
    at = at.operand;
  }
}

/** The key of facts about a path. */
export function keyOf(node: Node): string | undefined {
  const path = pathOf(node);
  return path && JSON.stringify(path);
}

/** The facts that hold whichever of two conditions does. */
export function commonFacts(a: Facts, b: Facts): Facts {
  const common = new Map<string, Type>();
  for (const [key, type] of a) {
    const other = b.get(key);
    if (other !== undefined) common.set(key, other === type ? type : DYN);
  }
  return common;
}
