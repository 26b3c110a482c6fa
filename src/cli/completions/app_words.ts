/** Completions that depend on an app: its resources and its kinds. */
import type { Kernel } from "../../kernel/kernel.ts";
import type { CliHost } from "../host.ts";
import { BUILTIN_APP, withBuiltinApp } from "../kinds/builtin_app.ts";
import type { Choice } from "./model.ts";

/** Words that a shell inserts without quotes; others would be read as shell syntax. */
const SAFE = /^[\p{L}\p{N}_.:@-]+$/u;

/** The executable resources of the app at `path`; empty if it cannot be loaded. */
export async function resourcesOf(host: CliHost, path: string): Promise<Choice[]> {
  const kernel = await load(host, path);
  if (kernel === undefined) return [];
  const kinds = new Map((await kernel.kinds()).map((kind) => [kind.kind, kind]));
  return kernel.resources().flatMap(({ kind, metadata: { name } }) => {
    const word = `${kind}.${name}`;
    const description = kinds.get(kind);
    const isExecutable = description !== undefined && description.runtimes.length > 0;
    return isExecutable && SAFE.test(word)
      ? [{ word, description: description.description ?? "" }]
      : [];
  });
}

/** The kinds of the app at `path`, or the built-in kinds without a path. */
export async function kindsOf(host: CliHost, path: string | undefined): Promise<Choice[]> {
  const kernel = await load(host, path);
  return (await kernel?.kinds() ?? []).filter(({ kind }) => SAFE.test(kind))
    .map(({ kind, description }) => ({ word: kind, description: description ?? "" }));
}

/** Loads an app silently and without using the network. */
async function load(host: CliHost, path: string | undefined): Promise<Kernel | undefined> {
  const platform = {
    ...host.platform,
    fetch: () => Promise.reject(new Error("Completion does not use the network")),
  };
  try {
    const kernel = await host.createKernel({
      platform: path === undefined
        ? withBuiltinApp(platform, await host.builtinModules())
        : platform,
      checking: true,
      diagnostics: { error() {}, warning() {} },
      log() {},
    });
    await kernel.load(path === undefined ? BUILTIN_APP : expandHome(path, platform.env));
    return kernel;
  } catch {
    return undefined; // An app that cannot be loaded has no completions.
  }
}

/** Expands `~`, because shells pass words to completions as they were typed. */
function expandHome(path: string, env: Readonly<Record<string, string | undefined>>): string {
  const home = env["HOME"] ?? env["USERPROFILE"];
  return home !== undefined && /^~(?=[/\\]|$)/.test(path) ? home + path.slice(1) : path;
}
