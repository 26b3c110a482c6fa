/** Small parts that several views show. */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { formatTime, pretty } from "../format.ts";
import { linkTo } from "../router.ts";

/** Longer values are shown in part until the user asks for all of it. */
const LONG = 20_000;

/** A value as JSON. */
export function Json({ value, label }: {
  readonly value: unknown;
  readonly label: string;
}): JSX.Element {
  const [showAll, setShowAll] = useState(false);
  const text = pretty(value);
  const isLong = text.length > LONG && !showAll;
  return (
    <div class="json">
      <pre tabIndex={0} role="region" aria-label={label}>
        {isLong ? `${text.slice(0, LONG)}…` : text}
      </pre>
      {isLong && (
        <button type="button" onClick={() => setShowAll(true)}>
          Show all {text.length.toLocaleString("en")} characters
        </button>
      )}
    </div>
  );
}

/** A state of a resource or an execution, as a colour and a word. */
export function StateBadge({ state }: { readonly state: string }): JSX.Element {
  return <span class={`badge state-${state}`}>{state}</span>;
}

/** A state as a mark, where there is no room for the word. */
export function StateMark({ state }: { readonly state: string }): JSX.Element {
  return <span class={`mark-only state-${state}`} role="img" aria-label={state} title={state} />;
}

/** A link to a resource. */
export function ResourceLink({ urn }: { readonly urn: string }): JSX.Element {
  return <a class="urn" href={linkTo("resources", urn)}>{urn}</a>;
}

/** A URN in a narrow place: what is cut off is the kind, since resources are distinguished by their names. */
export function ShortUrn({ urn }: { readonly urn: string }): JSX.Element {
  const end = urn.lastIndexOf(".") + 1;
  return (
    <span class="short-urn" title={urn}>
      <span>{urn.slice(0, end)}</span>
      <span>{urn.slice(end)}</span>
    </span>
  );
}

/** A moment, with its date where the pointer rests. */
export function Time({ at }: { readonly at: string }): JSX.Element {
  return <time dateTime={at} title={at}>{formatTime(at)}</time>;
}

/** A part of a view with a heading. */
export function Section({ title, extra, children }: {
  readonly title: string;
  readonly extra?: ComponentChildren;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <section aria-label={title}>
      <div class="section-head">
        <h2>{title}</h2>
        {extra}
      </div>
      {children}
    </section>
  );
}

/** A table that is moved sideways where the screen is too narrow for it. */
export function TableScroll({ label, children }: {
  readonly label: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return <div class="scroll" tabIndex={0} role="region" aria-label={label}>{children}</div>;
}

/** A button that copies text, and says so. */
export function CopyButton({ text, label = "Copy" }: {
  readonly text: string;
  readonly label?: string;
}): JSX.Element {
  const [done, setDone] = useState<"copied" | "failed">();
  return (
    <button
      type="button"
      onClick={() =>
        navigator.clipboard.writeText(text).then(() => setDone("copied"), () => setDone("failed"))}
    >
      {done === "copied" ? "Copied" : done === "failed" ? "Cannot copy: select the text" : label}
    </button>
  );
}

/** A command to copy. */
export function Command({ text, label }: {
  readonly text: string;
  readonly label: string;
}): JSX.Element {
  return (
    <div class="command">
      <pre tabIndex={0} role="region" aria-label={label}>{text}</pre>
      <CopyButton text={text} />
    </div>
  );
}
