/** Reloads of the app: what changed, what started again, and what failed. */
import type { JSX } from "preact";
import type { ReloadItem } from "../../src/inspector/api.ts";
import { formatMs } from "../format.ts";
import { live } from "../live.ts";
import { useStore } from "../store.ts";
import { ProblemBox } from "../ui/problem.tsx";
import { ResourceLink, Time } from "../ui/values.tsx";

/** Names beyond this number are only counted. */
const SHOWN = 50;

const OUTCOMES = {
  reloaded: "reloaded",
  restart: "started again",
  failed: "failed; the app runs as before",
} as const;

/** The reloads, newest first. */
export function ReloadsView(): JSX.Element {
  useStore(live.reloadStore);
  const reloads = [...live.reloads.latest()].reverse();
  if (reloads.length === 0) {
    return (
      <p class="empty">
        No reload yet. With <code>digly dev</code> or <code>digly run --watch</code>{" "}
        the app reloads when its files change.
      </p>
    );
  }
  return (
    <div class="view pad">
      <ol class="reloads" aria-label="Reloads">
        {reloads.map((reload) => <Reload key={reload.seq} reload={reload} />)}
      </ol>
    </div>
  );
}

function Reload({ reload }: { readonly reload: ReloadItem }): JSX.Element {
  const { at, outcome, ms, generation, changed, added, removed, error } = reload;
  return (
    <li class={outcome}>
      <div class="facts">
        <Time at={at} />
        <span class={`badge reload-${outcome}`}>{OUTCOMES[outcome]}</span>
        <span>{formatMs(ms)}</span>
        <span class="dim">generation {generation}</span>
      </div>
      {error && <ProblemBox problem={error} />}
      <Names title="Changed" urns={changed} />
      <Names title="Added" urns={added} />
      <Names title="Removed" urns={removed} />
    </li>
  );
}

function Names({ title, urns }: {
  readonly title: string;
  readonly urns: readonly string[];
}): JSX.Element | null {
  if (urns.length === 0) return null;
  return (
    <p class="names">
      <span class="dim">{title}:</span>
      {urns.slice(0, SHOWN).map((urn) =>
        live.byUrn.has(urn) ? <ResourceLink key={urn} urn={urn} /> : <span key={urn}>{urn}</span>
      )}
      {urns.length > SHOWN && <span class="dim">{`and ${urns.length - SHOWN} more`}</span>}
    </p>
  );
}
