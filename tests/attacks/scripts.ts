/** What isolated scripts may try, and how each attempt must end; run in process and in every form. */

/** An attempt to get out of an isolated script, or to use more than its limits. */
export interface Attack {
  readonly name: string;
  readonly code: string;
  readonly input?: unknown;
  /** What the execution gives, where the script ends by itself. */
  readonly result?: unknown;
  /** The code of the error, and what its message says. */
  readonly error?: readonly [code: string, message?: RegExp];
  /** `time` for attacks that only the limit of time ends, and `memory` for those that need too much. */
  readonly ends?: "time" | "memory";
}

const time = { error: ["ERR_CODE_TIME", /longer than its limit/], ends: "time" } as const;
const memory = {
  error: ["ERR_CODE_MEMORY", /more memory than its limit/],
  ends: "memory",
} as const;

function main(body: string): string {
  return `function main(input, ctx) { ${body} }`;
}

function asyncMain(body: string): string {
  return `async ${main(body)}`;
}

/** Each attack with its outcome. */
export const ATTACKS: readonly Attack[] = [
  // Reaching the runtime.
  {
    name: "names of the runtime",
    code: main(
      `return (0, eval)("[typeof process, typeof require, typeof fetch, typeof Deno, typeof Bun, " +
        "typeof console, typeof setTimeout, typeof WebAssembly, typeof std, typeof os]").join()`,
    ),
    result: Array(10).fill("undefined").join(),
  },
  {
    name: "the constructor of a function",
    code: main(
      `return [main, ctx.execute, ctx.log.info, Object.getPrototypeOf(async () => {})]
        .map((value) => value.constructor("return typeof process + typeof globalThis.require")())
        .map((value) => typeof value === "string" ? value : "promise").join()`,
    ),
    result: Array(3).fill("undefinedundefined").join() + ",promise",
  },
  {
    name: "the global object of a host function",
    code: main(
      `return [ctx.execute, ctx.log.info]
        .every((value) => value.constructor("return this")() === globalThis)`,
    ),
    result: true,
  },
  {
    name: "an import",
    code: asyncMain(`return await (0, eval)('import("node:fs")')`),
    error: ["ERR_EXECUTION_FAILED"],
  },
  {
    name: "the context",
    code: main("return Reflect.ownKeys(ctx).join()"),
    result: "urn,log,execute",
  },
  {
    name: "a change of the context",
    code: main(
      `"use strict"; try { ctx.execute = null; return "changed" } catch { return "frozen" }`,
    ),
    result: "frozen",
  },
  {
    name: "the stack of an error",
    code: main(
      `Error.prepareStackTrace = (error, frames) => typeof frames;
      const { stack } = new Error("x");
      return /file:|node:|node_modules|\\.ts|\\.mjs/.test(String(stack))`,
    ),
    result: false,
  },
  // Changing what the host shares.
  {
    name: "the prototype of the input",
    code: main(
      `input.__proto__.polluted = true; input.constructor.prototype.other = true; return 1`,
    ),
    input: {},
    result: 1,
  },
  {
    name: "a result with __proto__",
    code: main(`return JSON.parse('{"__proto__": {"polluted": true}}').polluted === undefined`),
    result: true,
  },
  {
    name: "a getter in the result",
    code: main("return { get value() { return 1 } }"),
    result: { value: 1 },
  },
  {
    name: "a getter in the result that throws",
    code: main("return { get value() { throw new Error('not this') } }"),
    error: ["ERR_CODE_RESULT", /not this/],
  },
  { name: "a proxy as the result", code: main("return new Proxy({ a: 1 }, {})"), result: { a: 1 } },
  {
    name: "a proxy that never says what it is",
    code: main("return new Proxy({}, { ownKeys() { for (;;); } })"),
    ...time,
  },
  {
    name: "toJSON of everything",
    code: main("Object.prototype.toJSON = () => 5; return { a: 1 }"),
    result: 5,
  },
  {
    name: "toJSON of everything, and an error",
    code: main("Object.prototype.toJSON = String.prototype.toJSON = () => 5; throw new Error('x')"),
    error: ["ERR_EXECUTION_FAILED"],
  },
  {
    name: "toJSON of everything, and a call",
    code: asyncMain(
      `String.prototype.toJSON = () => ({}); Object.prototype.toJSON = () => null;
      return await ctx.execute("JavaScript.Script.Echo", "x")`,
    ),
    result: "x",
  },
  {
    name: "replaced functions of the language",
    code: asyncMain(
      `JSON.stringify = JSON.parse = () => { throw 1 };
      Promise.prototype.then = Map.prototype.get = Function.prototype.call = () => { throw 2 };
      Object.getPrototypeOf = Object.keys = Array.isArray = () => { throw 3 };
      return { a: [1] }`,
    ),
    result: { a: [1] },
  },
  // Promises and thenables.
  {
    name: "a thenable",
    code: main("return { then(ok) { ok({ then(done) { done('inner') } }) } }"),
    result: "inner",
  },
  {
    name: "a thenable that answers twice",
    code: main("return { then(ok, bad) { ok(1); ok(2); bad(3); throw 4 } }"),
    result: 1,
  },
  {
    name: "a thenable that never answers",
    code: main("return { then() {} }"),
    error: ["ERR_EXECUTION_FAILED", /never settled/],
  },
  {
    name: "then as a getter that throws",
    code: main("return { get then() { throw new Error('then') } }"),
    error: ["ERR_EXECUTION_FAILED", /then/],
  },
  {
    name: "then as a getter that does not end",
    code: main("return { get then() { for (;;); } }"),
    ...time,
  },
  {
    name: "a promise that never settles",
    code: main("return new Promise(() => {})"),
    error: ["ERR_EXECUTION_FAILED", /never settled/],
  },
  {
    name: "a loop after the result",
    code: main("Promise.resolve().then(() => { for (;;); }); return 1"),
    result: 1,
  },
  {
    name: "a loop before the result",
    code: asyncMain("Promise.resolve().then(() => { for (;;); }); await null; return 1"),
    ...time,
  },
  {
    name: "a promise that makes promises",
    code: asyncMain("const next = () => Promise.resolve().then(next); await next()"),
    ...time,
  },
  {
    name: "a flood of promises",
    code: main("for (;;) Promise.resolve().then(() => {})"),
    ...memory,
  },
  {
    name: "a flood of calls",
    code: asyncMain(
      `const calls = Array.from({ length: 1000 }, () => ctx.execute("JavaScript.Script.Echo", 1));
      const ends = await Promise.allSettled(calls);
      return ends.filter(({ status }) => status === "fulfilled").length`,
    ),
    result: 100,
  },
  {
    name: "a flood of calls that nobody awaits",
    code: main(
      `for (let i = 0; i < 1000; i++) ctx.execute("JavaScript.Script.Echo", 1).catch(() => {});
      return 1`,
    ),
    result: 1,
  },
  {
    name: "large inputs of many calls",
    code: asyncMain(
      `const text = "x".repeat(2_000_000);
      const calls = Array.from({ length: 20 }, () => ctx.execute("JavaScript.Script.Size", text));
      const ends = await Promise.allSettled(calls);
      return ends.some(({ reason }) => /16 MiB/.test(reason?.message))`,
    ),
    result: true,
  },
  // Errors.
  {
    name: "an error whose message does not end",
    code: main("throw { get message() { for (;;); } }"),
    ...time,
  },
  {
    name: "a revoked proxy as an error",
    code: main("const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy"),
    error: ["ERR_EXECUTION_FAILED", /cannot be read/],
  },
  {
    name: "an error with a huge message",
    code: main("throw new Error('x'.repeat(1_000_000))"),
    error: ["ERR_EXECUTION_FAILED", /: x{16384}$/],
  },
  { name: "null as an error", code: main("throw null"), error: ["ERR_EXECUTION_FAILED", /null/] },
  {
    name: "an error of another code",
    code: main(
      "throw Object.assign(new Error('x'), { code: 'ERR_USAGE', [Symbol.for('digly.error')]: true })",
    ),
    error: ["ERR_EXECUTION_FAILED", /failed: x$/],
  },
  // Time.
  { name: "a loop", code: main("for (;;);"), ...time },
  { name: "a loop that catches", code: main("for (;;) try { for (;;); } catch {}"), ...time },
  { name: "a loop in finally", code: main("try { for (;;); } finally { for (;;); }"), ...time },
  {
    name: "a generator without end",
    code: main("for (const x of (function* () { for (;;) yield 1 })());"),
    ...time,
  },
  {
    name: "a regular expression",
    code: main('return /^(a+)+$/.test("a".repeat(40) + "b")'),
    ...time,
  },
  {
    name: "a comparison that does not end",
    code: main("[2, 1].sort(() => { for (;;); })"),
    ...time,
  },
  {
    name: "a search in a list that has no end",
    code: main("return [].indexOf.call({ length: 9e15 }, 1)"),
    ...time,
  },
  {
    name: "a list that a proxy makes longer",
    code: main("return [].includes.call(new Proxy([], { get: () => 9e15 }), 1)"),
    ...time,
  },
  {
    name: "String.raw without end",
    code: main("return String.raw({ raw: { length: 9e15 } })"),
    ...time,
  },
  {
    name: "long steps",
    code: main('const text = "x".repeat(3_000_000); for (;;) text.indexOf("yy")'),
    ...time,
  },
  {
    name: "recursion",
    code: main("return main(input, ctx) + 1"),
    error: ["ERR_EXECUTION_FAILED", /stack overflow/],
  },
  {
    name: "recursion in a replaced function of the language",
    code: main("Array.prototype.map = function f() { return [1].map(f) }; return [1].map(f)"),
    error: ["ERR_EXECUTION_FAILED"],
  },
  // Memory.
  {
    name: "a list without end",
    code: main("const all = []; for (;;) all.push([all.length])"),
    ...memory,
  },
  {
    name: "binary data",
    code: main("const all = []; for (;;) all.push(new Uint8Array(1_000_000))"),
    ...memory,
  },
  {
    name: "a string that doubles",
    code: main('let text = "x"; for (;;) text = text + text + "y"'),
    error: ["ERR_EXECUTION_FAILED", /string too long/],
  },
  {
    name: "too much memory that is caught",
    code: main("try { new Uint8Array(2 ** 30) } catch { return 'caught' }"),
    result: "caught",
  },
  // Data.
  {
    name: "a result that is too large",
    code: main("return 'x'.repeat(17 * 1024 * 1024)"),
    error: ["ERR_CODE_RESULT", /larger than 16 MiB/],
  },
  {
    name: "a result that nests too deep",
    code: main("let value = []; for (let i = 0; i < 600; i++) value = [value]; return value"),
    error: ["ERR_CODE_RESULT", /nests deeper/],
  },
  {
    name: "a result that contains itself",
    code: main("const value = {}; value.value = value; return value"),
    error: ["ERR_CODE_RESULT", /circular/],
  },
  {
    name: "a function as the result",
    code: main("return main"),
    error: ["ERR_CODE_RESULT", /is a function/],
  },
  {
    name: "a map as the result",
    code: main("return { a: new Map() }"),
    error: ["ERR_CODE_RESULT", /"a" is not plain/],
  },
  {
    name: "a number that JSON does not have",
    code: main("return [1 / 0]"),
    error: ["ERR_CODE_RESULT", /Infinity/],
  },
  { name: "a large integer", code: main("return 2n ** 64n"), result: "18446744073709551616" },
  { name: "half of a character", code: main("return '\\ud800\\0'"), result: "\ud800\0" },
  {
    name: "an input of a call that is not data",
    code: asyncMain('return await ctx.execute("JavaScript.Script.Echo", () => 1)'),
    error: ["ERR_CODE_RESULT", /input of JavaScript\.Script\.Echo is a function/],
  },
  {
    name: "a name that is not a string",
    code: asyncMain("return await ctx.execute({ toString: () => 'JavaScript.Script.Echo' })"),
    error: ["ERR_EXECUTION_FAILED", /needs the name/],
  },
  {
    name: "fields of a log line that are not data",
    code: main("ctx.log.info('x', { a: main })"),
    error: ["ERR_CODE_RESULT", /"a" is a function/],
  },
  {
    name: "a flood of log lines",
    code: main("for (let i = 0; i < 3000; i++) ctx.log.debug('flood'); return 1"),
    result: 1,
  },
];
