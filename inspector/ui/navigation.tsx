/** The links to the views. */
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { linkTo, type Route } from "../router.ts";

/** The views, in the order of their keys 1 to 7. */
export const VIEWS: readonly (readonly [view: string, title: string])[] = [
  ["graph", "Graph"],
  ["resources", "Resources"],
  ["executions", "Executions"],
  ["try", "Try it"],
  ["events", "Events and logs"],
  ["state", "State"],
  ["reloads", "Reloads"],
];

/** Links to all views, of which one is shown. */
export function Navigation({ current }: { readonly current: Route["view"] }): JSX.Element {
  const nav = useRef<HTMLElement>(null);
  // On a narrow screen only a part of the links is visible.
  useEffect(() => {
    const showCurrent = () =>
      nav.current?.querySelector("[aria-current]")?.scrollIntoView({
        block: "nearest",
        inline: "nearest",
      });
    showCurrent();
    addEventListener("resize", showCurrent);
    return () => removeEventListener("resize", showCurrent);
  }, [current]);
  return (
    <nav ref={nav} aria-label="Views">
      {VIEWS.map(([view, name], index) => (
        <a
          key={view}
          href={linkTo(view)}
          aria-current={view === current ? "page" : undefined}
          title={`${name} (${index + 1})`}
        >
          {name}
        </a>
      ))}
    </nav>
  );
}
