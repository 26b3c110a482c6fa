/** What a reload takes and what it says. */

/** Options of a reload. */
export interface ReloadOptions {
  /** Environment variables; those that the app was loaded with by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How many resources a reload has changed, added and removed. */
export interface ReloadSummary {
  readonly changed: number;
  readonly added: number;
  readonly removed: number;
}

/** The summary, with the resources that it counts. */
export interface Reloaded extends ReloadSummary {
  /** URNs. */
  readonly urns: {
    readonly changed: readonly string[];
    readonly added: readonly string[];
    readonly removed: readonly string[];
  };
}
