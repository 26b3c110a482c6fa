/** The response to a request. */
import type { JSX } from "preact";
import type { HttpRequestResult } from "../../src/inspector/api.ts";
import { formatMs } from "../format.ts";
import { linkTo } from "../router.ts";
import { Section } from "./values.tsx";

/** Its status, headers and body. */
export function Response({ result }: { readonly result: HttpRequestResult }): JSX.Element {
  const { status, headers, body, encoding, isCut, ms, executions } = result;
  return (
    <Section
      title="Response"
      extra={
        <span class="facts">
          <strong class={status >= 400 ? "bad-text" : ""}>{status}</strong>
          <span>{formatMs(ms)}</span>
          {executions.map((id) => (
            <a key={id} href={linkTo("executions", id)}>Steps and expressions</a>
          ))}
        </span>
      }
    >
      <details>
        <summary>{headers.length} headers</summary>
        <table class="plain">
          <tbody>
            {headers.map(([name, value], index) => (
              <tr key={index}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
      <div class="json">
        <pre tabIndex={0} role="region" aria-label="Body">{indented(body) || "No body"}</pre>
      </div>
      {encoding === "base64" && <p class="dim">The body is not text; this is base64.</p>}
      {isCut && <p class="dim">The body is longer than what is shown.</p>}
    </Section>
  );
}

/** JSON on several lines; other text as it is. */
export function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}
