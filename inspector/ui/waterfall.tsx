/** Draws the steps of an execution. */
import type { JSX } from "preact";
import type { Span } from "../../src/inspector/api.ts";
import { formatMs } from "../format.ts";
import { waterfall } from "../waterfall.ts";
import { ShortUrn } from "./values.tsx";

/** Steps beyond this number are only counted. */
const SHOWN = 500;

/** How far the keys move. */
const STEPS: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  j: 1,
  ArrowUp: -1,
  k: -1,
  PageDown: 10,
  PageUp: -10,
  Home: -SHOWN,
  End: SHOWN,
};

interface WaterfallProps {
  readonly spans: readonly Span[];
  readonly totalMs: number;
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
}

/** One button for each step; the arrow keys move between them. */
export function Waterfall({ spans, totalMs, selected, onSelect }: WaterfallProps): JSX.Element {
  const rows = waterfall(spans, totalMs);
  const move = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const buttons = [...(event.currentTarget as HTMLElement).querySelectorAll("button")];
    const index = buttons.indexOf(document.activeElement as HTMLButtonElement) + step;
    const next = buttons[Math.max(0, Math.min(buttons.length - 1, index))];
    next?.focus();
    next?.click();
  };
  return (
    <div class="waterfall" role="group" aria-label="Steps" onKeyDown={move}>
      {rows.slice(0, SHOWN).map(({ span, depth, left, width }) => (
        <button
          key={span.id}
          type="button"
          aria-pressed={span.id === selected}
          class={span.error === undefined ? "" : "failed"}
          onClick={() => onSelect(span.id)}
        >
          <span class="step" style={{ paddingLeft: `${Math.min(depth, 12) * 14}px` }}>
            <ShortUrn urn={span.urn} />
            {span.node !== undefined && <span class="dim">{` on ${span.node}`}</span>}
            {span.error !== undefined && <span class="bad-text">{` ${span.error.code}`}</span>}
          </span>
          <span class="track">
            <span class="span-bar" style={{ left: `${left}%`, width: `${width}%` }} />
          </span>
          <span class="number">{span.ms === undefined ? "running" : formatMs(span.ms)}</span>
        </button>
      ))}
      {rows.length > SHOWN && <p class="dim">{`and ${rows.length - SHOWN} more steps`}</p>}
    </div>
  );
}
