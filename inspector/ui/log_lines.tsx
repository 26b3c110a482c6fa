/** Lines of the log. */
import type { JSX } from "preact";
import type { LogItem } from "../../src/inspector/api.ts";
import { inline } from "../format.ts";
import { Time } from "./values.tsx";

/** Some lines, in the order in which they are given. */
export function LogLines({ lines }: { readonly lines: readonly LogItem[] }): JSX.Element {
  if (lines.length === 0) return <p class="dim">None yet</p>;
  return (
    <ul class="log-lines">
      {lines.map(({ seq, timestamp, level, message, fields }) => (
        <li key={seq} class={`level-${level}`}>
          <Time at={timestamp} /> <span class={`level level-${level}`}>{level}</span> {message}
          {fields !== undefined && Object.keys(fields).length > 0 && (
            <span class="dim">{inline(fields, 200)}</span>
          )}
        </li>
      ))}
    </ul>
  );
}
