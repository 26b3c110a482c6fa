/** Says that a list has gaps. */
import type { JSX } from "preact";
import { live } from "../live.ts";

/** How many messages the page was too slow to take, if any. */
export function LostNotice({ topic }: { readonly topic: string }): JSX.Element | null {
  const lost = live.lost.get(topic) ?? 0;
  if (lost === 0) return null;
  return (
    <span class="notice" title="The app never waits for this page; what it cannot take is left out">
      {`${lost.toLocaleString("en")} left out`}
    </span>
  );
}
