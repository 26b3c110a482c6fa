/**
 * Makes `digly.vsix`, which `code --install-extension digly.vsix` installs: bundles the extension with
 * its library, and writes the archive. It needs no account and no network once the library is installed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { vsix } from "./vsix.mjs";

const folder = new URL("./", import.meta.url);
const read = (path) => readFileSync(new URL(path, folder));

if (!existsSync(new URL("node_modules/vscode-languageclient", folder))) {
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: folder,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) process.exit(status ?? 1);
}

const { build } = await import("esbuild");
mkdirSync(new URL("dist", folder), { recursive: true });
await build({
  entryPoints: [fileURLToPath(new URL("extension.js", folder))],
  outfile: fileURLToPath(new URL("dist/extension.js", folder)),
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  minify: true,
  legalComments: "linked",
});

const manifest = JSON.parse(read("package.json").toString());
const archive = vsix(manifest, {
  "package.json": read("package.json"),
  "README.md": read("README.md"),
  "LICENSE.txt": read("../../LICENSE"),
  "docs/errors.md": read("../../docs/errors.md"),
  "dist/extension.js": read("dist/extension.js"),
});
writeFileSync(new URL("digly.vsix", folder), archive);
console.log(`digly.vsix: ${archive.length} bytes`);
