/** Code for calls: what is called most is inline, the rest goes to the function at once. */
import type { Call } from "../ast.ts";
import { directOverload, type Dispatch, dispatcherOf, operandsOf } from "../call.ts";
import { type Atom, mayBeSpecial, type Place, prototypeOf, type Writer } from "./writer.ts";

/** Functions with code of their own, and how many values each takes. */
const INLINE: Readonly<Record<string, number>> = {
  size: 1,
  string: 1,
  int: 1,
  double: 1,
  startsWith: 2,
  endsWith: 2,
};

/** The code of a call; `undefined` if it is left to the closure. */
export function generateCall(writer: Writer, call: Call, place: Place): Atom | undefined {
  const dispatch = dispatcherOf(call, writer.source);
  if (dispatch === undefined) return undefined;
  const withDefault = generateDefault(writer, call, place);
  if (withDefault !== undefined) return withDefault;
  const atoms = operandsOf(call).map((node) => writer.generate(node, place));
  const [first, second] = atoms;
  const isInline = atoms.length === (INLINE[call.name] ?? -1);
  if (first === undefined || !isInline) {
    return writer.put(slow(writer, call, dispatch, atoms), "any");
  }
  const { code, type } = first;
  switch (call.name) {
    case "size":
      return writer.put(
        `Array.isArray(${code})?${code}.length:R.size(c,${writer.boxed(first)})`,
        "int",
      );
    case "string":
      if (type === "string") return first;
      if (type === "double") break;
      return writer.put(
        `typeof ${code}==="string"?${code}:Number.isSafeInteger(${code})?""+${code}:` +
          slow(writer, call, dispatch, atoms),
        "string",
      );
    case "int":
      if (type === "int") return first;
      // Text that is longer, or is not a number, is left to the function.
      return writer.put(
        `(typeof ${code}==="string"?R.int(${code}):undefined)??` +
          slow(writer, call, dispatch, atoms),
        "any",
      );
    case "double":
      if (type === "double") return first;
      return writer.put(
        `typeof ${code}==="number"?${code}:${`R.number(${slow(writer, call, dispatch, atoms)})`}`,
        "double",
      );
    case "startsWith":
    case "endsWith":
      // These methods have one argument. What a long one costs, the function counts.
      return writer.put(
        `typeof ${code}==="string"&&typeof ${second!.code}==="string"&&${second!.code}.length<64?` +
          `${code}.${call.name}(${second!.code}):${slow(writer, call, dispatch, atoms)}`,
        "bool",
      );
  }
  return writer.put(slow(writer, call, dispatch, atoms), "any");
}

/** `x.?field.orValue(literal)` without an optional in between. */
function generateDefault(writer: Writer, call: Call, place: Place): Atom | undefined {
  const { name, target, args: [fallback] } = call;
  if (name !== "orValue" || target?.kind !== "select" || !target.optional) return undefined;
  if (fallback?.kind !== "literal" || target.field in Object.prototype) return undefined;
  const operand = writer.generate(target.operand, place);
  if (operand.type !== "any") return undefined;
  const value = operand.code;
  const field = JSON.stringify(target.field);
  const out = writer.name();
  const missing = writer.boxed(writer.generate(fallback, place));
  const whole = writer.block(() => writer.closure(call, place));
  writer.body += `let ${out};` +
    `if(typeof ${value}==="object"&&${value}!==null&&${prototypeOf(value)}===O&&` +
    `!((${out}=${value}[${field}])===undefined?${field} in ${value}:${mayBeSpecial(out)}))` +
    `{if(${out}===undefined)${out}=${missing};}` +
    `else{${whole.code}${out}=${whole.result.code};}`;
  return { code: out, type: "any" };
}

function slow(
  writer: Writer,
  call: Call,
  dispatch: Dispatch,
  atoms: readonly Atom[],
): string {
  const args = atoms.map((atom) => writer.boxed(atom));
  const any = `${writer.constant(dispatch)}(c,[${args.join(",")}])`;
  const direct = directOverload(call);
  if (direct === undefined) return any;
  const codes = atoms.map(({ code }) => code);
  // A bare double is not an int, even if its value is integral.
  if (atoms.some(({ type }) => type === "double")) return any;
  // A call is direct only with as many arguments as tests.
  const tests = direct.tests.map((test, at) => test(codes[at]!)).join("&&") || "true";
  return `(${tests}?${writer.constant(direct.run)}(${["c", ...codes].join(",")}):${any})`;
}
