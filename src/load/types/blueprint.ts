/** Resources as the body of a template describes them, and the types of the loops around their parts. */
import { checkTypes } from "../../cel/check/check.ts";
import { turnOf } from "../../cel/check/loops.ts";
import { DYN, type Type } from "../../cel/types.ts";
import { isDeferred, type Path, type Value, type ValueMap } from "../../contract/resource.ts";
import { setOwn } from "../../contract/own_key.ts";
import { codesOf } from "../../template/deferred/deferred.ts";
import type { Collection, Mapping, Node } from "../../template/expand/nodes.ts";

/** The types of names; a name without one may be anything. */
export type NameTypes = (name: string) => Type | undefined;

/** The type of what a loop goes through. */
export function collectionType({ deferred }: Collection, typeOf: NameTypes): Type {
  const [code, ...more] = codesOf(deferred);
  if (code === undefined || more.length > 0) return DYN;
  return checkTypes(code.program.tree, code.program.text, typeOf).type;
}

/** The types of the names of a loop. */
export function loopTypes(loop: Collection, typeOf: NameTypes): ReadonlyMap<string, Type> {
  const { item, key, value } = turnOf(collectionType(loop, typeOf)) ??
    { item: DYN, key: DYN, value: DYN };
  const [first, second] = loop.names as readonly [string, string?];
  return new Map(second === undefined ? [[first, item]] : [[first, key], [second, value]]);
}

/** A resource of a body without an instance, with the expressions that it has. */
export class Blueprint {
  /** The names of all loops in and around it. One that has several types may be anything. */
  readonly names: Map<string, Type> = new Map();
  readonly #parameters: NameTypes;
  /** Where everything is written. */
  readonly #places = new Map<string, Path>();

  constructor(parameters: NameTypes) {
    this.#parameters = parameters;
  }

  typeOf(name: string): Type | undefined {
    return this.names.get(name) ?? this.#parameters(name);
  }

  /** An element without its loops and conditions. */
  unwrap(node: Node): Node {
    let inner = node;
    while (inner.type === "repeated") {
      for (const loop of inner.loops) this.#addLoop(loop);
      inner = inner.content;
    }
    return inner;
  }

  /** What a node gives, with one element for each loop; `at` is where that is in the resource. */
  valueOf(node: Node, at: Path = []): Value {
    this.#places.set(at.join("\0"), node.path);
    switch (node.type) {
      case "constant":
        return node.value;
      case "text":
        return node.deferred;
      case "list":
        return node.items.map((item, index) => this.valueOf(item, [...at, index]));
      case "variants":
        return this.valueOf(node.forKind(undefined), at);
      case "repeated":
        return this.valueOf(this.unwrap(node), at);
      case "mapping": {
        const map: ValueMap = {};
        for (const { key, node: below } of node.entries) {
          if (!isDeferred(key)) setOwn(map, key, this.valueOf(below, [...at, key]));
        }
        return map;
      }
    }
  }

  /** Where what is at a path of the resource is written. */
  placeOf(path: Path): Path {
    for (let length = path.length; length >= 0; length--) {
      const place = this.#places.get(path.slice(0, length).join("\0"));
      if (place !== undefined) return [...place, ...path.slice(length)];
    }
    return path;
  }

  #addLoop(loop: Collection): void {
    const types = loopTypes(loop, (name) => this.typeOf(name));
    for (const [name, type] of types) {
      this.names.set(name, this.names.has(name) ? DYN : type);
    }
  }
}

/** The kind of a resource, unless it is computed. */
export function kindOf({ entries }: Mapping): string | undefined {
  const kind = entries.find(({ key }) => key === "kind")?.node;
  return kind?.type === "constant" && typeof kind.value === "string" ? kind.value : undefined;
}
