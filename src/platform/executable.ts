/** Makes an executable of an app with Bun, which a single file of ours is itself. */
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  copyFileSync,
  existsSync,
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
import type { ExecutableCompiler, ExecutableInput } from "../contract/bundle.ts";
import { CARRIED, carried } from "./carried.ts";

/**
 * The flags of every executable: nothing is taken from the working directory, names stay as
 * they are written and the environment is read at start. Why bytecode: see ARCHITECTURE.md.
 */
const FLAGS = [
  "--compile",
  "--minify-syntax",
  "--minify-whitespace",
  "--env=disable",
  "--bytecode",
  "--format=esm",
  "--compile-autoload-package-json",
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
  "--no-compile-autoload-tsconfig",
];

/** Finds the compiler: this process itself, or the `bun` near `from` or on the PATH. */
export function findCompiler(from: string): ExecutableCompiler | undefined {
  const { bun, node } = process.versions as Record<string, string | undefined>;
  if (bun !== undefined) return compilerAt(process.execPath, { bun, node: node! });
  const path = findBun(fileURLToPath(new URL(".", from)));
  if (path === undefined) return undefined;
  const asked = spawnSync(path, ["-p", "JSON.stringify(process.versions)"], { encoding: "utf8" });
  if (asked.status !== 0) return undefined;
  return compilerAt(path, JSON.parse(asked.stdout));
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
    compile(input) {
      const folder = mkdtempSync(join(realpathSync(tmpdir()), "digly-bundle-"));
      const output = fileURLToPath(input.output);
      // Beside the output, so that it takes its place in one step.
      const made = join(dirname(output), `.${randomUUID()}.tmp`);
      try {
        writeEntry(folder, input);
        const args = ["build", "entry.mjs", ...FLAGS, "--root=/", `--outfile=${made}`];
        const { status, stderr, error } = spawnSync(path, args, {
          cwd: folder,
          env: { ...process.env, BUN_BE_BUN: "1", NO_COLOR: "1" },
          encoding: "utf8",
          stdio: ["ignore", "ignore", "pipe"],
        });
        if (error !== undefined) return [error.message];
        if (status !== 0) return problemsIn(stderr);
        renameSync(existsSync(made) ? made : `${made}.exe`, output);
        return [];
      } finally {
        rmSync(folder, { recursive: true, force: true });
        rmSync(made, { force: true });
      }
    },
  };
}

/** The modules of the executable: what it carries, set before the program starts. */
function writeEntry(folder: string, { app, controllers }: ExecutableInput): void {
  const imports = Object.entries(controllers).map(([place, url]) =>
    `${JSON.stringify(place)}: () => import(${JSON.stringify(fileURLToPath(url))})`
  );
  writeFileSync(
    join(folder, "carried.mjs"),
    `const app = ${JSON.stringify(app)};
app.controllers = { ${imports.join(",\n")} };
globalThis[Symbol.for(${JSON.stringify(CARRIED)})] = { app };
`,
  );
  writeFileSync(join(folder, "entry.mjs"), `import "./carried.mjs";\nimport "./program.mjs";\n`);
  writeProgram(join(folder, "program.mjs"));
}

/** The program as one module that starts itself: carried, built, or the sources of a clone. */
function writeProgram(path: string): void {
  const { program } = carried();
  const own = fileURLToPath(import.meta.url);
  if (program !== undefined) writeFileSync(path, readFileSync(program));
  else if (!own.endsWith("executable.ts")) copyFileSync(own, path);
  else {
    const cli = new URL("../../cli.ts", import.meta.url);
    writeFileSync(
      path,
      `import { runCli } from ${JSON.stringify(fileURLToPath(cli))};\nvoid runCli();\n`,
    );
  }
}

/** `error: Could not resolve: "x"` and the place that follows, without the lines of code. */
function problemsIn(stderr: string): string[] {
  const problems: string[] = [];
  for (const line of stderr.split("\n")) {
    const error = /^\s*error: (.*)/.exec(line);
    const at = /^\s*at (.+:\d+:\d+)/.exec(line);
    if (error) problems.push(error[1]!);
    else if (at && problems.length > 0) problems[problems.length - 1] += `\n  at ${at[1]}`;
  }
  return problems.length > 0 ? problems : [stderr.trim() || "The compiler gave no reason"];
}
