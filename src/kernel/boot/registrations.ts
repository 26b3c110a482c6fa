/** The resources that controllers register while the app boots. */
import { fail } from "../../contract/errors.ts";
import type { ResourceManifest } from "../../contract/resource.ts";
import type { RegistryEntry } from "../../load/registry/registry.ts";
import type { LoadedApp } from "../loaded_app.ts";
import type { Registration } from "../reload/boot_choices.ts";

/** Who has registered what, and what no pass has created yet. */
export class Registrations {
  /** All of them, in order. */
  readonly all: Registration[] = [];
  readonly #added: RegistryEntry[] = [];

  /** Adds a resource, and those inside it, to an app that is being booted. */
  add(manifest: ResourceManifest, creator: string, app: LoadedApp, isBooting: boolean): void {
    const entry = app.entry(creator);
    if (!isBooting || entry === undefined) {
      throw fail("ERR_EXECUTION_FAILED", {
        urn: creator,
        problem: "resources can be registered only until Runtime.Started",
        chain: [creator],
      }, { help: "Register them in create() or init()" });
    }
    const added = app.add(manifest, entry);
    this.all.push({ manifest, creator, urns: added.map(({ urn }) => urn) });
    this.#added.push(...added);
  }

  /** What was added since the last call. */
  takeAdded(): readonly RegistryEntry[] {
    return this.#added.splice(0);
  }
}
