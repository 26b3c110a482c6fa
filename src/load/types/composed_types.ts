/**
 * Types of declarations with directives, whose parts differ by resource. Resources for which all
 * parts have the same types share the whole type, so that an expression that several of them write
 * is checked once.
 */
import type { Type } from "../../cel/types.ts";
import { isMap, type ValueMap } from "../../contract/resource.ts";
import { TYPE_DIRECTIVES } from "../registry/scopes.ts";
import { type SchemaTypeOptions, typeOfSchema } from "./schema_type.ts";

/** A map that is a directive. */
export interface Directive {
  readonly name: typeof TYPE_DIRECTIVES[number];
  readonly schema: ValueMap;
  /** The paths that it names. */
  readonly paths: readonly string[];
}

/** What is known after the types of some parts: what follows for the next one, or the whole type. */
interface Step {
  readonly next: Map<Type, Step>;
  type: Type | undefined;
}

/** The types of one side, each made once. */
export class ComposedTypes {
  readonly #side: SchemaTypeOptions["side"];
  readonly #declarations = new Map<ValueMap, {
    readonly parts: readonly Directive[];
    readonly first: Step;
  }>();

  constructor(side: SchemaTypeOptions["side"]) {
    this.#side = side;
  }

  /** The type of a declaration in which `typeOfPart` gives the types of directives. */
  typeOf(declaration: ValueMap, typeOfPart: (part: Directive) => Type): Type {
    let known = this.#declarations.get(declaration);
    if (known === undefined) {
      known = { parts: directivesIn(declaration), first: { next: new Map(), type: undefined } };
      this.#declarations.set(declaration, known);
    }
    const { parts, first } = known;
    const [whole] = parts;
    if (whole?.schema === declaration) return typeOfPart(whole);
    const types = parts.map(typeOfPart);
    let step = first;
    for (const type of types) {
      let next = step.next.get(type);
      if (next === undefined) step.next.set(type, next = { next: new Map(), type: undefined });
      step = next;
    }
    return step.type ??= typeOfSchema(declaration, {
      side: this.#side,
      directive: (schema) => types[parts.findIndex((part) => part.schema === schema)],
    });
  }
}

/** The directives in a declaration, without those in others. */
function directivesIn(declaration: ValueMap): readonly Directive[] {
  const found: Directive[] = [];
  const visit = (node: unknown) => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (!isMap(node)) return;
    const name = TYPE_DIRECTIVES.find((directive) => node[directive] !== undefined);
    if (name !== undefined) {
      const paths = [node[name]].flat().filter((path) => typeof path === "string");
      found.push({ name, schema: node, paths });
    } else Object.values(node).forEach(visit);
  };
  visit(declaration);
  return found;
}
