/** Chooses the controller entry that fits this runtime (docs/decisions.md#runtime-ranges). */
import { HOSTS, isWebAssembly } from "../../contract/code.ts";
import type { ControllerEntry } from "../../contract/manifest.ts";
import type { HostRuntime } from "../../contract/platform.ts";
import { isInRange } from "../../load/imports/version_range.ts";

/** The entry that fits, or the reason why each entry does not. */
export type Selection =
  | { readonly entry: ControllerEntry }
  | { readonly refused: readonly { readonly entry: ControllerEntry; readonly reason: string }[] };

/**
 * The first entry that fits the host's own runtime, otherwise the first one that fits the Node
 * version that the host reports compatibility with, otherwise the first one in WebAssembly, which
 * fits every host, otherwise the first one for any runtime.
 */
export function selectEntry(entries: readonly ControllerEntry[], host: HostRuntime): Selection {
  const refused = new Map<ControllerEntry, string>();
  const versions: [string, string][] = [[host.name, host.version]];
  if (host.name !== "node" && host.nodeVersion !== undefined) {
    versions.push(["node", host.nodeVersion]);
  }
  for (const [name, version] of versions) {
    for (const entry of entries) {
      for (const written of entry.runtimes) {
        const at = written.indexOf("@");
        if (nameIn(written) !== name) continue;
        const reason = at < 0 ? undefined : refusal(written.slice(at + 1), name, version);
        if (reason === undefined) return { entry };
        refused.set(entry, reason);
      }
    }
  }
  const portable = entries.find(isPortable);
  if (portable !== undefined) return { entry: portable };
  const universal = entries.find(({ runtimes }) => runtimes.length === 0);
  if (universal !== undefined) return { entry: universal };
  return {
    refused: entries.map((entry) => ({
      entry,
      reason: refused.get(entry) ?? otherRuntime(entry, host),
    })),
  };
}

/**
 * True for WebAssembly that is for something else than a host, such as `wasm` or `rust@>=1.76`. The
 * range is about the toolchain that made it, so it is not checked.
 */
function isPortable({ runtimes, entrypoint }: ControllerEntry): boolean {
  return isWebAssembly(entrypoint) && runtimes.some((one) => !HOSTS.includes(nameIn(one)));
}

/** Why an entry for other runtimes than this one does not fit. */
function otherRuntime({ runtimes, entrypoint }: ControllerEntry, host: HostRuntime): string {
  const here = `this is ${describeHost(host)}`;
  const isOther = runtimes.some((one) => !HOSTS.includes(nameIn(one)));
  return isOther ? `${here}, and "${entrypoint}" is not WebAssembly (.wasm)` : here;
}

/** The name of a runtime without the range of its versions. */
function nameIn(runtime: string): string {
  const [name = ""] = runtime.split("@", 1);
  return name.trim();
}

/** Why `entry` was chosen, and why the entries before it were not. */
export function explainChoice(
  entry: ControllerEntry,
  entries: readonly ControllerEntry[],
  host: HostRuntime,
): string {
  const others = entries.slice(0, entries.indexOf(entry)).flatMap((other) => {
    const selection = selectEntry([other], host);
    if ("entry" in selection) return [];
    return selection.refused.map(({ reason }) => `${runtimesOf(other)} does not fit, ${reason}`);
  });
  return [`${runtimesOf(entry)} fits ${describeHost(host)}`, ...others].join("; ");
}

/** `bun 1.4.5 (compatible with node 24.3.0)`. */
export function describeHost(host: HostRuntime): string {
  const own = `${host.name} ${host.version}`;
  return host.name === "node" || host.nodeVersion === undefined
    ? own
    : `${own} (compatible with node ${host.nodeVersion})`;
}

function refusal(range: string, name: string, version: string): string | undefined {
  return isInRange(version, range) ? undefined : `${name} ${version} is outside ${range.trim()}`;
}

/** The runtimes of an entry, in words. */
export function runtimesOf({ runtimes }: ControllerEntry): string {
  return runtimes.length === 0 ? "any runtime" : runtimes.join(", ");
}
