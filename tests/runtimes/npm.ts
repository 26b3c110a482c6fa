/** npm as a command line, and the package as npm installs it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { root, runtime } from "./forms.ts";

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
