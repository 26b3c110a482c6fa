/** What a module imports and exports, with the types of functions. */
import { BinaryReader, ModuleProblem } from "./binary.ts";
import { SECTION, type Sections } from "./sections.ts";

/** The type of a function, as words such as `i32`. */
export interface Signature {
  readonly parameters: readonly string[];
  readonly results: readonly string[];
}

/** An import. */
export interface ImportedItem {
  readonly module: string;
  readonly name: string;
  readonly kind: string;
  readonly signature: Signature | undefined;
}

/** An export. */
export interface ExportedItem {
  readonly kind: string;
  readonly signature: Signature | undefined;
  /** The value of a global or the result of a function that is a constant. */
  readonly value: number | undefined;
}

const FUNCTION_TYPE = 0x60;
const KINDS = ["function", "table", "memory", "global", "tag"];
const TYPES: ReadonlyMap<number, string> = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
  [0x7b, "v128"],
  [0x70, "funcref"],
  [0x6f, "externref"],
]);
const CONST_I32 = 0x41;
const CONST_I64 = 0x42;
const CONST_F32 = 0x43;
const CONST_F64 = 0x44;
const END = 0x0b;

/** The types of functions. Throws {@link ModuleProblem} for types of other things. */
export function readTypes(sections: Sections): Signature[] {
  const reader = readerOf(sections, SECTION.type);
  return list(reader, () => {
    if (reader.byte() !== FUNCTION_TYPE) {
      throw new ModuleProblem("it has types of objects, which are not supported");
    }
    return {
      parameters: list(reader, () => readType(reader)),
      results: list(reader, () => readType(reader)),
    };
  });
}

/** The imports. */
export function readImports(sections: Sections): ImportedItem[] {
  const types = readTypes(sections);
  const reader = readerOf(sections, SECTION.import);
  return list(reader, () => {
    const [module, name] = [reader.name(), reader.name()];
    const kind = KINDS[reader.byte()];
    if (kind === "function") return { module, name, kind, signature: types[reader.u32()] };
    if (kind === "memory" || kind === "table") {
      if (kind === "table") readType(reader);
      const flags = reader.byte();
      reader.u32();
      if ((flags & 1) === 1) reader.u32();
    } else if (kind === "global") {
      readType(reader);
      reader.byte();
    } else throw new ModuleProblem("it imports something that is not supported");
    return { module, name, kind, signature: undefined };
  });
}

/** The exports by name. */
export function readExports(sections: Sections): ReadonlyMap<string, ExportedItem> {
  const types = readTypes(sections);
  const imported = readImports(sections);
  const functions = readerOf(sections, SECTION.function);
  const importedFunctions = imported.filter(({ kind }) => kind === "function");
  const signatures = [
    ...importedFunctions.map(({ signature }) => signature),
    ...list(functions, () => types[functions.u32()]),
  ];
  const constants: Readonly<Record<string, readonly (number | undefined)[]>> = {
    function: [...importedFunctions.map(() => undefined), ...readConstantFunctions(sections)],
    global: [
      ...imported.flatMap(({ kind }) => kind === "global" ? [undefined] : []),
      ...readConstants(sections),
    ],
  };
  const reader = readerOf(sections, SECTION.export);
  return new Map(list(reader, () => {
    const name = reader.name();
    const kind = KINDS[reader.byte()] ?? "unknown";
    const index = reader.u32();
    const signature = kind === "function" ? signatures[index] : undefined;
    return [name, { kind, signature, value: constants[kind]?.[index] }] as const;
  }));
}

/** The values of globals up to the first one that is not a simple constant. */
function readConstants(sections: Sections): (number | undefined)[] {
  const reader = readerOf(sections, SECTION.global);
  const values: (number | undefined)[] = [];
  for (let left = reader.u32(); left > 0; left--) {
    const type = readType(reader);
    const isMutable = reader.byte() === 1;
    const op = reader.byte();
    const value = op === CONST_I32 ? reader.i32() : undefined;
    if (op === CONST_I64) reader.skipInteger();
    else if (op === CONST_F32) reader.skip(4);
    else if (op === CONST_F64) reader.skip(8);
    else if (op !== CONST_I32) return values;
    if (reader.byte() !== END) return values;
    values.push(type === "i32" && !isMutable ? value : undefined);
  }
  return values;
}

/** What functions return that do nothing but return a constant, by the number of their body. */
function readConstantFunctions(sections: Sections): (number | undefined)[] {
  const reader = readerOf(sections, SECTION.code);
  return list(reader, () => {
    const size = reader.u32();
    const body = new BinaryReader(reader.bytes, reader.position, reader.position + size);
    reader.skip(size);
    if (body.byte() !== 0 || body.byte() !== CONST_I32) return undefined;
    const value = body.i32();
    return body.byte() === END ? value : undefined;
  });
}

function readerOf(sections: Sections, id: number): BinaryReader {
  return new BinaryReader(sections.get(id) ?? new Uint8Array([0]));
}

function list<Item>(reader: BinaryReader, read: () => Item): Item[] {
  const items: Item[] = [];
  for (let left = reader.count(); left > 0; left--) items.push(read());
  return items;
}

function readType(reader: BinaryReader): string {
  const type = TYPES.get(reader.byte());
  if (type === undefined) throw new ModuleProblem("it uses a type that is not supported");
  return type;
}
