import assert from "node:assert/strict";
import { test } from "node:test";
import { selectEntry } from "../../../../src/kernel/boot/select.ts";
import type { ControllerEntry } from "../../../../src/contract/manifest.ts";
import type { HostRuntime } from "../../../../src/contract/platform.ts";

const node20: HostRuntime = { name: "node", version: "20.11.0", nodeVersion: "20.11.0" };
const node24: HostRuntime = { name: "node", version: "24.21.0", nodeVersion: "24.21.0" };
const bun: HostRuntime = { name: "bun", version: "1.4.5", nodeVersion: "24.3.0" };

function entries(...runtimes: string[]): ControllerEntry[] {
  const origin = { file: "/m.yaml", line: 1, column: 1, length: 0, path: "$" };
  return runtimes.map((runtime) => ({
    runtimes: runtime === "" ? [] : runtime.split(", "),
    entrypoint: `./${runtime}.ts`,
    base: "file:///m.yaml",
    origin,
  }));
}

function chosen(host: HostRuntime, ...runtimes: string[]): string | undefined {
  const selection = selectEntry(entries(...runtimes), host);
  return "entry" in selection ? selection.entry.runtimes.join(", ") : undefined;
}

test("the first entry whose version range fits is taken", () => {
  assert.equal(chosen(node20, "node@>=22", "node@>=20 <23", "node"), "node@>=20 <23");
  assert.equal(chosen(node24, "node@>=20 <23", "node"), "node");
});

test("a bare name means any version", () => {
  assert.equal(chosen(node20, "node"), "node");
});

test("an entry for the host's own runtime is preferred to node", () => {
  assert.equal(chosen(bun, "node", "bun@>=1.1"), "bun@>=1.1");
});

test("on Bun and Deno an entry for node is tried against the version they report", () => {
  assert.equal(chosen(bun, "node@>=24"), "node@>=24");
  assert.equal(chosen(bun, "node@>=20 <23"), undefined);
});

test("an entry with a list of runtimes fits each of them", () => {
  assert.equal(chosen(bun, "deno", "deno, bun@>=1.1"), "deno, bun@>=1.1");
  assert.equal(chosen(node20, "bun, node@>=20"), "bun, node@>=20");
});

test("an entry for any runtime is taken if no other one fits", () => {
  assert.equal(chosen(bun, "", "bun"), "bun");
  assert.equal(chosen(bun, "", "node"), "node");
  assert.equal(chosen(bun, "deno", ""), "");
  assert.equal(chosen(node20, "node@>=22", ""), "");
});

test("WebAssembly for another runtime fits every host, after the host's own entries", () => {
  const wasm = (entry: ControllerEntry): ControllerEntry => ({ ...entry, entrypoint: "./a.wasm" });
  const [rust, any, node] = entries("rust@>=1.76", "", "node") as [
    ControllerEntry,
    ControllerEntry,
    ControllerEntry,
  ];
  for (const host of [node20, bun]) {
    assert.deepEqual(selectEntry([any, wasm(rust)], host), { entry: wasm(rust) });
    assert.deepEqual(selectEntry([wasm(rust), node], host), { entry: node });
  }
  const [deno] = entries("deno") as [ControllerEntry];
  assert("refused" in selectEntry([wasm(deno)], node20));
});

test("every rejected entry has a reason", () => {
  const selection = selectEntry(
    entries("rust@>=1.76", "node@>=22"),
    node20,
  );
  assert("refused" in selection);
  assert.deepEqual(selection.refused.map(({ reason }) => reason), [
    'this is node 20.11.0, and "./rust@>=1.76.ts" is not WebAssembly (.wasm)',
    "node 20.11.0 is outside >=22",
  ]);
});
