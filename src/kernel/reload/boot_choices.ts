/** What tells the boot of a whole app and that of a part of it, in a reload, apart. */
import type { ResourceManifest } from "../../contract/resource.ts";
import type { BootWatch } from "../boot/watch.ts";

/** What observes a boot or a reload. */
export interface Booting {
  readonly watch: BootWatch;
  /** Aborts it. */
  readonly signal: AbortSignal;
}

/** Takes over a changed resource when everything else is initialised. */
export type TakeOver = () => void | Promise<void>;

/** How resources are booted. */
export interface BootChoices {
  /** When the boot or the reload began. */
  readonly createdAt: number;
  /** Running instances that take over a changed resource instead of being created, by URN. */
  readonly takenOver?: ReadonlyMap<string, TakeOver>;
  /** Called when all are initialised, before the first one is started. */
  readonly onAllInitialized?: () => void;
}

/** A resource that a controller has registered. */
export interface Registration {
  readonly manifest: ResourceManifest;
  readonly creator: string;
  readonly urns: readonly string[];
}
