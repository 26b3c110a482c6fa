/** The manifests of an execution, with the value of every expression below its line. */
import type { JSX } from "preact";
import type { ExpressionValue, Place, ResourceView } from "../../src/inspector/api.ts";
import { pathTo } from "../client.ts";
import { type ExpressionGroup, groupExpressions } from "../expressions.ts";
import { inline } from "../format.ts";
import { Source } from "./source.tsx";
import { useRequest } from "./use_request.ts";
import { ResourceLink } from "./values.tsx";

/** Values that are longer are shown in full where they are opened. */
const INLINE = 160;

/** One source for each resource. */
export function ExpressionSources({ expressions, failure }: {
  readonly expressions: readonly ExpressionValue[];
  readonly failure: Place | undefined;
}): JSX.Element {
  return (
    <>
      {groupExpressions(expressions).map((group) => (
        <Group key={`${group.urn}\n${group.file}`} group={group} failure={failure} />
      ))}
    </>
  );
}

function Group({ group, failure }: {
  readonly group: ExpressionGroup;
  readonly failure: Place | undefined;
}): JSX.Element {
  const { urn, file, byLine } = group;
  const { value, problem } = useRequest<ResourceView>(pathTo("resources", urn));
  const source = value?.source;
  const lines = source?.file === file ? source.text.replace(/\n$/, "").split("\n").length : 0;
  const isInside = (line: number) =>
    source !== undefined && line >= source.firstLine && line < source.firstLine + lines;
  // Expressions of a template or an included file are not in the resource's own lines.
  const outside = [...byLine].filter(([line]) => !isInside(line)).flatMap(([, values]) => values);
  if (source === undefined && problem === undefined) return <p class="dim">Loading…</p>;
  return (
    <div class="expressions">
      <p>
        <ResourceLink urn={urn} /> <span class="dim">{file}</span>
      </p>
      {source !== undefined && lines > 0 && outside.length < [...byLine.values()].flat().length && (
        <Source
          text={source.text}
          firstLine={source.firstLine}
          label={`Expressions of ${urn}`}
          notes={new Map(
            Array.from(byLine, ([line, values]) => [line, <Values key={line} values={values} />]),
          )}
          marked={failure?.file === file ? failure.line : undefined}
        />
      )}
      {outside.length > 0 && (
        <table class="plain">
          <tbody>
            {outside.map((expression, index) => (
              <tr key={index}>
                <td class="dim">{`${file}:${expression.line}`}</td>
                <td>
                  <code>{expression.source.trim()}</code>
                </td>
                <td>
                  <Value expression={expression} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function Values({ values }: { readonly values: readonly ExpressionValue[] }): JSX.Element {
  return (
    <ul>
      {values.map((expression, index) => (
        <li key={index}>
          {values.length > 1 && <code>{`${expression.source.trim()} `}</code>}
          <Value expression={expression} />
        </li>
      ))}
    </ul>
  );
}

function Value({ expression: { value, error, times } }: {
  readonly expression: ExpressionValue;
}): JSX.Element {
  const text = inline(value, INLINE);
  return (
    <span class={error === undefined ? "value" : "value bad-text"}>
      = {error ?? text}
      {times > 1 && <span class="dim">{` (the last of ${times} values)`}</span>}
      {error === undefined && text.endsWith("…") && (
        <details>
          <summary>All of it</summary>
          <pre tabIndex={0}>{JSON.stringify(value, undefined, 2)}</pre>
        </details>
      )}
    </span>
  );
}
