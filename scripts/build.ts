/**
 * Builds `dist/`: the program and the library as JavaScript for Node, Deno and Bun, their
 * types, and the program as executables that need nothing installed, with checksums, a bill of
 * materials and the licences of what is inside.
 *
 * `--package` makes only what the npm package consists of, `--host` of the executables only the
 * one for this machine; `--verify` fails when a file differs from the one that was there.
 */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { commitOfClone } from "../src/platform/commit.ts";
import { VERSION } from "../src/version.ts";
import { root } from "./build/command.ts";
import { writeExecutables } from "./build/executables.ts";
import { billOfMaterials, bundledPackages, licencesText } from "./build/inventory.ts";
import { buildInspectorPage } from "./build/inspector_page.ts";
import { writePackage, writeProgram } from "./build/javascript.ts";
import { differences, sumsOf, writeSums } from "./build/sums.ts";
import { writeTypes } from "./build/types.ts";

const LICENCES = "THIRD-PARTY-LICENSES.txt";

const dist = root + "dist/";
const commit = commitOfClone() ?? "unknown";
const packageOnly = process.argv.includes("--package");
const hostOnly = process.argv.includes("--host");

const earlier = process.argv.includes("--verify") ? sumsOf(dist, builtFiles()) : undefined;
const files = await buildAll();
if (earlier !== undefined) {
  // Which checksums there are depends on which executables are built.
  const made = files.filter((file) => file !== "SHA256SUMS");
  const differing = differences(made, earlier, sumsOf(dist, made));
  for (const line of differing) console.error(line);
  if (differing.length > 0) process.exit(1);
  console.log("Both builds are equal, byte for byte");
}
for (const file of files) {
  if (/^(types|chunks)\//.test(file)) continue;
  console.log(`dist/${file}  ${(statSync(dist + file).size / 1e6).toFixed(2)} MB`);
}

/** The paths of what is below `dist/`. */
function builtFiles(): string[] {
  const entries = readdirSync(dist, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) =>
    join(parentPath, name).slice(dist.length)
  );
}

/** Makes everything anew; gives the paths of the files below `dist/`. */
async function buildAll(): Promise<string[]> {
  for (const path of packageOnly ? ["chunks", "types"] : [""]) {
    rmSync(dist + path, { recursive: true, force: true });
  }
  mkdirSync(dist, { recursive: true });
  const { files: scripts, inputs, program } = await writePackage(commit);
  const { inputs: ofInspector } = await buildInspectorPage();
  const packages = bundledPackages([...inputs, ...ofInspector], root);
  writeFileSync(dist + LICENCES, licencesText(packages));
  const ofPackage = [...scripts, ...writeTypes(), LICENCES];
  if (packageOnly) return ofPackage;

  await writeProgram(commit);
  const executables = await writeExecutables({ commit, program, hostOnly });
  const bill = billOfMaterials(packages, { version: VERSION, commit });
  writeFileSync(dist + "digly.cdx.json", JSON.stringify(bill, undefined, 2) + "\n");
  const downloads = ["digly.mjs", ...executables, LICENCES, "digly.cdx.json"];
  writeSums(dist, downloads);
  return [...new Set([...downloads, "SHA256SUMS", ...ofPackage])];
}
