/** Hashes of passwords, in the PHC string format. */
import { Buffer } from "node:buffer";
import { pbkdf2, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** A parsed hash. */
export interface PasswordHash {
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
  /** Computes the hash of another password with the same parameters. */
  derive(password: string): Promise<Uint8Array>;
}

type Scrypt = (
  password: string,
  salt: Uint8Array,
  length: number,
  options: { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number },
) => Promise<Uint8Array>;

const runScrypt = promisify(scrypt) as Scrypt;
const runPbkdf2 = promisify(pbkdf2);

/** 32 MiB and some 80 ms for each hash. */
const LOG_N = 15;
const BLOCK_SIZE = 8;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Bounds, so that no hash in a manifest can take all memory or time. */
const MAX_LOG_N = 18;
const MAX_SCRYPT_BYTES = 300 * 1024 * 1024;
const MIN_ITERATIONS = 1_000;
const MAX_ITERATIONS = 5_000_000;
const MAX_ENCODED = 128;

const SCRYPT = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/.-]+)\$([\w+/.-]+)$/;
const PBKDF2 = /^\$pbkdf2-sha(256|512)\$(?:i=)?(\d{1,7})(?:,l=\d{1,3})?\$([\w+/.-]+)\$([\w+/.-]+)$/;

/** Hashes a password with a new salt. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await deriveScrypt(password, salt, LOG_N, BLOCK_SIZE, 1, HASH_BYTES);
  return `$scrypt$ln=${LOG_N},r=${BLOCK_SIZE},p=1$${encode(salt)}$${encode(hash)}`;
}

/** Parses a hash; `undefined` if it is malformed or its parameters are out of bounds. */
export function parseHash(text: string): PasswordHash | undefined {
  const [, ...scryptParts] = SCRYPT.exec(text) ?? [];
  if (scryptParts.length > 0) {
    const [logN, r, p] = scryptParts.map(Number) as [number, number, number];
    const isBounded = logN >= 10 && logN <= MAX_LOG_N && r >= 1 && p >= 1 &&
      128 * r * (2 ** logN + p) <= MAX_SCRYPT_BYTES && p <= 4;
    return isBounded
      // The pattern has these groups.
      ? parsed(
        scryptParts[3]!,
        scryptParts[4]!,
        (password, salt, length) => deriveScrypt(password, salt, logN, r, p, length),
      )
      : undefined;
  }
  const [, bits, count, salt, hash] = PBKDF2.exec(text) ?? [];
  const iterations = Number(count);
  if (!(iterations >= MIN_ITERATIONS && iterations <= MAX_ITERATIONS)) return undefined;
  // The pattern has these groups.
  return parsed(
    salt!,
    hash!,
    (password, bytes, length) => runPbkdf2(password, bytes, iterations, length, `sha${bits}`),
  );
}

/** True if the hash is of this password. Takes the same time whatever differs. */
export async function isPassword(password: string, parsedHash: PasswordHash): Promise<boolean> {
  return timingSafeEqual(await parsedHash.derive(password), parsedHash.hash);
}

function parsed(
  saltText: string,
  hashText: string,
  derive: (password: string, salt: Uint8Array, length: number) => Promise<Uint8Array>,
): PasswordHash | undefined {
  if (saltText.length > MAX_ENCODED || hashText.length > MAX_ENCODED) return undefined;
  const [salt, hash] = [decode(saltText), decode(hashText)];
  if (salt.length < 8 || hash.length < 16) return undefined;
  return { salt, hash, derive: (password) => derive(password, salt, hash.length) };
}

function deriveScrypt(
  password: string,
  salt: Uint8Array,
  logN: number,
  r: number,
  p: number,
  length: number,
): Promise<Uint8Array> {
  return runScrypt(password, salt, length, { N: 2 ** logN, r, p, maxmem: 2 * MAX_SCRYPT_BYTES });
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}

/** Base64 of the PHC format, or with the dot that some libraries write for a plus. */
function decode(text: string): Uint8Array {
  return Buffer.from(text.replaceAll(".", "+"), "base64");
}
