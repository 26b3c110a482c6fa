/** The CEL that expressions are written in: the library's, and what templating §4 adds. */
import { Environment } from "@marcbachmann/cel-js";
import { RE2JS } from "re2js";
import { messageOf } from "../contract/errors.ts";
import { countSteps, problem } from "./evaluation.ts";
import { registerComprehensions } from "./functions/comprehensions.ts";
import { Base64Namespace, registerConversions } from "./functions/conversions.ts";
import { MathNamespace, registerMath } from "./functions/math.ts";
import { registerStrings, REPLACED_METHODS, StringsNamespace } from "./functions/strings.ts";
import { fromCel } from "./values.ts";

/** Methods of the library that ours stand in for: calls of them are renamed when parsed. */
export const RENAMED_METHODS: ReadonlyMap<string, string> = new Map([
  ...REPLACED_METHODS,
  ["matches", "matchesLinear"],
]);

/** Names of types. A variable of the same name, such as a field `type`, hides the type. */
const TYPES: ReadonlySet<string> = new Set(
  "bool bytes double int list map null_type string type uint".split(" "),
);

/** Names that functions are called by. */
export const NAMESPACES: ReadonlySet<string> = new Set(
  ["base64", "cel", "google", "math", "optional", "strings"],
);

const RESERVED: ReadonlySet<string> = new Set(
  ("as break const continue else false for function if import in let loop namespace null " +
    "package return true var void while __proto__ prototype constructor").split(" "),
);

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** True for the name of a type. */
export function isTypeName(name: string): boolean {
  return TYPES.has(name);
}

/** True for a name that functions are called by. */
export function isNamespace(name: string): boolean {
  return NAMESPACES.has(name);
}

/** Why `name` cannot name a variable, as the end of a sentence; `undefined` when it can. */
export function whyNoVariable(name: string): string | undefined {
  if (!IDENTIFIER.test(name)) return "is no identifier (letters, digits and `_`)";
  if (RESERVED.has(name)) return "is a reserved word";
  return NAMESPACES.has(name) ? "is a name of the expression language itself" : undefined;
}

const WRITTEN = new Map(Array.from(RENAMED_METHODS, ([written, given]) => [given, written]));

/** What a method is called where it is written. */
export function writtenName(method: string): string {
  return WRITTEN.get(method) ?? method;
}

const methods = new Map<string | undefined, ReadonlySet<string>>();

/** Names of the functions of a namespace, such as `math`, or of the methods of values. */
export function methodNames(namespace?: string): ReadonlySet<string> {
  let names = methods.get(namespace);
  if (names === undefined) {
    const owner = namespace === undefined ? undefined : namespaceType(namespace);
    names = new Set(
      environment.getDefinitions().functions
        .filter(({ receiverType: type }) =>
          type !== null && (owner === undefined ? !type.endsWith("Namespace") : type === owner)
        )
        .map(({ name }) => writtenName(name)),
    );
    methods.set(namespace, names);
  }
  return names;
}

/** `math` → `MathNamespace`, the type of the value behind the name. */
function namespaceType(name: string): string {
  return `${name[0]!.toUpperCase()}${name.slice(1)}Namespace`;
}

/** The one environment of the program; programs declare their variables in it. */
export const environment: Environment = createEnvironment();

const types = new Map<string, unknown>();

/** The type of this name, as a value of the language. */
export function typeNamed(name: string): unknown {
  if (!types.has(name)) types.set(name, environment.evaluate(name));
  return types.get(name);
}

function createEnvironment(): Environment {
  const env = new Environment({
    unlistedVariablesAreDyn: false,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
  });
  registerOperators(env);
  const register = (signature: string, handler: (...args: never[]) => unknown): void => {
    env.registerFunction(signature, { handler: handler as () => unknown, async: false });
  };
  register("string.matchesLinear(string): bool", matches);
  register("matches(string, string): bool", matches);
  register("json(dyn): string", (value: unknown) => JSON.stringify(fromCel(value)));
  register("file(string): string", (path: string) => readFile(path));
  register("range(int): list<int>", (end: bigint) => range(0n, end, 1n));
  register("range(int, int): list<int>", (start: bigint, end: bigint) => range(start, end, 1n));
  register("range(int, int, int): list<int>", range);
  const namespaces = { math: MathNamespace, strings: StringsNamespace, base64: Base64Namespace };
  for (const [name, type] of Object.entries(namespaces)) {
    env.registerType(namespaceType(name), type);
    env.registerConstant(name, namespaceType(name), new type());
  }
  registerMath(register);
  registerStrings(register);
  registerConversions(register);
  registerComprehensions(register);
  return env;
}

/** Arithmetic between an int and a double gives a double: our one departure from CEL. */
function registerOperators(env: Environment): void {
  const operators: Record<string, (left: number, right: number) => number> = {
    "+": (left, right) => left + right,
    "-": (left, right) => left - right,
    "*": (left, right) => left * right,
    "/": (left, right) => left / right,
  };
  for (const [operator, compute] of Object.entries(operators)) {
    const handler = (left: bigint | number, right: bigint | number) =>
      compute(Number(left), Number(right));
    env.registerOperator(`int ${operator} double: double`, handler);
    env.registerOperator(`double ${operator} int: double`, handler);
  }
  const orders: Record<string, (order: number) => boolean> = {
    "<": (order) => order < 0,
    "<=": (order) => order <= 0,
    ">": (order) => order > 0,
    ">=": (order) => order >= 0,
  };
  for (const [operator, holds] of Object.entries(orders)) {
    env.registerOperator(
      `bytes ${operator} bytes`,
      (left: Uint8Array, right: Uint8Array) => holds(compareBytes(left, right)),
    );
  }
  env.registerOperator("int == double", (left: bigint, right: number) => Number(left) === right);
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const at = left.findIndex((byte, index) => byte !== right[index]);
  if (at === -1) return left.length - right.length;
  return at < right.length ? left[at]! - right[at]! : 1;
}

function range(start: bigint, end: bigint, step: bigint): bigint[] {
  if (step === 0n) throw problem("The step of range() is 0", { help: "Give it another step" });
  const span = step > 0n ? end - start + step - 1n : start - end - step - 1n;
  const length = span / (step > 0n ? step : -step);
  if (length <= 0n) return [];
  countSteps(Number(length));
  return Array.from({ length: Number(length) }, (_, index) => start + BigInt(index) * step);
}

const patterns = new Map<string, RE2JS>();
const MAX_PATTERNS = 500;

function matches(text: string, pattern: string): boolean {
  let compiled = patterns.get(pattern);
  if (compiled === undefined) {
    compiled = compilePattern(pattern);
    if (patterns.size >= MAX_PATTERNS) patterns.clear();
    patterns.set(pattern, compiled);
  }
  countSteps(text.length >> 6);
  return compiled.matcher(text).find();
}

function compilePattern(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch {
    throw problem("matches() got a text that is no regular expression", {
      help: "Regular expressions follow RE2: no look-around and no back-references",
    });
  }
}

let fileReader: ((path: string) => string) | undefined;

/** Runs `work`, in which the function `file(path)` of expressions reads by `read`. */
export function withFileReader<Result>(
  read: (path: string) => string,
  work: () => Result,
): Result {
  const outer = fileReader;
  fileReader = read;
  try {
    return work();
  } finally {
    fileReader = outer;
  }
}

function readFile(path: string): string {
  if (fileReader === undefined) {
    throw problem("file() does not exist here", {
      help: "Only the `value` of a definition may read files",
    });
  }
  try {
    return fileReader(path);
  } catch (error) {
    throw problem(messageOf(error));
  }
}
