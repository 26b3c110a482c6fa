/** The diagnostics of all checks, and which of them the client has been sent. */
import type { Diagnostic } from "./protocol.ts";

/** Sends the diagnostics of a file. */
export type Publish = (
  uri: string,
  diagnostics: readonly Diagnostic[],
  version?: number,
) => void;

/** Collects the diagnostics that checks give, and sends those that have changed. */
export class PublishedDiagnostics {
  readonly #send: Publish;
  /** The diagnostics of each check, by URI. */
  readonly #checks = new Map<string, ReadonlyMap<string, readonly Diagnostic[]>>();
  readonly #published = new Map<string, string>();

  constructor(send: Publish) {
    this.#send = send;
  }

  /** Replaces the diagnostics of a check. */
  set(check: string, byUri: ReadonlyMap<string, readonly Diagnostic[]>): void {
    this.#checks.set(check, byUri);
  }

  delete(check: string): void {
    this.#checks.delete(check);
  }

  /** Sends what has changed, of `open` files and of others, except those that are pending. */
  publish(
    open: readonly { readonly uri: string; readonly version: number | undefined }[],
    isPending: (uri: string) => boolean,
  ): void {
    const versions = new Map(open.map(({ uri, version }) => [uri, version]));
    const all = this.#merged();
    for (const uri of [...versions.keys(), ...this.#published.keys()]) {
      if (!all.has(uri)) all.set(uri, []);
    }
    for (const [uri, diagnostics] of all) {
      if (isPending(uri)) continue;
      const version = versions.get(uri);
      const state = JSON.stringify([version, diagnostics]);
      if (this.#published.get(uri) === state) continue;
      this.#send(uri, diagnostics, version);
      if (diagnostics.length === 0 && version === undefined) this.#published.delete(uri);
      else this.#published.set(uri, state);
    }
  }

  /** The diagnostics of each file; two apps may load the same one. */
  #merged(): Map<string, readonly Diagnostic[]> {
    const all = new Map<string, Map<string, Diagnostic>>();
    for (const byUri of this.#checks.values()) {
      for (const [uri, diagnostics] of byUri) {
        let known = all.get(uri);
        if (known === undefined) all.set(uri, known = new Map());
        for (const one of diagnostics) known.set(JSON.stringify([one.range, one.message]), one);
      }
    }
    return new Map(Array.from(all, ([uri, known]) => [uri, [...known.values()]]));
  }
}
