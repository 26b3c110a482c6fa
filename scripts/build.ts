/**
 * Builds `dist/`: the program and the library as one JavaScript file each, for Node, Deno and
 * Bun, their types, and the program as executables that need nothing installed.
 *
 * `--host` makes only the executable for this machine; `--verify` builds twice and fails when a
 * file differs. Why the flags of the compiler, see ARCHITECTURE.md.
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path/posix";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions, type Metafile, type Plugin } from "esbuild";
import { billOfMaterials, bundledPackages, licencesText } from "./inventory.ts";
import { commitOfClone } from "../src/platform/commit.ts";
import { VERSION } from "../src/version.ts";
import { differences, sumsOf, writeSums } from "./sums.ts";

/** The executables, by the name of Bun's target. */
const TARGETS: Readonly<Record<string, string>> = {
  "bun-linux-x64": "digly-linux-x64",
  "bun-linux-arm64": "digly-linux-arm64",
  "bun-linux-x64-musl": "digly-linux-x64-musl",
  "bun-darwin-x64": "digly-darwin-x64",
  "bun-darwin-arm64": "digly-darwin-arm64",
  "bun-windows-x64": "digly-windows-x64.exe",
};

/** The files of the library, each an entry of the package. */
const LIBRARY = ["mod"];

const root = fileURLToPath(new URL("../", import.meta.url));
const work = root + "dist/.work/";
const commit = commitOfClone() ?? "unknown";

/** In one file all modules are the main module, or none: none, and the program starts itself. */
const neverMain: Plugin = {
  name: "never-main",
  setup(build) {
    build.onLoad({ filter: /platform\/main_module\.ts$/ }, () => ({
      contents: "export const isMainModule = () => false;",
    }));
  },
};

const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  external: ["esbuild"],
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: true,
  legalComments: "none",
  define: { DIGLY_COMMIT: JSON.stringify(commit) },
  plugins: [neverMain],
  metafile: true,
  // Dependencies written as CommonJS ask for Node's modules by `require`.
  banner: {
    js: 'import { createRequire as $createRequire } from "node:module";\n' +
      "const require = $createRequire(import.meta.url);",
  },
  logLevel: "warning",
};

const hostOnly = process.argv.includes("--host");
let files = await buildAll();
if (process.argv.includes("--verify")) {
  const first = sumsOf(root + "dist/", files);
  files = await buildAll();
  const differing = differences(first, sumsOf(root + "dist/", files));
  for (const line of differing) console.error(line);
  if (differing.length > 0) process.exit(1);
  console.log("Both builds are equal, byte for byte");
}
for (const file of files) {
  console.log(`dist/${file}  ${(statSync(`${root}dist/${file}`).size / 1e6).toFixed(2)} MB`);
}

/** Makes everything anew; gives the names of the files. */
async function buildAll(): Promise<string[]> {
  rmSync(root + "dist", { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const inputs = await bundle();
  const scripts = ["digly.mjs", ...LIBRARY.map((name) => `${name}.mjs`)];
  declare();
  const executables = compileAll();
  rmSync(work, { recursive: true });
  if (hostOnly) return [...scripts, ...executables];
  const packages = bundledPackages(inputs, root);
  const bill = billOfMaterials(packages, { version: VERSION, commit });
  writeFileSync(root + "dist/THIRD-PARTY-LICENSES.txt", licencesText(packages));
  writeFileSync(root + "dist/digly.cdx.json", JSON.stringify(bill, undefined, 2) + "\n");
  const made = [...scripts, ...executables, "THIRD-PARTY-LICENSES.txt", "digly.cdx.json"];
  writeSums(root + "dist/", made);
  return [...made, "SHA256SUMS"];
}

/** The program and the library; gives the paths of all that went into them. */
async function bundle(): Promise<string[]> {
  const results = await Promise.all([
    build({
      ...shared,
      stdin: {
        contents: 'import { runCli } from "./cli.ts";\nvoid runCli();\n',
        resolveDir: root,
        sourcefile: "digly.ts",
      },
      outfile: "dist/digly.mjs",
      banner: { js: "#!/usr/bin/env node\n" + shared.banner!["js"] },
    }),
    ...LIBRARY.map((name) =>
      build({ ...shared, entryPoints: [`${name}.ts`], outfile: `dist/${name}.mjs` })
    ),
  ]);
  const inputs = results.flatMap(({ metafile }) => Object.keys((metafile as Metafile).inputs));
  return [...new Set(inputs)];
}

/** The types of the library below `dist/types/`, without those that no entry leads to. */
function declare(): void {
  run("tsc", ["-p", "tsconfig.types.json"]);
  const all = root + "dist/types/";
  const needed = new Set<string>();
  const follow = (path: string) => {
    if (needed.has(path)) return;
    needed.add(path);
    const text = readFileSync(all + path, "utf8");
    for (const [, target] of text.matchAll(/(?:from |import\()"(\.[^"]+)\.ts"/g)) {
      follow(join(dirname(path), target!) + ".d.ts");
    }
  };
  for (const name of LIBRARY) follow(`${name}.d.ts`);
  for (const path of readdirSync(all, { recursive: true, encoding: "utf8" })) {
    if (path.endsWith(".d.ts") && !needed.has(path.replaceAll("\\", "/"))) rmSync(all + path);
  }
}

/** The executables; the one for this machine is `dist/digly` as well. */
function compileAll(): string[] {
  const own = hostTarget();
  // The executable carries the program a second time, as a file to make bundles of.
  copyFileSync(root + "dist/digly.mjs", work + "digly.mjs");
  copyFileSync(root + "dist/digly.mjs", work + "program.txt");
  writeFileSync(
    work + "carried.mjs",
    'import program from "./program.txt" with { type: "file" };\n' +
      'globalThis[Symbol.for("digly.carried")] = { program };\n',
  );
  writeFileSync(work + "entry.mjs", 'import "./carried.mjs";\nimport "./digly.mjs";\n');
  const targets = hostOnly ? [own] : Object.keys(TARGETS);
  const names = targets.map((target) => {
    const name = TARGETS[target] ?? target.replace("bun-", "digly-");
    compile(target, name, target === own);
    return name;
  });
  if (!targets.includes(own)) return names;
  const own_ = names[targets.indexOf(own)]!;
  linkSync(`${root}dist/${own_}`, `${root}dist/digly${own_.endsWith(".exe") ? ".exe" : ""}`);
  return names;
}

/** Compiles one executable with Bun, which downloads what it needs for other machines. */
function compile(target: string, name: string, isOwn: boolean): void {
  const flags = [
    "--compile",
    "--minify",
    "--bytecode",
    "--format=esm",
    "--compile-autoload-package-json",
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    "--no-compile-autoload-tsconfig",
    ...(isOwn ? [] : [`--target=${target}`]),
  ];
  run("bun", ["build", "entry.mjs", ...flags, `--outfile=${root}dist/${name}`], work);
}

/** The target of this machine. */
function hostTarget(): string {
  const { platform, arch, report } = process;
  const header = report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  const isMusl = platform === "linux" && header?.header?.glibcVersionRuntime === undefined;
  const os = platform === "win32" ? "windows" : platform;
  return `bun-${os}-${arch}${isMusl ? "-musl" : ""}`;
}

function run(command: string, args: readonly string[], cwd = root): void {
  const { status, stdout, stderr } = spawnSync(`${root}node_modules/.bin/${command}`, args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (status === 0) return;
  console.error(`${command} ${args.join(" ")}\n${stdout}${stderr}`);
  process.exit(1);
}
