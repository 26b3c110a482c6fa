/** The source of a resource with its line numbers, and notes below the lines that they are about. */
import type { ComponentChildren, JSX } from "preact";
import { highlight } from "./highlight.ts";

interface SourceProps {
  readonly text: string;
  /** The number of its first line. */
  readonly firstLine: number;
  readonly label: string;
  /** What is shown below a line, by its number. */
  readonly notes?: ReadonlyMap<number, ComponentChildren>;
  /** A line that is marked, such as the one of an error. */
  readonly marked?: number | undefined;
}

/** The source. */
export function Source({ text, firstLine, label, notes, marked }: SourceProps): JSX.Element {
  const lines = text.replace(/\n$/, "").split("\n");
  return (
    <div class="source" tabIndex={0} role="region" aria-label={label}>
      <ol start={firstLine}>
        {lines.map((line, index) => {
          const number = firstLine + index;
          const note = notes?.get(number);
          return (
            <li key={number} class={number === marked ? "marked" : ""} data-line={number}>
              <span class="line-number" aria-hidden="true">{number}</span>
              <code>
                {highlight(line).map(({ type, text }, part) =>
                  type === "plain" ? text : <span key={part} class={`yaml-${type}`}>{text}</span>
                )}
                {line === "" && " "}
              </code>
              {note !== undefined && <div class="note">{note}</div>}
            </li>
          );
        })}
      </ol>
    </div>
  );
}
