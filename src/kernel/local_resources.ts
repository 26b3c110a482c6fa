/** Which of an app's resources this process runs: all of them, unless it has a role. */
import type { App } from "../load/load.ts";
import type { Placement } from "../load/placement.ts";
import type { RegistryEntry } from "../load/registry/registry.ts";

/** The resources of this process. */
export class LocalResources {
  readonly #app: Pick<App, "placement" | "registry">;
  readonly #checking: boolean;

  constructor(app: Pick<App, "placement" | "registry">, checking: boolean) {
    this.#app = app;
    this.#checking = checking;
  }

  /** Which process runs which resource; `undefined` for an app without a transport. */
  get placement(): Placement | undefined {
    return this.#app.placement;
  }

  /** True for a resource that this process runs. A transport needs a role, or a check. */
  has(urn: string): boolean {
    const { placement } = this.#app;
    if (placement === undefined) return true;
    if (urn === placement.transport.urn) return placement.connects || this.#checking;
    return placement.isLocal(urn);
  }

  /** The resources to create, in load order; the transport is opened before them. */
  entries(): readonly RegistryEntry[] {
    const { placement, registry } = this.#app;
    const entries = registry.entries();
    if (placement === undefined) return entries;
    return entries.filter((entry) => entry !== placement.transport && this.has(entry.urn));
  }

  /** The kinds of the resources to create. */
  kinds(): Iterable<string> {
    if (this.#app.placement === undefined) return this.#app.registry.kinds();
    return new Set(this.entries().map(({ kind }) => kind));
  }

  /** A hash of the manifests before `${{ }}` is evaluated. */
  async generation(
    app: { readonly name: string; readonly version: string | undefined },
  ): Promise<string> {
    const { generationOf } = await import("../load/generation.ts");
    return await generationOf(this.#app.registry, app);
  }
}
