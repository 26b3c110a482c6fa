/** npm as a command line, and the package as npm installs it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { type Form, oldNode, root, runtime, tempApp } from "./forms.ts";

/** npm; it belongs to the Node that runs these tests' npm. */
export function npm(): readonly string[] {
  const path = process.env["npm_execpath"];
  if (path === undefined) return ["npm"];
  return [process.env["npm_node_execpath"] ?? process.execPath, path];
}

/** A new home for everything a package manager keeps; `registry` is its address. */
export function packageHome(
  home: string,
  registry = "http://127.0.0.1:9/",
): Record<string, string> {
  return {
    HOME: home,
    DENO_DIR: join(home, ".deno"),
    BUN_INSTALL: join(home, ".bun"),
    BUN_INSTALL_CACHE_DIR: join(home, ".bun-cache"),
    npm_config_cache: join(home, ".npm"),
    npm_config_update_notifier: "false",
    npm_config_registry: registry,
    NPM_CONFIG_REGISTRY: registry,
  };
}

/** Runs npm; returns what it printed. */
export function runNpm(args: readonly string[], cwd: string, registry?: string): string {
  const [command, ...first] = npm();
  const { status, stdout, stderr } = spawnSync(command!, [...first, ...args], {
    cwd,
    encoding: "utf8",
    env: {
      ...packageHome(cwd, registry),
      PATH: `${dirname(runtime("node"))}:${process.env["PATH"]}`,
    },
  });
  assert.equal(status, 0, stdout + stderr);
  return stdout;
}

/** Packs the package from what is built; returns the path of the tarball in `folder`. */
export function pack(folder: string): string {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
    version: string;
  };
  runNpm(["pack", "--ignore-scripts", "--pack-destination", folder, root], folder);
  return join(folder, `digly-${version}.tgz`);
}

/** The program of the package, installed into a folder of its own, on every runtime. */
export function installedForms(): Form[] {
  const folder = tempApp({ "package.json": '{ "name": "consumer", "private": true }' });
  runNpm(["install", "--no-audit", "--no-fund", "--offline", pack(folder)], folder);
  const program = join(folder, "node_modules/digly/dist/program.mjs");
  const old = oldNode();
  return [
    { name: "node program.mjs", command: [runtime("node"), program] },
    ...(old === undefined ? [] : [{ name: "node 20 program.mjs", command: [old, program] }]),
    { name: "deno run -A program.mjs", command: [runtime("deno"), "run", "-A", program] },
    { name: "bun program.mjs", command: [runtime("bun"), program] },
  ];
}
