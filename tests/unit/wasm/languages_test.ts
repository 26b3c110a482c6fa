/** The languages of `digly init --module --language`, and the examples in them. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { main as asc } from "assemblyscript/asc";
import { ASSEMBLYSCRIPT_BUILD } from "../../../src/cli/init/assemblyscript_files.ts";
import { moduleFiles } from "../../../src/cli/init/module_files.ts";
import type { Language } from "../../../src/cli/init/templates.ts";
import { bootApp } from "../../../testing.ts";
import { install } from "../../servers/debian.ts";

const examples = fileURLToPath(new URL("../../../examples/", import.meta.url));
const temp = mkdtempSync(join(tmpdir(), "digly-languages-"));
after(() => rmSync(temp, { recursive: true }));

const names = { name: "Hello", packageName: "hello", version: "0.1.0" };

/** Writes a starter module; returns its folder. */
function starter(language: Language): string {
  const folder = join(temp, language);
  for (const [path, text] of Object.entries(moduleFiles(names, language))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** Compiles with the arguments of the build script of a starter module. */
async function compileAssemblyScript(folder: string, outFile: string): Promise<void> {
  const { error, stderr } = await asc([
    ...ASSEMBLYSCRIPT_BUILD.split(" ").slice(1),
    "--baseDir",
    folder,
    "--outFile",
    outFile,
  ]);
  assert.equal(error, null, stderr.toString());
}

async function assertGreets(folder: string): Promise<void> {
  await using app = await bootApp({ path: join(folder, "example") });
  assert.equal(await app.execute("Hello.Greeting.Hello", "Ada"), "Hello Ada!");
  assert.equal(await app.execute("Hello.Greeting.Hello", 'A "ü" \n€ 😀'), 'Hello A "ü" \n€ 😀!');
}

test("the starter module in AssemblyScript builds and greets", async () => {
  const folder = starter("assemblyscript");
  await compileAssemblyScript(folder, "greeting.wasm");
  await assertGreets(folder);
  await using app = await bootApp({ path: join(folder, "example") });
  for (let count = 0; count < 5_000; count++) await app.execute("Hello.Greeting.Hello", "Ada");
  const { resources } = await app.kernel.takeSnapshot();
  const { idleMemoryBytes } = resources.find(({ kind }) => kind === "Hello.Greeting")!
    .snapshot as { idleMemoryBytes: number };
  assert(idleMemoryBytes < 1024 * 1024, `garbage is collected, not ${idleMemoryBytes} bytes kept`);
});

test("the example in AssemblyScript is what its sources give", async () => {
  const folder = join(examples, "assemblyscript-controller/pricing");
  const copy = join(temp, "pricing");
  cpSync(folder, copy, { recursive: true });
  await compileAssemblyScript(copy, "built.wasm");
  assert.deepEqual(
    readFileSync(join(copy, "built.wasm")),
    readFileSync(join(folder, "quote.wasm")),
  );
});

test("the example in Rust is the file that its build has noted", () => {
  const folder = join(examples, "rust-controller/pricing/");
  const hash = createHash("sha256").update(readFileSync(`${folder}quote.wasm`)).digest("hex");
  assert.equal(readFileSync(`${folder}quote.wasm.sha256`, "utf8"), `${hash}  quote.wasm\n`);
});

test("the examples contain the same interface as starter modules", () => {
  const shared = {
    assemblyscript: ["assembly/digly.ts", "assembly/json.ts", "assembly/tsconfig.json"],
    rust: ["src/digly.rs", "src/json.rs"],
  } as const;
  for (const language of ["assemblyscript", "rust"] as const) {
    const written = moduleFiles(names, language);
    for (const path of shared[language]) {
      const example = join(examples, `${language}-controller/pricing`, path);
      assert.equal(readFileSync(example, "utf8"), written[path], example);
    }
  }
});

/** Debian's compiler is also used if another one without WebAssembly comes first on the PATH. */
const COMPILERS = process.env["RUSTC"] === undefined
  ? ["rustc", "/usr/bin/rustc"]
  : [process.env["RUSTC"]];

/** The compiler that has the standard library for WebAssembly. */
function findRustc(): string | undefined {
  const flags = (process.env["RUSTFLAGS"] ?? "").split(" ").filter((flag) => flag !== "");
  return COMPILERS.find((rustc) => {
    const args = [...flags, "--print=target-libdir", "--target=wasm32-unknown-unknown"];
    const { status, stdout } = spawnSync(rustc, args, { encoding: "utf8" });
    return status === 0 && existsSync(stdout.trim());
  });
}

const packages = "rustc libstd-rust-dev-wasm32 lld";
const skip = install(() => findRustc() !== undefined, packages) ?? false;

test(
  "the starter module in Rust builds and greets, and so does the example",
  { skip },
  async () => {
    const folder = starter("rust");
    const script = readFileSync(join(examples, "rust-controller/pricing/build.sh"), "utf8");
    writeFileSync(join(folder, "build.sh"), script.replaceAll("quote", "greeting"));
    const env = { ...process.env, RUSTC: findRustc() };
    const built = spawnSync("sh", [join(folder, "build.sh")], { encoding: "utf8", env });
    assert.equal(built.status, 0, built.stderr);
    await assertGreets(folder);
    const example = join(temp, "rust-controller");
    cpSync(join(examples, "rust-controller"), example, { recursive: true });
    const again = spawnSync("sh", [join(example, "pricing/build.sh")], {
      encoding: "utf8",
      env,
    });
    assert.equal(again.status, 0, again.stderr);
    await using app = await bootApp({ path: example });
    const priced = await app.execute("Pricing.Quote.Shop", { net: 100, country: "LU" });
    assert.deepEqual(priced, { net: 100, tax: 17, gross: 117 });
  },
);
