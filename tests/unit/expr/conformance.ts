/** The official conformance cases of CEL, and how Digly's expressions do on them. */
import { tests as official } from "@bufbuild/cel-spec/testdata/conformance.js";
import { Duration, UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import { DEFAULT_LIMITS } from "../../../src/contract/limits.ts";
import { startCounting } from "../../../src/expr/evaluation.ts";
import { variableOf } from "../../../src/expr/analyse.ts";
import { typeNamed } from "../../../src/expr/environment.ts";
import { compileExpression } from "../../../src/expr/program.ts";

/** A value as the cases write it: `{int64Value: "1"}`. */
type Written = Readonly<Record<string, unknown>>;

interface Case {
  readonly name: string;
  readonly expr: string;
  readonly value?: Written;
  readonly evalError?: unknown;
  readonly bindings?: Readonly<Record<string, { value?: Written }>>;
  readonly typedResult?: { result?: Written };
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
  const { expr, bindings = {}, evalError, typedResult, checkOnly } = test;
  let result: unknown;
  try {
    const program = compileExpression(expr);
    if (checkOnly) return "types are not deduced without evaluating";
    const variables: Record<string, unknown> = Object.create(null);
    for (const name of program.free) {
      // What is not bound is an error when it is read, which `||` may outweigh.
      if (name in bindings) variables[name] = read(bindings[name]!.value);
    }
    for (const name of program.types) {
      variables[variableOf(name)] = name in bindings
        ? read(bindings[name]!.value)
        : typeNamed(name);
    }
    startCounting(DEFAULT_LIMITS);
    result = program.run(variables);
  } catch (error) {
    if (evalError !== undefined) return undefined;
    return error instanceof Error ? error.message.split("\n")[0] : String(error);
  }
  if (evalError !== undefined) return `gives ${show(result)} instead of an error`;
  // A case that names no value expects true.
  const wanted = test.value ?? typedResult?.result ?? { boolValue: true };
  return same(result, wanted) ? undefined : `gives ${show(result)}`;
}

/** A written value as expressions compute with it. */
function read(written: Written | undefined): unknown {
  if (written === undefined) throw new Error("nothing is bound");
  const [[key, value]] = Object.entries(written) as [[string, never]];
  switch (key) {
    case "int64Value":
      return BigInt(value);
    case "uint64Value":
      return new UnsignedInt(BigInt(value));
    case "doubleValue":
      return Number(value);
    case "bytesValue":
      return new Uint8Array(Buffer.from(value, "base64"));
    case "nullValue":
      return null;
    case "typeValue":
      return typeNamed(value);
    case "listValue":
      return ((value as { values?: Written[] }).values ?? []).map((item) => read(item));
    case "mapValue":
      return new Map(
        ((value as { entries?: { key: Written; value: Written }[] }).entries ?? [])
          .map((entry) => [read(entry.key), read(entry.value)]),
      );
    default:
      return value;
  }
}

function same(result: unknown, written: Written): boolean {
  const [[key]] = Object.entries(written) as [[string, unknown]];
  if (key === "typeValue") {
    return String(result) === `type(${written[key]})` || typeName(result) === written[key];
  }
  return equal(result, read(written));
}

function typeName(value: unknown): unknown {
  return (value as { name?: unknown } | null)?.name;
}

function equal(left: unknown, right: unknown): boolean {
  if (left instanceof UnsignedInt || right instanceof UnsignedInt) {
    return left instanceof UnsignedInt && right instanceof UnsignedInt &&
      left.valueOf() === right.valueOf();
  }
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    return Buffer.from(left).equals(Buffer.from(right));
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => equal(item, right[index]));
  }
  if (right instanceof Map) {
    const entries = left instanceof Map ? [...left] : Object.entries(left as object);
    return entries.length === right.size &&
      entries.every(([key, value]) =>
        [...right].some(([other, wanted]) => equal(key, other) && equal(value, wanted))
      );
  }
  return Object.is(left, right) || (left === 0 && right === 0);
}

function show(value: unknown): string {
  if (typeof value === "bigint") return `${value}`;
  if (value instanceof UnsignedInt) return `${value.valueOf()}u`;
  if (value instanceof Duration) return "a duration";
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  return JSON.stringify(value, (_key, inner) => typeof inner === "bigint" ? `${inner}` : inner) ??
    String(value);
}
