/** The official conformance cases of CEL, and how Digly's expressions do on them. */
import { tests as official } from "@bufbuild/cel-spec/testdata/conformance.js";
import { MapBuilder } from "../../../src/cel/access.ts";
import { CelError } from "../../../src/cel/cel_error.ts";
import { Context } from "../../../src/cel/context.ts";
import { type Declared, deducedType, type WrittenType, writtenType } from "./deduced_type.ts";
import { equals } from "../../../src/cel/equality.ts";
import { compileText } from "../../../src/cel/evaluate.ts";
import { isTypeName } from "../../../src/cel/names.ts";
import {
  double,
  int,
  isObjectMap,
  Special,
  typeOf,
  TypeValue,
  Uint,
} from "../../../src/cel/values.ts";

/** A value as the cases write it: `{int64Value: "1"}`. */
type Written = Readonly<Record<string, unknown>>;

interface Case {
  readonly name: string;
  readonly expr: string;
  readonly value?: Written;
  readonly evalError?: unknown;
  readonly bindings?: Readonly<Record<string, { value?: Written }>>;
  readonly typeEnv?: readonly Declared[];
  readonly typedResult?: { result?: Written; deducedType?: WrittenType };
  readonly checkOnly?: boolean;
  readonly disableCheck?: boolean;
  readonly container?: string;
}

interface Suite {
  readonly name: string;
  readonly suites?: readonly Suite[];
  readonly tests?: readonly { readonly original: Case }[];
}

/** How one case went. */
export interface Outcome {
  /** `section/subsection/name`. */
  readonly name: string;
  readonly expr: string;
  readonly passed: boolean;
  /** What happened instead, for people. */
  readonly instead: string;
}

/** Sections that are about protobuf messages and enums, which a manifest cannot hold. */
const PROTOBUF_SECTIONS: ReadonlySet<string> = new Set(
  ["dynamic", "enums", "proto2", "proto2_ext", "proto3", "wrappers"],
);

/** In the other sections, the cases that hold a message. */
const PROTOBUF = /google\.protobuf|cel\.expr|TestAllTypes|GlobalEnum|objectValue|messageType/;

/** Runs every case that needs no protobuf. */
export function runConformance(): Outcome[] {
  const outcomes: Outcome[] = [];
  const visit = (suite: Suite, path: readonly string[]) => {
    for (const { original } of suite.tests ?? []) {
      if (PROTOBUF.test(JSON.stringify(original))) continue;
      const { name, expr } = original;
      const instead = attempt(original);
      outcomes.push({
        name: [...path, name].join("/"),
        expr,
        passed: instead === undefined,
        instead: instead ?? "",
      });
    }
    for (const inner of suite.suites ?? []) {
      if (!PROTOBUF_SECTIONS.has(inner.name)) visit(inner, [...path, inner.name]);
    }
  };
  visit(official as Suite, []);
  return outcomes;
}

/** What went wrong; `undefined` for a case that passes. */
function attempt(test: Case): string | undefined {
  const { expr, evalError, typedResult, checkOnly } = test;
  let result: unknown;
  try {
    if (typedResult?.deducedType !== undefined) {
      const found = deducedType(expr, test.typeEnv);
      const wanted = writtenType(typedResult.deducedType);
      if (found !== wanted) return `has the type ${found}, not ${wanted}`;
    }
    if (checkOnly) return undefined;
    const { run, variables, slots } = compileText(expr);
    const values = variablesOf(test);
    const filled = new Array<unknown>(slots);
    for (const { name, slot } of variables) {
      // What is not bound is an error when it is read, which `||` may outweigh.
      filled[slot] = values.has(name)
        ? values.get(name)
        : isTypeName(name)
        ? new TypeValue(name)
        : undefined;
    }
    result = run(new Context(filled));
  } catch (error) {
    if (!(error instanceof CelError)) throw error;
    return evalError === undefined ? error.problem : undefined;
  }
  if (evalError !== undefined) return `gives ${show(result)} instead of an error`;
  // A case that names no value expects true.
  const wanted = test.value ?? typedResult?.result ?? { boolValue: true };
  return same(result, wanted) ? undefined : `gives ${show(result)}`;
}

/**
 * The variables of a case. A name with dots is a path into maps, and the names of a container
 * can be written without it: both are up to the host, which has neither.
 */
function variablesOf({ bindings = {}, container }: Case): Map<string, unknown> {
  const variables = new Map<string, unknown>();
  const names = Object.keys(bindings).sort((a, b) => a.length - b.length);
  for (const name of names) {
    const inContainer = container !== undefined && name.startsWith(`${container}.`);
    const path = (inContainer ? name.slice(container.length + 1) : name).split(".");
    const value = read(bindings[name]!.value);
    const root = path.shift()!;
    if (path.length === 0) variables.set(root, value);
    else variables.set(root, within(variables.get(root), path, value));
  }
  return variables;
}

/** `map` with a value at a path below it. */
function within(map: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  const entries = isObjectMap(map) ? map : {};
  return { ...entries, [key!]: rest.length === 0 ? value : within(entries[key!], rest, value) };
}

/** A written value as expressions compute with it. */
function read(written: Written | undefined): unknown {
  if (written === undefined) throw new Error("nothing is bound");
  const [[key, value]] = Object.entries(written) as [[string, never]];
  switch (key) {
    case "int64Value":
      return int(BigInt(value));
    case "uint64Value":
      return new Uint(BigInt(value));
    case "doubleValue":
      return double(Number(value));
    case "bytesValue":
      return new Uint8Array(Buffer.from(value, "base64"));
    case "nullValue":
      return null;
    case "typeValue":
      return new TypeValue(value);
    case "listValue":
      return ((value as { values?: Written[] }).values ?? []).map((item) => read(item));
    case "mapValue": {
      const map = new MapBuilder(new Context([]));
      for (
        const entry of (value as { entries?: { key: Written; value: Written }[] }).entries ?? []
      ) {
        map.add(read(entry.key), read(entry.value));
      }
      return map.build();
    }
    default:
      return value;
  }
}

function same(result: unknown, written: Written): boolean {
  const wanted = read(written);
  if (typeOf(result) !== typeOf(wanted)) return false;
  const isNaN = Number.isNaN(wanted) && Number.isNaN(result);
  return isNaN || equals(new Context([]), result, wanted);
}

function show(value: unknown): string {
  return value instanceof Special
    ? JSON.stringify(value, (_, inner) => typeof inner === "bigint" ? `${inner}` : inner)
    : String(value);
}
