/** Random numbers and ids, which a seed makes repeatable. */

/** A source of randomness. */
export interface Random {
  /** A number from 0 to 1, excluding 1. */
  next(): number;
  /** `bytes` random bytes as hexadecimal digits. */
  hex(bytes: number): string;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** The codes of the hexadecimal digits. */
const DIGITS = new TextEncoder().encode("0123456789abcdef");

const decoder = new TextDecoder();

/** Asking for randomness and writing it as text cost far more in parts, so both are done in bulk. */
const POOL_BYTES = 4096;
let pool = "";
let used = 0;

/** Randomness that nobody can predict. */
export const secureRandom: Random = {
  next: Math.random,
  hex(bytes) {
    if (used + 2 * bytes > pool.length) {
      pool = hexDigits(crypto.getRandomValues(new Uint8Array(Math.max(bytes, POOL_BYTES))));
      used = 0;
    }
    return pool.slice(used, used += 2 * bytes);
  },
};

function hexDigits(bytes: Uint8Array): string {
  const digits = new Uint8Array(2 * bytes.length);
  for (let at = 0; at < bytes.length; at++) {
    // The index is that of a byte.
    const byte = bytes[at]!;
    // Half a byte has one of sixteen values.
    digits[2 * at] = DIGITS[byte >> 4]!;
    digits[2 * at + 1] = DIGITS[byte & 15]!;
  }
  return decoder.decode(digits);
}

/** Randomness that is the same for the same seed, for tests (the generator is mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    hex: (bytes) =>
      Array.from({ length: bytes }, () => HEX[Math.floor(next() * 256)] ?? "").join(""),
  };
}
