/** What attacks on WebAssembly controllers are made of. */
import { executing, texts } from "../unit/wasm/wasm_app.ts";

/** A module, and what executing it with `{}` comes to. */
export interface WasmAttack {
  /** The name of its kind. */
  readonly name: string;
  readonly module: string;
  /** As in the manifest. */
  readonly limits?: string;
  readonly outcome: WasmOutcome;
}

/** A result, or the code of an error and what it says after the URN of the resource. */
export type WasmOutcome =
  | { readonly result: unknown }
  | { readonly code: string; readonly problem: string };

export function failed(code: string, problem: string): WasmOutcome {
  return { code, problem };
}

export const UNREACHABLE = "trapped: it reached code that must not be reached, as after a panic";
export const OUT_OF_BOUNDS = "trapped: it used memory out of its bounds";
export const NO_FUNCTION = "trapped: it called a function that does not exist";
export const TOO_LARGE = "trapped: a number was too large for its type";
export const TOO_DEEP = "trapped: its calls nest too deeply";

export const FOREVER = "(loop $l (br $l))";
export const TEN_MINUTES = "{ time: 10m }";
export const LITTLE_FUEL = "{ fuel: 1e5, time: 10m }";
export const NO_FUEL: WasmOutcome = failed(
  "ERR_CODE_FUEL",
  "takes more instructions than its limit of 1e5",
);

/** A module that returns this text. */
export function returning(text: string): string {
  const { data, at } = texts(text);
  return executing(`(call $pack ${at(0)})`, data);
}

/** A module that makes these requests, each `times`, and then returns `true` or does `then`. */
export function asking(
  requests: readonly unknown[],
  { times = 1, then = "", more = "" }: {
    readonly times?: number;
    readonly then?: string;
    readonly more?: string;
  } = {},
): string {
  const list = requests.map((one) => typeof one === "string" ? one : JSON.stringify(one));
  const { data, at } = texts("true", ...list);
  const each = list.map((_, index) =>
    `(local.set $left (i32.const ${times}))
     (loop $l
       (drop (call $call ${at(index + 1)}))
       (br_if $l (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))`
  );
  return executing(
    `(local $left i32) ${each.join("\n")} ${then === "" ? `(call $pack ${at(0)})` : then}`,
    data + more,
  ).replace("(i32.const 8192))", "(i32.const 40000))");
}

export const EXECUTE_ITSELF = { op: "execute", urn: "Code.Echoing.a", input: 1 };
export const RETURN_ANSWERS =
  `(func (export "resume") (param $at i32) (param $length i32) (result i64)
    (call $pack (local.get $at) (local.get $length)))`;

/** A module that returns `true`, and does `code` in another function that Digly calls. */
export function elsewhere(name: string, type: string, code: string): string {
  const { data, at } = texts("true");
  return executing(
    `(call $pack ${at(0)})`,
    `${data} (func (export "${name}") ${type} ${code})`,
  );
}

/** A module with this function of WASI as `$wasi`, which returns the number that `code` leaves. */
export function calling(name: string, type: string, code: string): string {
  const digit = "(i32.store8 (i32.const 1024) (i32.add (i32.const 48) (i32.rem_u " + code +
    " (i32.const 10))))";
  return executing(`${digit} (call $pack (i32.const 1024) (i32.const 1))`).replace(
    "(module",
    `(module (import "wasi_snapshot_preview1" "${name}" (func $wasi ${type}))`,
  );
}

export const SEVERAL = "(param i32 i32 i32 i32) (result i32)";
export const ATTACK_ON_PROTOTYPES =
  '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}}}';
export const HUGE: string = "x".repeat(20_000);
