/** What a controller in WebAssembly exports, and what it may import (docs/wasm.md). */
import { nearest } from "../diagnostics/nearest.ts";
import { ModuleProblem } from "./binary.ts";
import type { Sections } from "./sections.ts";
import { type ExportedItem, readExports, readImports, type Signature } from "./signatures.ts";
import { WASI_FUNCTIONS, WASI_MODULE } from "./wasi.ts";
import { ownValue } from "../contract/own_key.ts";

/** The version of the interface. */
export const ABI_VERSION = 1;

/** A mistake in what a module imports or exports, and what to do about it. */
export class InterfaceProblem extends ModuleProblem {
  readonly help: string;

  constructor(problem: string, help: string) {
    super(problem);
    this.help = help;
  }
}

const REQUIRED: Readonly<Record<string, string>> = {
  alloc: "(i32) -> i32",
  dealloc: "(i32, i32) -> ()",
  execute: "(i32, i32) -> i64",
};
/** A module for WASI that is a library exports `_initialize`, which sets it up. */
const OPTIONAL: Readonly<Record<string, string>> = {
  create: "(i32, i32) -> ()",
  resume: "(i32, i32) -> i64",
  _initialize: "() -> ()",
};

/** What Digly provides, and what the runtime of AssemblyScript imports without being asked. */
const PROVIDED: Readonly<Record<string, string>> = {
  "digly.call": "(i32, i32) -> i64",
  "env.abort": "(i32, i32, i32, i32) -> ()",
  "env.seed": "() -> f64",
};

/** Checks the imports and exports of a module. Throws {@link InterfaceProblem}. */
export function checkInterface(sections: Sections): void {
  checkImports(sections);
  const exports = readExports(sections);
  checkExports(exports);
  const version = exports.get("digly_abi");
  if (version !== undefined) checkVersion(version);
}

/** Reports a version of the interface that is not this one. */
export function versionProblem(version: number | undefined): InterfaceProblem {
  // The export of a static variable of Rust or C is its address.
  const isAddress = version === undefined || version > 1_000;
  const written = version === undefined
    ? "a `digly_abi` that is neither a function without parameters nor a constant"
    : `version ${version} of the interface`;
  return new InterfaceProblem(
    `has ${written}, and this is version ${ABI_VERSION}`,
    isAddress
      ? `Export a function \`digly_abi\` that returns ${ABI_VERSION}`
      : "Build it for this version of Digly, or use the version that it was built for",
  );
}

function checkVersion({ kind, signature, value }: ExportedItem): void {
  const isFunction = kind === "function" && signature !== undefined &&
    format(signature) === "() -> i32";
  if (value === ABI_VERSION || (isFunction && value === undefined)) return;
  throw versionProblem(isFunction || kind === "global" ? value : undefined);
}

function checkImports(sections: Sections): void {
  for (const { module, name, kind, signature } of readImports(sections)) {
    const full = `${module}.${name}`;
    if (kind !== "function") {
      throw new InterfaceProblem(
        `imports the ${kind} "${full}"`,
        `Build it so that it has its own ${kind}${kind === "memory" ? ", and exports it" : ""}`,
      );
    }
    if (module === WASI_MODULE && WASI_FUNCTIONS.includes(name)) continue;
    const expected = ownValue(PROVIDED, full);
    if (expected === undefined) {
      const all = module === WASI_MODULE
        ? WASI_FUNCTIONS.map((one) => `${WASI_MODULE}.${one}`)
        : Object.keys(PROVIDED);
      const near = nearest(full, all);
      throw new InterfaceProblem(
        `imports "${full}", which does not exist`,
        near === undefined
          ? "A controller may import `digly.call`, and the functions of WASI preview 1"
          : `Did you mean "${near}"?`,
      );
    }
    if (signature === undefined || format(signature) === expected) continue;
    throw new InterfaceProblem(
      `imports "${full}" as ${format(signature)}, and it is ${expected}`,
      "Correct the declaration of the import",
    );
  }
}

function checkExports(exports: ReadonlyMap<string, ExportedItem>): void {
  const missing = ["memory", ...Object.keys(REQUIRED)].filter((name) => !exports.has(name));
  if (missing.length > 0) {
    const names = [...exports.keys()];
    const near = missing.map((name) => nearest(name, names)).find((name) => name !== undefined);
    throw new InterfaceProblem(
      `does not export ${inWords(missing)}`,
      near === undefined
        ? "Export `memory`, `alloc`, `dealloc` and `execute`"
        : `It exports "${near}": did you mean "${nearest(near, missing)}"?`,
    );
  }
  if (exports.get("memory")?.kind !== "memory") {
    throw new InterfaceProblem("exports a `memory` that is not a memory", "Export its memory");
  }
  for (const [name, expected] of Object.entries({ ...REQUIRED, ...OPTIONAL })) {
    const exported = exports.get(name);
    if (exported === undefined) continue;
    const written = exported.signature === undefined
      ? `a ${exported.kind}`
      : format(exported.signature);
    // What `create` returns is not read.
    const fits = name === "create" ? written.startsWith("(i32, i32) -> ") : written === expected;
    if (!fits) {
      throw new InterfaceProblem(
        `exports \`${name}\` as ${written}, and it must be ${expected}`,
        "Pointers and lengths are i32, and a result is an i64: the pointer in the upper 32 bits, " +
          "the length in the lower ones",
      );
    }
  }
}

function format({ parameters, results }: Signature): string {
  const result = results.length === 1 ? results[0] : `(${results.join(", ")})`;
  return `(${parameters.join(", ")}) -> ${result}`;
}

function inWords(names: readonly string[]): string {
  const quoted = names.map((name) => `\`${name}\``);
  const last = quoted.pop() ?? "";
  return quoted.length === 0 ? last : `${quoted.join(", ")} and ${last}`;
}
