/** Code for operators: numbers and strings inline, everything else by the functions. */
import { add, divide, modulo, multiply, negate, subtract } from "../arithmetic.ts";
import type { Binary, Unary } from "../ast.ts";
import type { Atom, Place, Writer } from "./writer.ts";

const OPERATIONS = { "+": add, "-": subtract, "*": multiply, "/": divide, "%": modulo } as const;

/** The code of `!x` or `-x`. */
export function generateUnary(writer: Writer, node: Unary, place: Place): Atom {
  if (node.operator === "!") {
    return writer.put(`!${writer.condition(node.operand, place).code}`, "bool");
  }
  const atom = writer.generate(node.operand, place);
  if (atom.type === "double") return writer.put(`-${atom.code}`, "double");
  return writer.put(`R.operate(${writer.constant(negated)},c,${atom.code})`, "any");
}

/** The code of an operator between two values. */
export function generateBinary(writer: Writer, node: Binary, place: Place): Atom {
  const left = writer.generate(node.left, place);
  const right = writer.generate(node.right, place);
  const [a, b] = [left.code, right.code];
  switch (node.operator) {
    case "==":
    case "!=": {
      const not = node.operator === "!=" ? "!" : "";
      if ([left, right].some(({ type, literal }) => type === "string" && literal)) {
        return writer.put(`${not === "" ? "" : "!"}(${a}===${b})`, "bool");
      }
      const isBare = left.type === "double" || right.type === "double";
      const equal = isBare
        ? `R.equals(c,${writer.boxed(left)},${writer.boxed(right)})`
        // What comparing long strings costs, the function counts.
        : `(typeof ${a}!=="string"?${a}===${b}||R.equals(c,${a},${b}):` +
          `${a}.length<64?${a}===${b}:R.equals(c,${a},${b}))`;
      return writer.put(`${not}${equal}`, "bool");
    }
    case "in":
      return writer.put(
        `R.contains(c,${writer.boxed(right)},${writer.boxed(left)})`,
        "bool",
      );
    case "<":
    case "<=":
    case ">":
    case ">=": {
      const { operator } = node;
      const slow = `R.order(c,${writer.boxed(left)},${writer.boxed(right)})${operator}0`;
      return writer.put(
        `typeof ${a}==="number"&&typeof ${b}==="number"?${a}${operator}${b}:${slow}`,
        "bool",
      );
    }
    default:
      return arithmetic(writer, node.operator, left, right);
  }
}

function arithmetic(
  writer: Writer,
  operator: keyof typeof OPERATIONS,
  left: Atom,
  right: Atom,
): Atom {
  const [a, b] = [left.code, right.code];
  if (operator !== "%" && (left.type === "double" || right.type === "double")) {
    const number = ({ code, type }: Atom) =>
      type === "double" || type === "int"
        ? code
        : `(typeof ${code}==="number"?${code}:R.number(${code}))`;
    return writer.put(`${number(left)}${operator}${number(right)}`, "double");
  }
  const operation = writer.constant(OPERATIONS[operator]);
  const slow = `R.operate(${operation},c,${writer.boxed(left)},${writer.boxed(right)})`;
  if (operator === "/" || operator === "%") {
    const fast = operator === "/" ? `Math.trunc(${a}/${b})+0` : `${a}%${b}+0`;
    const isFast = `Number.isSafeInteger(${a})&&Number.isSafeInteger(${b})&&${b}!==0`;
    return writer.put(`${isFast}?${fast}:${slow}`, "any");
  }
  if (operator === "+" && left.type === "string" && right.type === "string") {
    const text = writer.put(`${a}+${b}`, "string");
    writer.body += `c.spendText(${text.code}.length);`;
    return text;
  }
  const out = writer.name();
  // Adding 0 makes 0 of -0, which an int does not have.
  const fast = operator === "*" ? `${a}*${b}+0` : `${a}${operator}${b}`;
  writer.body +=
    `let ${out};if(!(Number.isSafeInteger(${a})&&Number.isSafeInteger(${b})&&Number.isSafeInteger(${out}=${fast})))` +
    (operator === "+"
      ? `if(typeof ${a}==="string"&&typeof ${b}==="string")c.spendText((${out}=${a}+${b}).length);else `
      : "") +
    `${out}=${slow};`;
  return { code: out, type: "any" };
}

function negated(_context: unknown, value: unknown): unknown {
  return negate(value);
}
