/** What `npm run build` leaves in `dist/`, made in a clone of the last commit. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";
import { closeSync, openSync, readdirSync, readFileSync, readSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { before, describe, test, type TestContext } from "node:test";
import { root, run, runtime, tempApp } from "./forms.ts";

const clone = join(tempApp(), "clone");
const dist = join(clone, "dist");

/** Format and machine of each executable, which part of the first bytes distinguishes. */
const EXECUTABLES: Readonly<Record<string, RegExp>> = {
  "digly-linux-x64": /^ELF x64 glibc$/,
  "digly-linux-arm64": /^ELF arm64 glibc$/,
  "digly-linux-x64-musl": /^ELF x64 musl$/,
  "digly-darwin-x64": /^Mach-O x64$/,
  "digly-darwin-arm64": /^Mach-O arm64$/,
  "digly-windows-x64.exe": /^PE x64$/,
};

let offline: string | undefined;

before(() => {
  const cloned = spawnSync("git", ["clone", "--quiet", root, clone], { encoding: "utf8" });
  assert.equal(cloned.status, 0, cloned.stderr);
  symlinkSync(root + "node_modules", join(clone, "node_modules"));
  const { status, stdout, stderr } = spawnSync(runtime("node"), ["scripts/build.ts"], {
    cwd: clone,
    encoding: "utf8",
  });
  if (status !== 0 && /download|network|ConnectionRefused|resolve host/i.test(stderr)) {
    offline = stderr.trim().split("\n").at(-1)!;
  } else assert.equal(status, 0, stdout + stderr);
});

/** Bun downloads itself for other machines: without a network there is nothing to look at. */
function needsDownloads(context: TestContext): boolean {
  if (offline === undefined) return true;
  context.skip(`Bun for other machines cannot be downloaded: ${offline}`);
  return false;
}

function read(name: string): string {
  return readFileSync(join(dist, name), "utf8");
}

describe("npm run build", () => {
  test("makes an executable for each machine", (context) => {
    if (!needsDownloads(context)) return;
    for (const [name, expected] of Object.entries(EXECUTABLES)) {
      assert.match(formatOf(join(dist, name)), expected, name);
    }
  });

  test("sums up everything that is downloaded", (context) => {
    if (!needsDownloads(context)) return;
    const sums = read("SHA256SUMS").trim().split("\n").map((line) => line.split("  "));
    assert.deepEqual(
      sums.map(([, name]) => name).sort(),
      [...Object.keys(EXECUTABLES), "digly.mjs", "digly.cdx.json", "THIRD-PARTY-LICENSES.txt"]
        .sort(),
    );
    for (const [sum, name] of sums) {
      const bytes = readFileSync(join(dist, name!));
      assert.equal(createHash("sha256").update(bytes).digest("hex"), sum, name);
    }
  });

  test("lists what is inside, with licences", (context) => {
    if (!needsDownloads(context)) return;
    const bill = JSON.parse(read("digly.cdx.json"));
    assert.deepEqual([bill.bomFormat, bill.specVersion], ["CycloneDX", "1.5"]);
    const names = bill.components.map(({ name }: { name: string }) => name);
    for (const name of ["bun", "srvx", "ajv", "js-yaml"]) {
      assert.ok(names.includes(name), `${name} is not in the bill of materials`);
    }
    const licences = read("THIRD-PARTY-LICENSES.txt");
    for (const { name, version, purl, licenses, hashes } of bill.components) {
      assert.match(purl, /^pkg:npm\/[^ ]+@\d/);
      assert.equal(licenses.length, 1, name);
      assert.match(hashes[0].content, /^[0-9a-f]{128}$/, name);
      assert.ok(licences.includes(`${name} ${version}\n`), `${name} has no licence`);
    }
    const { commit } = commitOf();
    const { properties } = bill.metadata.component;
    assert.deepEqual(properties, [{ name: "digly:commit", value: commit }]);
  });

  test("makes what tells its commit and its platform", async (context) => {
    if (!needsDownloads(context)) return;
    const form = { name: "digly", command: [join(dist, "digly")] };
    const { stdout } = await run(form, ["--version", "--verbose"]);
    assert.match(
      stdout,
      new RegExp(
        `^digly \\d+\\.\\d+\\.\\d+\\ncommit ${commitOf().commit}\\nruntime bun \\S+ ` +
          `\\(compatible with node \\S+\\)\\nplatform ${process.platform} ${process.arch}\\n$`,
      ),
    );
  });

  test("leaves nothing else", (context) => {
    if (!needsDownloads(context)) return;
    assert.deepEqual(
      readdirSync(dist).sort(),
      [
        ...Object.keys(EXECUTABLES),
        "SHA256SUMS",
        "THIRD-PARTY-LICENSES.txt",
        "chunks",
        "digly",
        "digly.cdx.json",
        "digly.mjs",
        "mod.mjs",
        "module.mjs",
        "program.mjs",
        "testing.mjs",
        "types",
      ].sort(),
    );
  });
});

test("two builds of one commit are equal, byte for byte", (context) => {
  if (!needsDownloads(context)) return;
  const { status, stdout, stderr } = spawnSync(
    runtime("node"),
    ["scripts/build.ts", "--host", "--verify"],
    { cwd: clone, encoding: "utf8" },
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^Both builds are equal, byte for byte$/m);
});

test("npm run build:deno makes an executable the Deno way", async (context) => {
  const args = ["scripts/build_deno.ts"];
  const { status, stderr } = spawnSync(runtime("node"), args, { cwd: clone, encoding: "utf8" });
  if (status === 3) return context.skip(stderr.split("\n")[0]);
  assert.equal(status, 0, stderr);
  const form = { name: "digly-deno", command: [join(dist, "digly-deno")] };
  const { stdout } = await run(form, [root + "examples/hello-world"]);
  assert.equal(stdout, "Hello, world!\n");
});

function commitOf(): { commit: string } {
  const { stdout } = spawnSync("git", ["rev-parse", "HEAD"], { cwd: clone, encoding: "utf8" });
  return { commit: stdout.trim() };
}

/** What an executable is, by its header. */
function formatOf(path: string): string {
  const head = Buffer.alloc(4096);
  const file = openSync(path, "r");
  readSync(file, head, 0, head.length, 0);
  closeSync(file);
  if (head.toString("latin1", 0, 4) === "\x7fELF") {
    const machine = { 0x3e: "x64", 0xb7: "arm64" }[head.readUInt16LE(18)];
    return `ELF ${machine} ${head.includes("ld-musl") ? "musl" : "glibc"}`;
  }
  if (head.readUInt32LE(0) === 0xfeedfacf) {
    return `Mach-O ${{ 0x01000007: "x64", 0x0100000c: "arm64" }[head.readUInt32LE(4)]}`;
  }
  if (head.toString("latin1", 0, 2) === "MZ") {
    const header = head.readUInt32LE(0x3c);
    assert.equal(head.toString("latin1", header, header + 4), "PE\0\0");
    return `PE ${{ 0x8664: "x64" }[head.readUInt16LE(header + 4)]}`;
  }
  return "unknown";
}
