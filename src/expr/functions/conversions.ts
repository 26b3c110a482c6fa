/** Conversions and helpers of standard CEL and its official extensions that the library lacks. */
import { Optional } from "@marcbachmann/cel-js";
import { Duration, UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import { problem } from "../evaluation.ts";
import { fitsInt } from "./math.ts";
import type { Register } from "./register.ts";

/** What `base64` stands for; its functions are methods of this type. */
export class Base64Namespace {}

const TIMESTAMP = "google.protobuf.Timestamp";
const DURATION = "google.protobuf.Duration";

/** Adds the functions. */
export function registerConversions(register: Register): void {
  register("int(uint): int", (value: UnsignedInt) => {
    if (fitsInt(value.value)) return value.value;
    throw problem("The result does not fit into 64 bits");
  });
  register(`int(${TIMESTAMP}): int`, (value: Date) => BigInt(Math.floor(value.getTime() / 1000)));
  register(
    `string(${TIMESTAMP}): string`,
    (value: Date) => value.toISOString().replace(/\.000Z$/, "Z"),
  );
  register(`string(${DURATION}): string`, (value: Duration) => value.toString());
  register(`timestamp(${TIMESTAMP}): ${TIMESTAMP}`, (value: Date) => value);
  register(`duration(${DURATION}): ${DURATION}`, (value: Duration) => value);
  register(
    "Base64Namespace.encode(bytes): string",
    (_: unknown, bytes: Uint8Array) =>
      btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")),
  );
  register("Base64Namespace.decode(string): bytes", (_: unknown, text: string) => {
    try {
      return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    } catch {
      throw problem("base64.decode() got a text that is not Base64");
    }
  });
  register(
    "OptionalNamespace.ofNonZeroValue(dyn): optional",
    (_: unknown, value: unknown) => isZero(value) ? Optional.none() : Optional.of(value),
  );
  register("list.first(): optional", (list: readonly unknown[]) => optionalOf(list[0]));
  register("list.last(): optional", (list: readonly unknown[]) => optionalOf(list.at(-1)));
}

function optionalOf(value: unknown): Optional {
  return value === undefined ? Optional.none() : Optional.of(value);
}

/** Whether a value is the one its type begins with: 0, an empty text, list or mapping. */
function isZero(value: unknown): boolean {
  if (value === null || value === false || value === "" || value === 0 || value === 0n) return true;
  if (value instanceof UnsignedInt) return value.value === 0n;
  if (value instanceof Duration) return value.valueOf() === 0;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  return value instanceof Map && value.size === 0;
}
