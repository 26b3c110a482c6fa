/**
 * Makes a WebAssembly module stop at its limits, on every host and without support from it: one
 * pass over the module adds a counter of instructions to every function and loop, which asks the
 * host for more fuel when a portion is used up, and lowers the maximum sizes of memory and tables.
 *
 * The module must be validated as it was, too, because what is added could make references valid that
 * were out of range.
 */
import { BinaryReader, concat, ModuleProblem, nameBytes, unsigned } from "./binary.ts";
import { meterBody } from "./meter_body.ts";
import {
  appendTo,
  countOf,
  joinModule,
  SECTION,
  type Sections,
  type SplitModule,
} from "./sections.ts";
import { readTypes } from "./signatures.ts";

/** What a metered module exports besides its own exports. */
export const METER_EXPORTS: Readonly<Record<"fuel" | "denied" | "refill" | "start", string>> = {
  /** An i64 global: the fuel that is left before `refill` is called. */
  fuel: "digly:fuel",
  /** An i32 global that is 1 after memory could not grow. */
  denied: "digly:denied",
  /** A table whose element 0 is called when the fuel is below zero; it returns 1 to end. */
  refill: "digly:refill",
  /** What the module wants to be run before anything else, if it does. */
  start: "digly:start",
};

/** The size of a page of memory. */
export const PAGE_BYTES: number = 64 * 1024;

/** The most entries of all tables together: an entry takes some bytes of the host's memory. */
const MOST_TABLE_ENTRIES = 100_000;
const MOST_TABLES = 16;

const FUNCTION_TYPE = 0x60;
const I32 = 0x7f;
const I64 = 0x7e;
const FUNCTION_REFERENCE = 0x70;
const EXTERNAL_REFERENCE = 0x6f;
const END = 0x0b;
const CONST_I32 = 0x41;
const CONST_I64 = 0x42;
const MUTABLE = 1;
const EXPORT_FUNCTION = 0;
const EXPORT_TABLE = 1;
const EXPORT_GLOBAL = 3;

/** The metered module; its memory has `maxPages` at most. Throws {@link ModuleProblem}. */
export function meterModule({ sections, names }: SplitModule, maxPages: number): Uint8Array {
  const metered: Sections = new Map(sections);
  const types = readTypes(sections);
  const tables = capTables(metered);
  capMemory(metered, maxPages);
  const fuel = countOf(sections, SECTION.global);
  const indices = { fuel, denied: fuel + 1, table: tables, refillType: types.length };
  appendTo(metered, SECTION.type, [FUNCTION_TYPE, 0, 1, I32]);
  appendTo(metered, SECTION.table, [FUNCTION_REFERENCE, 1, 1, 1]);
  appendTo(
    metered,
    SECTION.global,
    [I64, MUTABLE, CONST_I64, 0, END],
    [I32, MUTABLE, CONST_I32, 0, END],
  );
  const exported = [
    [...nameBytes(METER_EXPORTS.fuel), EXPORT_GLOBAL, ...unsigned(indices.fuel)],
    [...nameBytes(METER_EXPORTS.denied), EXPORT_GLOBAL, ...unsigned(indices.denied)],
    [...nameBytes(METER_EXPORTS.refill), EXPORT_TABLE, ...unsigned(indices.table)],
  ];
  const start = sections.get(SECTION.start);
  if (start !== undefined) {
    // Run by the host instead, once it can count.
    metered.delete(SECTION.start);
    const index = new BinaryReader(start).u32();
    exported.push([...nameBytes(METER_EXPORTS.start), EXPORT_FUNCTION, ...unsigned(index)]);
  }
  appendTo(metered, SECTION.export, ...exported);
  meterCode(metered, types.map(({ parameters }) => parameters.length), indices);
  return joinModule({ sections: metered, names });
}

function meterCode(
  sections: Sections,
  parametersOf: readonly number[],
  indices: Parameters<typeof meterBody>[2],
): void {
  const code = sections.get(SECTION.code);
  if (code === undefined) return;
  const reader = new BinaryReader(code);
  const functions = new BinaryReader(sections.get(SECTION.function) ?? new Uint8Array([0]));
  functions.u32();
  const count = reader.count();
  const pieces: (Uint8Array | readonly number[])[] = [unsigned(count)];
  for (let left = count; left > 0; left--) {
    const size = reader.u32();
    const start = reader.position;
    reader.skip(size);
    const body = code.subarray(start, reader.position);
    const metered = meterBody(body, parametersOf[functions.u32()] ?? 0, indices);
    pieces.push(unsigned(metered.length), metered);
  }
  sections.set(SECTION.code, concat(pieces));
}

/** Limits how far tables can grow; returns their number. */
function capTables(sections: Sections): number {
  const content = sections.get(SECTION.table);
  if (content === undefined) return 0;
  const reader = new BinaryReader(content);
  const count = reader.count();
  if (count > MOST_TABLES) {
    throw new ModuleProblem(`it has ${count} tables, and may have ${MOST_TABLES}`);
  }
  const pieces: number[] = unsigned(count);
  let total = 0;
  for (let left = count; left > 0; left--) {
    const type = reader.byte();
    if (type !== FUNCTION_REFERENCE && type !== EXTERNAL_REFERENCE) {
      throw new ModuleProblem("it has a table of a type that is not supported");
    }
    const { least, most } = readLimits(reader);
    total += least;
    if (total > MOST_TABLE_ENTRIES) {
      throw new ModuleProblem(`its tables have more than ${MOST_TABLE_ENTRIES} entries`);
    }
    const cap = Math.max(least, Math.min(most, MOST_TABLE_ENTRIES));
    pieces.push(type, 1, ...unsigned(least), ...unsigned(cap));
  }
  sections.set(SECTION.table, Uint8Array.from(pieces));
  return count;
}

function capMemory(sections: Sections, maxPages: number): void {
  const content = sections.get(SECTION.memory);
  if (content === undefined) return;
  const reader = new BinaryReader(content);
  if (reader.count() !== 1) throw new ModuleProblem("it has several memories");
  const { least, most } = readLimits(reader);
  if (least > maxPages) throw new MemoryProblem(least * PAGE_BYTES);
  const cap = [1, 1, ...unsigned(least), ...unsigned(Math.min(most, maxPages))];
  sections.set(SECTION.memory, Uint8Array.from(cap));
}

/** A module that needs more memory from the beginning than it may use. */
export class MemoryProblem extends ModuleProblem {
  readonly bytes: number;

  constructor(bytes: number) {
    super("it needs more memory than its limit");
    this.bytes = bytes;
  }
}

function readLimits(reader: BinaryReader): { readonly least: number; readonly most: number } {
  const flags = reader.byte();
  if (flags > 1) throw new ModuleProblem("it needs shared memory or memory of 64 bits");
  return { least: reader.u32(), most: flags === 1 ? reader.u32() : Infinity };
}
