/** Apps with a controller in WebAssembly, written in its text format. */
import binaryen from "binaryen";
import { app, type AppOptions, type RecordedApp } from "../app.ts";

/** The bytes of a module in the text format. */
export function assemble(text: string): Uint8Array {
  const module = binaryen.parseText(text);
  module.setFeatures(binaryen.Features.All);
  try {
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

/** Strings in memory from 1024 on, as data segments, and where each of them is. */
export function texts(...list: readonly string[]): { data: string; at: (index: number) => string } {
  let position = 1024;
  const places = list.map((text) => {
    const length = new TextEncoder().encode(text).length;
    const place = { position, length };
    position += length;
    return place;
  });
  const escaped = (text: string) => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
  return {
    data: list.map((text, index) =>
      `(data (i32.const ${places[index]!.position}) "${escaped(text)}")`
    ).join("\n"),
    at: (index) => `(i32.const ${places[index]!.position}) (i32.const ${places[index]!.length})`,
  };
}

/** A module with an allocator that never frees, and what `body` adds. */
export function withAllocator(body: string, pages = "1"): string {
  return `(module
    (import "digly" "call" (func $call (param i32 i32) (result i64)))
    (memory (export "memory") ${pages})
    (global $top (mut i32) (i32.const 8192))
    (func $alloc (export "alloc") (param $size i32) (result i32)
      (local $start i32)
      (local.set $start (global.get $top))
      (global.set $top (i32.add (global.get $top) (local.get $size)))
      (local.get $start))
    (func (export "dealloc") (param i32 i32))
    (func $pack (param $at i32) (param $length i32) (result i64)
      (i64.or
        (i64.shl (i64.extend_i32_u (local.get $at)) (i64.const 32))
        (i64.extend_i32_u (local.get $length))))
    ${body})`;
}

/** A module whose `execute` does this. */
export function executing(code: string, more = ""): string {
  return withAllocator(`${more}
    (func (export "execute") (param $at i32) (param $length i32) (result i64) ${code})`);
}

/** A module that returns its input. */
export const ECHO: string = executing("(call $pack (local.get $at) (local.get $length))");

/** Options of {@link wasmApp}. */
export interface WasmAppOptions extends Partial<Omit<AppOptions, "limits">> {
  /** As in the manifest: `{ fuel: 1e6 }`. */
  readonly limits?: string;
  /** Further lines of the definition. */
  readonly definition?: string;
}

/** An app with the resource `Test.Code.a`, whose controller is this module. */
export function wasmApp(
  module: string | Uint8Array,
  // The default limit of time is short for a machine that is busy with other tests.
  { limits = "{ time: 10m }", definition = "", resources = "", files = {}, ...options }:
    WasmAppOptions = {},
): RecordedApp {
  const bytes = typeof module === "string" ? assemble(module) : module;
  return app({
    resources: `kind: Test.Code\nmetadata: { name: a }\n${resources}`,
    definitions: {
      Code:
        `controllers: [{ runtime: wasm, entrypoint: ./code.wasm, limits: ${limits} }]\n${definition}`,
    },
    files: { "/app/test/code.wasm": bytes, ...files },
    ...options,
  });
}
