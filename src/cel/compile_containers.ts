/** Closures that make lists and maps. */
import { MapBuilder } from "./access.ts";
import type { ListLiteral, MapLiteral, Node } from "./ast.ts";
import { CelError } from "./cel_error.ts";
import type { Compiler, Run } from "./compiler.ts";
import { Optional, typeOf } from "./values.ts";
import { typeInWords } from "./words.ts";

/** Compiles `[a, b]`. */
export function compileList(node: ListLiteral, compiler: Compiler): Run {
  const items = node.items.map(({ value, optional }) => ({
    run: compiler.compile(value, compiler),
    optional,
    node: value,
  }));
  return (context) => {
    const list: unknown[] = [];
    context.spend(1 + items.length);
    for (const { run, optional, node } of items) {
      const value = optional ? optionalEntry(run(context), node) : run(context);
      if (value === undefined) continue;
      list.push(value);
      context.note(list, value);
    }
    return list;
  };
}

/** The value of an element or entry marked by `?`; `undefined` if there is none. */
function optionalEntry(value: unknown, node: Node): unknown {
  if (value instanceof Optional) return value.value;
  throw new CelError(
    `An entry marked by "?" must be an optional, and this is ${typeInWords(value)}`,
    {},
    node,
  );
}

/** Compiles `{'a': b}`. */
export function compileMap(node: MapLiteral, compiler: Compiler): Run {
  const entries = node.entries.map(({ key, value, optional }) => ({
    key: compiler.compile(key, compiler),
    value: compiler.compile(value, compiler),
    optional,
    node: { key, value },
  }));
  return (context) => {
    const map = new MapBuilder(context);
    context.spend(1 + entries.length);
    for (const entry of entries) {
      const key = checkKey(entry.key(context), entry.node.key);
      const given = entry.value(context);
      const value = entry.optional ? optionalEntry(given, entry.node.value) : given;
      if (value !== undefined && !map.add(key, value)) {
        throw new CelError("The map has a key twice", {}, entry.node.key);
      }
    }
    return map.build();
  };
}

/** A key; only strings, booleans and integers can be keys. */
export function checkKey(key: unknown, node: Node): unknown {
  const type = typeOf(key);
  if (type === "string" || type === "bool" || type === "int" || type === "uint") return key;
  throw new CelError(
    `A key of a map must be a string, a boolean or an integer, and this is ${typeInWords(key)}`,
    {},
    node,
  );
}
