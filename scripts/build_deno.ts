/**
 * Builds `dist/digly-deno`, the program as an executable that `deno compile` makes, from
 * `dist/digly.mjs`. Deno downloads what the executable begins with, once; `DENORT_BIN` names one
 * that is there already. Without either it ends with 3 and says so.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { root } from "./build/command.ts";

const program = root + "dist/digly.mjs";
const name = process.platform === "win32" ? "digly-deno.exe" : "digly-deno";

if (!existsSync(program)) {
  console.error("There is no dist/digly.mjs: run npm run build first");
  process.exit(1);
}
const { status, stderr } = spawnSync(`${root}node_modules/.bin/deno`, [
  "compile",
  "--allow-all",
  "--no-config",
  "--quiet",
  `--output=${root}dist/${name}`,
  program,
], { cwd: root, encoding: "utf8", env: { ...process.env, NO_COLOR: "1", RUST_BACKTRACE: "0" } });
if (status === 0) {
  console.log(`dist/${name}`);
} else if (/denort|download/i.test(stderr)) {
  console.error(
    `Deno cannot download what its executables begin with; name it in DENORT_BIN\n\n${stderr}`,
  );
  process.exit(3);
} else {
  console.error(stderr);
  process.exit(1);
}
