/** The sections of a WebAssembly module. */
import { BinaryReader, concat, ModuleProblem, unsigned } from "./binary.ts";

/** The numbers of sections. */
export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;

/** The order in which sections must be, which is not that of their numbers. */
const ORDER: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];

const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const COMPONENT_LAYER = 6;
/** The section of the tags of exceptions. */
const EXCEPTIONS = 13;

/** A module as sections, each without its header. Custom sections are left out, except for names. */
export type Sections = Map<number, Uint8Array>;

/** A custom section that names functions, for stack traces. */
export interface SplitModule {
  readonly sections: Sections;
  readonly names: Uint8Array | undefined;
}

/** Splits a module into its sections. Throws {@link ModuleProblem}. */
export function splitModule(bytes: Uint8Array): SplitModule {
  if (HEADER.slice(0, 4).some((byte, index) => bytes[index] !== byte)) {
    throw new ModuleProblem("it is not a WebAssembly module");
  }
  if (HEADER.some((byte, index) => bytes[index] !== byte)) {
    throw new ModuleProblem(
      bytes[COMPONENT_LAYER] === 1
        ? "it is a component, and only core modules are supported"
        : "it is of another version of WebAssembly than 1",
    );
  }
  const reader = new BinaryReader(bytes, HEADER.length);
  const sections: Sections = new Map();
  let names: Uint8Array | undefined;
  let rank = -1;
  while (!reader.isAtEnd) {
    const id = reader.byte();
    const length = reader.u32();
    const start = reader.position;
    reader.skip(length);
    const content = bytes.subarray(start, reader.position);
    if (id === SECTION.custom) {
      if (new BinaryReader(content).name() === "name") names = content;
      continue;
    }
    const at = ORDER.indexOf(id);
    if (id === EXCEPTIONS) throw new ModuleProblem("it uses exceptions, which are not supported");
    if (at < 0) throw new ModuleProblem(`it has a section of an unknown kind, ${id}`);
    if (at <= rank) throw new ModuleProblem("its sections are not in order");
    rank = at;
    sections.set(id, content);
  }
  return { sections, names };
}

/** Joins sections to a module. */
export function joinModule({ sections, names }: SplitModule): Uint8Array {
  const pieces: (Uint8Array | readonly number[])[] = [HEADER];
  const add = (id: number, content: Uint8Array) => {
    pieces.push([id, ...unsigned(content.length)], content);
  };
  for (const id of ORDER) {
    const content = sections.get(id);
    if (content !== undefined) add(id, content);
  }
  if (names !== undefined) add(SECTION.custom, names);
  return concat(pieces);
}

/** Adds entries to a section that is a vector, or makes it. */
export function appendTo(sections: Sections, id: number, ...entries: readonly number[][]): void {
  const content = sections.get(id);
  const reader = new BinaryReader(content ?? new Uint8Array([0]));
  const count = reader.u32();
  const rest = reader.bytes.subarray(reader.position);
  sections.set(id, concat([unsigned(count + entries.length), rest, ...entries]));
}

/** The number of entries of a section. */
export function countOf(sections: Sections, id: number): number {
  const content = sections.get(id);
  return content === undefined ? 0 : new BinaryReader(content).u32();
}
