/** Code for calls: what is called most is inline, the rest goes to the function at once. */
import type { Call } from "../ast.ts";
import { directOverload, type Dispatch, dispatcherOf, operandsOf } from "../call.ts";
import type { Atom, Generator, Place } from "./generator.ts";

/** Functions with code of their own, and how many values each takes. */
const INLINE: Readonly<Record<string, number>> = {
  size: 1,
  string: 1,
  double: 1,
  startsWith: 2,
  endsWith: 2,
};

/** The code of a call; `undefined` if it is left to the closure. */
export function generateCall(generator: Generator, call: Call, place: Place): Atom | undefined {
  const dispatch = dispatcherOf(call);
  if (dispatch === undefined) return undefined;
  const atoms = operandsOf(call).map((node) => generator.generate(node, place));
  const [first, second] = atoms;
  const isInline = atoms.length === (INLINE[call.name] ?? -1);
  if (first === undefined || !isInline) {
    return generator.put(slow(generator, call, dispatch, atoms), "any");
  }
  const { code, type } = first;
  switch (call.name) {
    case "size":
      return generator.put(
        `Array.isArray(${code})?${code}.length:typeof ${code}==="string"?R.lengthOf(${code}):` +
          `R.size(${generator.boxed(first)})`,
        "int",
      );
    case "string":
      if (type === "string") return first;
      if (type === "double") break;
      return generator.put(
        `typeof ${code}==="string"?${code}:Number.isSafeInteger(${code})?""+${code}:` +
          slow(generator, call, dispatch, atoms),
        "string",
      );
    case "double":
      if (type === "double") return first;
      return generator.put(
        `typeof ${code}==="number"?${code}:${`R.number(${
          slow(generator, call, dispatch, atoms)
        })`}`,
        "double",
      );
    case "startsWith":
    case "endsWith":
      return generator.put(
        `typeof ${code}==="string"&&typeof ${second!.code}==="string"?` +
          `${code}.${call.name}(${second!.code}):${slow(generator, call, dispatch, atoms)}`,
        "bool",
      );
  }
  return generator.put(slow(generator, call, dispatch, atoms), "any");
}

function slow(
  generator: Generator,
  call: Call,
  dispatch: Dispatch,
  atoms: readonly Atom[],
): string {
  const args = atoms.map((atom) => generator.boxed(atom));
  const any = `${generator.constant(dispatch)}(c,[${args.join(",")}])`;
  const direct = directOverload(call);
  if (direct === undefined) return any;
  const codes = atoms.map(({ code }) => code);
  // A bare double is not an int, even if its value is integral.
  if (atoms.some(({ type }) => type === "double")) return any;
  const tests = direct.tests.map((test, at) => test(codes[at]!)).join("&&") || "true";
  return `(${tests}?${generator.constant(direct.run)}(${["c", ...codes].join(",")}):${any})`;
}
