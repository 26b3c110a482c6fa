/** Adds the counting of instructions to the body of a function. */
import { BinaryReader, concat, ModuleProblem, signed, unsigned } from "./binary.ts";
import { type Bulk, OP, skipOperands } from "./instructions.ts";

/** The indices of what the metering has added to the module. */
export interface MeterIndices {
  /** The global that contains the fuel that is left before the host is asked, an i64. */
  readonly fuel: number;
  /** The global that is set to 1 when memory could not grow, an i32. */
  readonly denied: number;
  /** The table whose only function asks the host for fuel. */
  readonly table: number;
  /** The type of that function: it returns 1 to end the execution. */
  readonly refillType: number;
}

const I32 = 0x7f;
const EMPTY_BLOCK = 0x40;
const GET_GLOBAL = 0x23;
const SET_GLOBAL = 0x24;
const TEE_LOCAL = 0x22;
const GET_LOCAL = 0x20;
const CONST_I32 = 0x41;
const CONST_I64 = 0x42;
const EXTEND_UNSIGNED = 0xad;
const SHIFT_RIGHT = 0x88;
const SUBTRACT = 0x7d;
const LESS_THAN = 0x53;
const EQUAL = 0x46;
const IF = 0x04;
const END = 0x0b;
const CALL_INDIRECT = 0x11;
const UNREACHABLE = 0x00;

/** Bulk instructions move this many bytes, as a power of two, in the time of one instruction. */
const BYTES_PER_FUEL = 3;

/** A place in a body where something is added. */
interface Place {
  readonly position: number;
  readonly kind: "charge" | "bulk" | "grown";
  /** The instructions that are charged for: those that follow up to the next loop. */
  cost: number;
  readonly bulk: Bulk;
}

/** The least that a charge costs, so that an empty loop costs something, too. */
const LEAST_COST = 1;

/**
 * The body of a function with `parameters`, metered: each function and each turn of a loop is
 * charged for its instructions when it begins, whether or not all of them run.
 */
export function meterBody(
  body: Uint8Array,
  parameters: number,
  indices: MeterIndices,
): Uint8Array {
  const reader = new BinaryReader(body);
  const groups = reader.count();
  const groupsStart = reader.position;
  let locals = parameters;
  for (let left = groups; left > 0; left--) {
    locals += reader.u32();
    reader.byte();
  }
  const codeStart = reader.position;
  const places = findPlaces(reader);
  const needsLocal = places.some(({ kind }) => kind !== "charge");
  const pieces: (Uint8Array | readonly number[])[] = needsLocal
    ? [unsigned(groups + 1), body.subarray(groupsStart, codeStart), [1, I32]]
    : [body.subarray(0, codeStart)];
  let copied = codeStart;
  for (const place of places) {
    pieces.push(body.subarray(copied, place.position));
    copied = place.position;
    pieces.push(addition(place, locals, indices));
  }
  pieces.push(body.subarray(copied));
  return concat(pieces);
}

/** The places where something is added, in order, with the cost of each charge. */
function findPlaces(reader: BinaryReader): readonly Place[] {
  const charge = (): Place => ({
    position: reader.position,
    kind: "charge",
    cost: LEAST_COST,
    bulk: undefined,
  });
  let current = charge();
  const places: Place[] = [current];
  /** For each open block, the charge to which the instructions after it belong. */
  const open: Place[] = [];
  for (;;) {
    const position = reader.position;
    const op = reader.byte();
    current.cost++;
    const bulk = skipOperands(op, reader);
    if (op === OP.block || op === OP.if) open.push(current);
    else if (op === OP.loop) {
      open.push(current);
      places.push(current = charge());
    } else if (op === OP.end) {
      const enclosing = open.pop();
      if (enclosing === undefined) break;
      current = enclosing;
    } else if (bulk !== undefined) places.push({ position, kind: "bulk", cost: 0, bulk });
    else if (op === OP.memoryGrow) {
      places.push({ position: reader.position, kind: "grown", cost: 0, bulk: undefined });
    }
  }
  if (!reader.isAtEnd) throw new ModuleProblem("a function of it continues after its end");
  return places;
}

function addition(
  { kind, cost, bulk }: Place,
  local: number,
  { fuel, denied, table, refillType }: MeterIndices,
): readonly number[] {
  const subtractAndCheck = [
    SUBTRACT,
    SET_GLOBAL,
    ...unsigned(fuel),
    GET_GLOBAL,
    ...unsigned(fuel),
    CONST_I64,
    0,
    LESS_THAN,
    IF,
    EMPTY_BLOCK,
    CONST_I32,
    0,
    CALL_INDIRECT,
    ...unsigned(refillType),
    ...unsigned(table),
    IF,
    EMPTY_BLOCK,
    UNREACHABLE,
    END,
    END,
  ];
  const getFuel = [GET_GLOBAL, ...unsigned(fuel)];
  switch (kind) {
    case "charge":
      return [...getFuel, CONST_I64, ...signed(cost), ...subtractAndCheck];
    case "bulk":
      return [
        TEE_LOCAL,
        ...unsigned(local),
        ...getFuel,
        GET_LOCAL,
        ...unsigned(local),
        EXTEND_UNSIGNED,
        ...(bulk === "bytes" ? [CONST_I64, BYTES_PER_FUEL, SHIFT_RIGHT] : []),
        ...subtractAndCheck,
      ];
    case "grown":
      return [
        TEE_LOCAL,
        ...unsigned(local),
        CONST_I32,
        0x7f, // -1
        EQUAL,
        IF,
        EMPTY_BLOCK,
        CONST_I32,
        1,
        SET_GLOBAL,
        ...unsigned(denied),
        END,
        GET_LOCAL,
        ...unsigned(local),
      ];
  }
}
