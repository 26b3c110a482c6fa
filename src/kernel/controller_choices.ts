/** Which controllers of an app fit the runtime. */
import type { ControllerEntry } from "../contract/manifest.ts";
import type { KindTable } from "../load/registry/kinds.ts";
import { explainChoice, selectEntry } from "./boot/select.ts";
import type { KernelParts } from "./parts.ts";
import type { StepLog } from "./step_log.ts";

/** The entry chosen for each kind that has one. */
export type ChosenEntries = ReadonlyMap<string, ControllerEntry>;

/** Logs which entry was chosen for each kind, and why. */
export function logChoices(
  chosen: ChosenEntries,
  kinds: KindTable,
  { loader, platform: { runtime, toPath } }: KernelParts,
  log: StepLog,
): void {
  for (const [kind, entry] of chosen) {
    const implementation = kinds.get(kind)?.implementation;
    const entries = implementation?.type === "entries" ? implementation.entries : [];
    const path = toPath(loader.urlOf(entry));
    log(`Chose the controller ${path} for ${kind}: ${explainChoice(entry, entries, runtime)}`);
  }
}

/** URLs of the controllers and checks of all kinds that fit the runtime. */
export function controllerUrlsOf(
  kinds: KindTable,
  { loader, platform }: KernelParts,
): string[] {
  const urls = new Set<string>();
  const add = (entry: ControllerEntry) => {
    if (loader.exists(entry)) urls.add(loader.urlOf(entry));
  };
  for (const { check, implementation } of kinds.values()) {
    if (check?.type === "entry") add(check.entry);
    if (implementation.type !== "entries") continue;
    const selection = selectEntry(implementation.entries, platform.runtime);
    if ("entry" in selection) add(selection.entry);
  }
  return [...urls];
}
