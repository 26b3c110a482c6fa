/**
 * Installs what `package-lock.json` asks for and is not there. Runs before `npm start`,
 * `npm test` and `npm run build`, so that a fresh clone needs no step of its own;
 * plain JavaScript, since it runs on whatever Node npm came with.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Downloaded programs and the least size, in bytes, of one whose installation ended. */
const PROGRAMS = { "node/bin/node": 1e6, "deno/deno": 1e6, "bun/bin/bun.exe": 1e6 };

if (!isInstalled()) {
  console.error("Installing what is missing (once; about 300 MB)");
  const npm = process.env.npm_execpath;
  const [command, ...args] = npm === undefined
    ? ["npm"]
    : [process.env.npm_node_execpath ?? process.execPath, npm];
  const { status } = spawnSync(command, [...args, "ci", "--no-audit", "--no-fund"], {
    cwd: root,
    stdio: "inherit",
    shell: npm === undefined && process.platform === "win32",
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** True when every package of the lock file is installed in the version it names. */
function isInstalled() {
  try {
    const wanted = packagesOf("package-lock.json");
    const present = packagesOf("node_modules/.package-lock.json");
    return Object.entries(wanted).every(([path, { version, optional }]) =>
      path === "" || (present[path] === undefined ? optional : present[path].version === version)
    ) && (process.platform === "win32" || Object.entries(PROGRAMS).every(([program, size]) =>
      statSync(`${root}node_modules/${program}`).size >= size
    ));
  } catch {
    return false;
  }
}

function packagesOf(lock) {
  return JSON.parse(readFileSync(root + lock, "utf8")).packages;
}
