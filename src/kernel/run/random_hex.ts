/** Random ids. Asking for randomness costs far more than the bytes: it is fetched in bulk. */

const pool = new Uint8Array(4096);
let used = pool.length;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** `bytes` random bytes as hexadecimal digits. */
export function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  let text = "";
  for (const end = used + bytes; used < end; used++) text += HEX[pool[used]!]!;
  return text;
}
