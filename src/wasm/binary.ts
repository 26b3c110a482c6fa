/** Reads and writes the binary format of WebAssembly. */

/** What is wrong with the bytes of a module. */
export class ModuleProblem extends Error {}

/** Reads numbers, names and bytes one after the other. Throws {@link ModuleProblem} at the end. */
export class BinaryReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  position: number;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.position >= this.end;
  }

  byte(): number {
    if (this.position >= this.end) throw new ModuleProblem("it ends too early");
    // The position is before the end.
    return this.bytes[this.position++]!;
  }

  /** An unsigned integer of 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw new ModuleProblem("it contains a number that is too large");
  }

  /** A signed integer of at most 64 bits, whose value does not matter. */
  skipInteger(): void {
    for (let count = 0; count < 10; count++) {
      if (this.byte() < 0x80) return;
    }
    throw new ModuleProblem("it contains a number that is too large");
  }

  /** A signed integer of 32 bits. */
  i32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      return shift < 28 && (byte & 0x40) !== 0 ? value | (-1 << (shift + 7)) : value;
    }
    throw new ModuleProblem("it contains a number that is too large");
  }

  skip(length: number): void {
    if (length > this.end - this.position) throw new ModuleProblem("it ends too early");
    this.position += length;
  }

  /** A name; one that is not UTF-8 is read with replacement characters. */
  name(): string {
    const length = this.u32();
    const start = this.position;
    this.skip(length);
    return new TextDecoder().decode(this.bytes.subarray(start, this.position));
  }

  /** The number of elements of a vector, each of which takes a byte at least. */
  count(): number {
    const count = this.u32();
    if (count > this.end - this.position) throw new ModuleProblem("it ends too early");
    return count;
  }
}

/** An unsigned integer in LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  do {
    const low = value % 128;
    value = Math.floor(value / 128);
    bytes.push(value > 0 ? low | 0x80 : low);
  } while (value > 0);
  return bytes;
}

/** A signed integer in LEB128, for numbers that are not negative. */
export function signed(value: number): number[] {
  const bytes = unsigned(value);
  const last = bytes.length - 1;
  // The second highest bit of the last byte is the sign, and a number has at least one byte.
  if ((bytes[last]! & 0x40) === 0) return bytes;
  bytes[last]! |= 0x80;
  return [...bytes, 0];
}

/** A name with its length. */
export function nameBytes(name: string): number[] {
  const bytes = new TextEncoder().encode(name);
  return [...unsigned(bytes.length), ...bytes];
}

/** Joins pieces of bytes. */
export function concat(pieces: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let position = 0;
  for (const piece of pieces) {
    all.set(piece, position);
    position += piece.length;
  }
  return all;
}
