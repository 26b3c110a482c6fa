/** Compiles an app to an executable with Bun; the digly executable is its own Bun. */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { CompileProblem, ExecutableCompiler, ExecutableInput } from "../contract/bundle.ts";
import { EMBEDDED_BUNDLE, embeddedBundle } from "../bundle/embedded_bundle.ts";

/**
 * How many times as often as usual code has to run until it is compiled to machine code, until
 * `endStartup`: most code of a boot runs too few times to repay its compilation, which takes a quarter
 * of the CPU time of a start.
 */
export const STARTUP_JIT_POLICY = 10;

/**
 * The script that Bun runs to compile. It takes no settings from the working directory, keeps names
 * and reads the environment at start; ARCHITECTURE.md explains the use of bytecode. It prints the
 * errors in controllers as JSON.
 */
const SCRIPT = `const [, , outfile] = process.argv;
const program = import.meta.dir + "/program.mjs";
const { logs } = await Bun.build({
  entrypoints: [import.meta.dir + "/entry.mjs"],
  root: "/",
  target: "bun",
  format: "esm",
  splitting: true,
  bytecode: true,
  minify: { syntax: true, whitespace: true },
  env: "disable",
  throw: false,
  compile: {
    outfile,
    jitPolicy: ${STARTUP_JIT_POLICY},
    autoloadPackageJson: true,
    autoloadDotenv: false,
    autoloadBunfig: false,
    autoloadTsconfig: false,
  },
  plugins: [{
    name: "digly",
    setup: (build) => build.onResolve({ filter: /^digly\\/module$/ }, () => ({ path: program })),
  }],
});
console.log(JSON.stringify(
  logs.filter(({ level }) => level === "error").map(({ message, position }) => ({
    message,
    file: position?.file,
    line: position?.line,
    column: position?.column,
  })),
));
`;

/** Finds the compiler: this process if it is Bun, else the `bun` near `from` or on the PATH. */
export function findCompiler(from: string): ExecutableCompiler | undefined {
  const { bun, node } = process.versions;
  if (bun !== undefined) return compilerAt(process.execPath, { bun, node });
  const path = findBun(fileURLToPath(new URL(".", from)));
  if (path === undefined) return undefined;
  const result = spawnSync(path, ["-p", "JSON.stringify(process.versions)"], { encoding: "utf8" });
  if (result.status !== 0) return undefined;
  return compilerAt(path, JSON.parse(result.stdout));
}

function findBun(folder: string): string | undefined {
  const name = process.platform === "win32" ? "bun.exe" : "bun";
  const candidates: string[] = [];
  for (let at = folder;; at = dirname(at)) {
    candidates.push(join(at, "node_modules", ".bin", name));
    if (at === dirname(at)) break;
  }
  for (const part of (process.env["PATH"] ?? "").split(delimiter)) {
    if (part !== "") candidates.push(join(part, name));
  }
  return candidates.find((path) => existsSync(path));
}

function compilerAt(path: string, versions: { bun: string; node: string }): ExecutableCompiler {
  return {
    runtime: { name: "bun", version: versions.bun, nodeVersion: versions.node },
    suffix: process.platform === "win32" ? ".exe" : "",
    compile(input) {
      const folder = mkdtempSync(join(realpathSync(tmpdir()), "digly-bundle-"));
      const output = fileURLToPath(input.output);
      // In the folder of the output, so that a rename replaces it atomically.
      const temporary = join(dirname(output), `.${randomUUID()}.tmp`);
      try {
        writeEntry(folder, input);
        writeFileSync(join(folder, "compile.mjs"), SCRIPT);
        const { status, stdout, stderr, error } = spawnSync(path, ["compile.mjs", temporary], {
          cwd: folder,
          env: { ...process.env, BUN_BE_BUN: "1", NO_COLOR: "1" },
          encoding: "utf8",
          stdio: ["ignore", "pipe", "pipe"],
        });
        if (error !== undefined) return [{ message: error.message }];
        if (status !== 0) return [{ message: stderr.trim() || `Bun ended with ${status}` }];
        const problems: CompileProblem[] = JSON.parse(stdout);
        if (problems.length > 0) return problems;
        renameSync(existsSync(temporary) ? temporary : `${temporary}.exe`, output);
        return [];
      } finally {
        rmSync(folder, { recursive: true, force: true });
        rmSync(temporary, { force: true });
      }
    },
  };
}

/**
 * Writes the entry module. It sets the embedded bundle before it imports the program dynamically,
 * because a static import would run first.
 */
function writeEntry(folder: string, { app, controllers }: ExecutableInput): void {
  const imports = Object.entries(controllers).map(([place, url]) =>
    `${JSON.stringify(place)}: () => import(${JSON.stringify(fileURLToPath(url))})`
  );
  writeFileSync(
    join(folder, "entry.mjs"),
    `const app = JSON.parse(${JSON.stringify(JSON.stringify(app))});
app.controllers = { ${imports.join(",\n")} };
globalThis[Symbol.for(${JSON.stringify(EMBEDDED_BUNDLE)})] = { app };
void import("./program.mjs");
`,
  );
  writeProgram(folder);
}

/** Writes `program.mjs`: the embedded chunks, or a reference to the program of this process. */
function writeProgram(folder: string): void {
  const chunks = embeddedBundle()?.program;
  if (chunks !== undefined) {
    const texts = JSON.parse(readFileSync(chunks, "utf8")) as Record<string, string>;
    mkdirSync(join(folder, "chunks"));
    for (const [path, text] of Object.entries(texts)) writeFileSync(join(folder, path), text);
  } else {
    const own = JSON.stringify(fileURLToPath(ownProgram()));
    writeFileSync(join(folder, "program.mjs"), `export * from ${own};\n`);
  }
}

/** URL of the program: in the sources, in the package, or this file itself. */
function ownProgram(): URL {
  const own = import.meta.url;
  if (own.endsWith("/src/platform/compiler.ts")) {
    return new URL("../../scripts/build/program.ts", own);
  }
  return new URL(own.includes("/chunks/") ? "../program.mjs" : own, own);
}
