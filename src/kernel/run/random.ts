/** Random numbers and ids, which a seed makes repeatable. */

/** A source of randomness. */
export interface Random {
  /** A number from 0 to 1, excluding 1. */
  next(): number;
  /** `bytes` random bytes as hexadecimal digits. */
  hex(bytes: number): string;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Asking for randomness costs far more than the bytes, so it is fetched in bulk. */
const pool = new Uint8Array(4096);
let used = pool.length;

/** Randomness that nobody can predict. */
export const secureRandom: Random = {
  next: Math.random,
  hex(bytes) {
    if (used + bytes > pool.length) {
      crypto.getRandomValues(pool);
      used = 0;
    }
    let text = "";
    for (const end = used + bytes; used < end; used++) text += HEX[pool[used]!]!;
    return text;
  },
};

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
    hex: (bytes) => Array.from({ length: bytes }, () => HEX[Math.floor(next() * 256)]!).join(""),
  };
}
