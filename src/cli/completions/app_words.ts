/** Words that only an app knows: its resources and its kinds. */
import type { Kernel } from "../../kernel/kernel.ts";
import type { CliHost } from "../host.ts";
import { BUILTIN_APP, withBuiltinApp } from "../kinds/builtin_app.ts";
import type { Choice } from "./model.ts";

/** What a shell can insert without quotes; anything else would be read as its syntax. */
const SAFE = /^[\p{L}\p{N}_.:@-]+$/u;

/** The resources of the app at `path` that can be executed, as far as it can be loaded. */
export async function resourcesOf(host: CliHost, path: string): Promise<Choice[]> {
  const kernel = await load(host, path);
  if (kernel === undefined) return [];
  const kinds = new Map((await kernel.kinds()).map((kind) => [kind.kind, kind]));
  return kernel.resources().flatMap(({ kind, metadata: { name } }) => {
    const word = `${kind}.${name}`;
    const known = kinds.get(kind);
    const isExecutable = known !== undefined && known.runtimes.length > 0;
    return isExecutable && SAFE.test(word) ? [{ word, description: known.description ?? "" }] : [];
  });
}

/** The kinds of the app at `path`; without a path, the built-in ones. */
export async function kindsOf(host: CliHost, path: string | undefined): Promise<Choice[]> {
  const kernel = await load(host, path);
  return (await kernel?.kinds() ?? []).filter(({ kind }) => SAFE.test(kind))
    .map(({ kind, description }) => ({ word: kind, description: description ?? "" }));
}

/** Loads an app while somebody types: silently, and without asking the network. */
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
    return undefined; // An app that cannot be loaded has nothing to offer.
  }
}

/** The shell passes words as they are typed, before it expands `~`. */
function expandHome(path: string, env: Readonly<Record<string, string | undefined>>): string {
  const home = env["HOME"] ?? env["USERPROFILE"];
  return home !== undefined && /^~(?=[/\\]|$)/.test(path) ? home + path.slice(1) : path;
}
