/** Compiles the program to executables with Bun; why these flags, see ARCHITECTURE.md. */
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { STARTUP_JIT_POLICY } from "../../src/platform/compiler.ts";
import { recordBytecodeOrder } from "./bytecode_order.ts";
import { root, run } from "./command.ts";

/** The executables, by the name of Bun's target. */
const TARGETS: Readonly<Record<string, string>> = {
  "bun-linux-x64": "digly-linux-x64",
  "bun-linux-arm64": "digly-linux-arm64",
  "bun-linux-x64-musl": "digly-linux-x64-musl",
  "bun-darwin-x64": "digly-darwin-x64",
  "bun-darwin-arm64": "digly-darwin-arm64",
  "bun-windows-x64": "digly-windows-x64.exe",
};

/**
 * Each executable embeds the program a second time, as chunks in a file, for `digly bundle`.
 */
const EMBEDDED_BUNDLE = `import program from "./program.json" with { type: "file" };
globalThis[Symbol.for("digly.bundle")] = { program };
`;

const ENTRY = `import "./embedded_bundle.ts";
import { runCli } from "../../cli.ts";
void runCli();
`;

/**
 * Writes the executables for all machines, or the one for this machine alone, which is
 * `dist/digly` as well. Gives their paths below `dist/`.
 */
export async function writeExecutables({ commit, program, hostOnly }: {
  readonly commit: string;
  /** Paths of the program's chunks, below `dist/`. */
  readonly program: readonly string[];
  readonly hostOnly: boolean;
}): Promise<string[]> {
  const own = hostTarget();
  const dist = root + "dist/";
  const work = dist + ".work/";
  const texts = program.map((path) => [path, readFileSync(dist + path, "utf8")]);
  mkdirSync(work, { recursive: true });
  writeFileSync(work + "program.json", JSON.stringify(Object.fromEntries(texts)));
  writeFileSync(work + "embedded_bundle.ts", EMBEDDED_BUNDLE);
  writeFileSync(work + "entry.ts", ENTRY);
  try {
    const recorder = "dist/.work/recorder" + (process.platform === "win32" ? ".exe" : "");
    compile(own, recorder, { commit, isOwn: true, order: [] });
    const order = await recordBytecodeOrder(root + recorder, work);
    return (hostOnly ? [own] : Object.keys(TARGETS)).map((target) => {
      const name = TARGETS[target] ?? target.replace("bun-", "digly-");
      compile(target, `dist/${name}`, { commit, isOwn: target === own, order });
      if (target === own) linkSync(dist + name, dist + shortName(name));
      return name;
    });
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Compiles one executable; Bun downloads itself for other machines. */
function compile(
  target: string,
  path: string,
  { commit, isOwn, order }: { commit: string; isOwn: boolean; order: readonly string[] },
): void {
  run("bun", [
    "build",
    "dist/.work/entry.ts",
    "--compile",
    "--splitting",
    "--minify",
    "--bytecode",
    "--format=esm",
    `--compile-jit-policy=${STARTUP_JIT_POLICY}`,
    "--compile-autoload-package-json",
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    "--no-compile-autoload-tsconfig",
    `--define=DIGLY_COMMIT=${JSON.stringify(commit)}`,
    ...(isOwn ? [] : [`--target=${target}`]),
    ...(order.length === 0 ? [] : [`--bytecode-order=${order.join()}`]),
    `--outfile=${path}`,
  ]);
}

/** The target of this machine. */
function hostTarget(): string {
  const { platform, arch, report } = process;
  const header = report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  const isMusl = platform === "linux" && header?.header?.glibcVersionRuntime === undefined;
  const os = platform === "win32" ? "windows" : platform;
  return `bun-${os}-${arch}${isMusl ? "-musl" : ""}`;
}

function shortName(name: string): string {
  return name.endsWith(".exe") ? "digly.exe" : "digly";
}
