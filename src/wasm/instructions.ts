/**
 * The instructions that are let through, with what follows each: those of WebAssembly 2.0. What is
 * not listed, such as exceptions, threads and garbage collection, is refused, because it could
 * hide code from the metering or escape from it.
 */
import { type BinaryReader, ModuleProblem } from "./binary.ts";

/** Instructions that matter to the metering. */
export const OP = {
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  memoryGrow: 0x40,
} as const;

/** Instructions after the byte 0xfc whose work depends on a length, the value on top of the stack. */
const BULK: ReadonlyMap<number, "bytes" | "entries"> = new Map([
  [8, "bytes"], // memory.init
  [10, "bytes"], // memory.copy
  [11, "bytes"], // memory.fill
  [12, "entries"], // table.init
  [14, "entries"], // table.copy
  [17, "entries"], // table.fill
]);

/** What the length of a bulk instruction counts; `undefined` for other instructions. */
export type Bulk = "bytes" | "entries" | undefined;

/** Types of values and of references. */
const VALUE_TYPES: ReadonlySet<number> = new Set([0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f]);
const REFERENCE_TYPES: ReadonlySet<number> = new Set([0x70, 0x6f]);
const EMPTY_BLOCK = 0x40;

/** What follows an instruction. */
type Operands =
  | ""
  | "block"
  | "index"
  | "index2"
  | "memory"
  | "zero"
  | "zero2"
  | "integer"
  | "f32"
  | "f64"
  | "reference"
  | "table"
  | "types";

const PLAIN = new Map<number, Operands>();
const EXTENDED: readonly Operands[] = [
  ...Array<Operands>(8).fill(""), // saturating conversions
  "index", // memory.init, and a zero
  "index", // data.drop
  "zero2", // memory.copy
  "zero", // memory.fill
  "index2", // table.init
  "index", // elem.drop
  "index2", // table.copy
  "index", // table.grow
  "index", // table.size
  "index", // table.fill
];
const MEMORY_INIT = 8;

function define(operands: Operands, from: number, to: number = from): void {
  for (let op = from; op <= to; op++) PLAIN.set(op, operands);
}

define("", 0x00, 0x01);
define("block", 0x02, 0x04);
define("", 0x05); // else
define("", 0x0b); // end
define("index", 0x0c, 0x0d);
define("table", 0x0e);
define("", 0x0f); // return
define("index", 0x10); // call
define("index2", 0x11); // call_indirect
define("", 0x1a, 0x1b);
define("types", 0x1c);
define("index", 0x20, 0x26);
define("memory", 0x28, 0x3e);
define("zero", 0x3f, 0x40);
define("integer", 0x41, 0x42);
define("f32", 0x43);
define("f64", 0x44);
define("", 0x45, 0xc4);
define("reference", 0xd0);
define("", 0xd1);
define("index", 0xd2);

/** Reads past what follows the instruction `op`; returns what its length counts. */
export function skipOperands(op: number, reader: BinaryReader): Bulk {
  if (op === 0xfc) return skipExtended(reader);
  if (op === 0xfd) {
    skipVector(reader);
    return undefined;
  }
  const operands = PLAIN.get(op);
  if (operands === undefined) throw unknown(op.toString(16).padStart(2, "0"));
  skipPlain(operands, reader);
  return undefined;
}

function skipPlain(operands: Operands, reader: BinaryReader): void {
  switch (operands) {
    case "":
      return;
    case "block":
      return skipBlockType(reader);
    case "index2":
      reader.u32();
      reader.u32();
      return;
    case "index":
      reader.u32();
      return;
    case "memory":
      return skipMemoryArgument(reader);
    case "zero2":
      requireZero(reader);
      return requireZero(reader);
    case "zero":
      return requireZero(reader);
    case "integer":
      return reader.skipInteger();
    case "f32":
      return reader.skip(4);
    case "f64":
      return reader.skip(8);
    case "reference":
      return requireType(reader, REFERENCE_TYPES);
    case "types":
      for (let left = reader.count(); left > 0; left--) requireType(reader, VALUE_TYPES);
      return;
    case "table":
      for (let left = reader.count(); left >= 0; left--) reader.u32();
  }
}

function skipExtended(reader: BinaryReader): Bulk {
  const op = reader.u32();
  const operands = EXTENDED[op];
  if (operands === undefined) throw unknown(`fc ${op.toString(16)}`);
  skipPlain(operands, reader);
  if (op === MEMORY_INIT) requireZero(reader);
  return BULK.get(op);
}

/** Vector instructions, after the byte 0xfd. */
function skipVector(reader: BinaryReader): void {
  const op = reader.u32();
  if (op <= 11 || op === 92 || op === 93) skipMemoryArgument(reader);
  else if (op === 12 || op === 13) reader.skip(16);
  else if (op >= 21 && op <= 34) reader.skip(1);
  else if (op >= 84 && op <= 91) {
    skipMemoryArgument(reader);
    reader.skip(1);
  } else if (op > 0xff) throw unknown(`fd ${op.toString(16)}`);
}

function skipBlockType(reader: BinaryReader): void {
  const byte = reader.bytes[reader.position];
  if (byte === EMPTY_BLOCK || (byte !== undefined && VALUE_TYPES.has(byte))) reader.skip(1);
  else if (reader.i32() < 0) throw new ModuleProblem("it uses a type that is not supported");
}

/** The alignment has a flag for a second memory, which is not supported. */
function skipMemoryArgument(reader: BinaryReader): void {
  if (reader.u32() >= 0x40) throw new ModuleProblem("it uses several memories");
  reader.u32();
}

function requireZero(reader: BinaryReader): void {
  if (reader.byte() !== 0) throw new ModuleProblem("it uses several memories");
}

function requireType(reader: BinaryReader, types: ReadonlySet<number>): void {
  if (!types.has(reader.byte())) throw new ModuleProblem("it uses a type that is not supported");
}

function unknown(op: string): ModuleProblem {
  return new ModuleProblem(`it uses an instruction that is not supported (${op})`);
}
