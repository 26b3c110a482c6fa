/** Makes a function of JavaScript an element that tables of WebAssembly take. */
import { nameBytes } from "./binary.ts";

/** A module that exports the function that it imports: `m.f`, of the type `() -> i32`. */
const BYTES = [
  [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  [1, 5, 1, 0x60, 0, 1, 0x7f],
  [2, 7, 1, ...nameBytes("m"), ...nameBytes("f"), 0, 0],
  [7, 5, 1, ...nameBytes("f"), 0, 0],
].flat();

let compiled: WebAssembly.Module | undefined;

/** The function as one of WebAssembly. */
export function asWasmFunction(call: () => number): unknown {
  compiled ??= new WebAssembly.Module(Uint8Array.from(BYTES));
  return new WebAssembly.Instance(compiled, { m: { f: call } }).exports["f"];
}
