/** Which overloads of a function or operator take given types, and what they give. */
import type { Signature, SignatureType } from "../signatures.ts";
import { DYN, FREE, listOf, mapOf, membersOf, type Scalar, type Type, unionOf } from "../types.ts";

/** Types of the type parameters of a signature. */
type Bindings = Map<string, Type[]>;

/**
 * The type that a call gives; `undefined` if no overload can take the arguments, whatever
 * their values. A method's target is the first argument.
 */
export function resultOf(
  signatures: readonly Signature[],
  args: readonly Type[],
): Type | undefined {
  const results: Type[] = [];
  const isDefinite = args.every(({ kind }) =>
    kind !== "union" && kind !== "dyn" && kind !== "number"
  );
  for (const { receiver, parameters, variadic, result } of signatures) {
    const types = receiver === undefined ? parameters : [receiver, ...parameters];
    if (types.length !== args.length && !(variadic && args.length > types.length)) continue;
    const bindings: Bindings = new Map();
    const last = types.length - 1;
    // The last type of a variadic signature is that of all further arguments.
    const takes = args.every((arg, at) => accepts(types[Math.min(at, last)]!, arg, bindings));
    if (takes) results.push(instantiate(result, bindings));
    // The first one that takes the arguments is called.
    if (takes && isDefinite) break;
  }
  if (results.length === 0) return undefined;
  const type = unionOf(results);
  // Several overloads fit only since nothing is known about an argument.
  return type.kind === "union" && args.some(({ kind }) => kind === "dyn") ? DYN : type;
}

/** Whether some value of the type can be an argument of a parameter. */
function accepts(parameter: SignatureType, type: Type, bindings: Bindings): boolean {
  const { name, args } = parameter;
  if (isTypeParameter(name)) {
    const bound = bindings.get(name);
    if (bound === undefined) bindings.set(name, [type]);
    else bound.push(type);
    return true;
  }
  let isAccepted = false;
  for (const member of membersOf(type)) {
    if (acceptsMember(name, args, member, bindings)) isAccepted = true;
  }
  return isAccepted;
}

function acceptsMember(
  name: string,
  args: readonly SignatureType[],
  type: Type,
  bindings: Bindings,
): boolean {
  if (name === "dyn") return true;
  switch (type.kind) {
    case "dyn":
      for (const arg of args) accepts(arg, DYN, bindings);
      return true;
    case "list":
      return name === "list" && args.every((arg) => accepts(arg, type.element, bindings));
    case "optional":
      return name === "optional" && args.every((arg) => accepts(arg, type.value, bindings));
    case "map": {
      const [key, value] = args;
      if (name !== "map" || key === undefined || value === undefined) return false;
      const values = unionOf([
        ...Array.from(type.fields.values(), (field) => field.type),
        ...(type.rest === undefined ? [] : [type.rest]),
      ]);
      return accepts(key, DYN, bindings) && accepts(value, values, bindings);
    }
    case "opaque":
      return name === type.name && args.length === type.args.length &&
        // Both have the same number of arguments.
        args.every((arg, index) => accepts(arg, type.args[index]!, bindings));
    case "number":
      return name === "number" || name === "int" || name === "double";
    case "int":
    case "uint":
    case "double":
      return name === "number" || name === type.kind;
    default:
      return name === type.kind;
  }
}

function instantiate({ name, args }: SignatureType, bindings: Bindings): Type {
  if (isTypeParameter(name)) return unionOf(bindings.get(name) ?? [FREE]);
  const types = args.map((arg) => instantiate(arg, bindings));
  const [first = DYN, second = DYN] = types;
  switch (name) {
    case "list":
      return listOf(first);
    case "map":
      return mapOf(second);
    case "optional":
      return { kind: "optional", value: first };
    case "type":
      return { kind: name };
    default:
      return args.length === 0 ? { kind: name as Scalar } : { kind: "opaque", name, args: types };
  }
}

function isTypeParameter(name: string): boolean {
  return /^[A-Z]$/.test(name);
}
