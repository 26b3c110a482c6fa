/** Executions as a short table. */
import type { JSX } from "preact";
import type { ExecutionSummary } from "../../src/inspector/api.ts";
import { formatMs } from "../format.ts";
import { linkTo } from "../router.ts";
import { StateBadge, Time } from "./values.tsx";

/** The table, newest first as it is given. */
export function ExecutionTable({ executions, withUrn }: {
  readonly executions: readonly ExecutionSummary[];
  readonly withUrn: boolean;
}): JSX.Element {
  if (executions.length === 0) return <p class="dim">None yet</p>;
  return (
    <table class="plain">
      <tbody>
        {executions.map(({ id, urn, startedAt, state, ms, error }) => (
          <tr key={id}>
            <td>
              <a href={linkTo("executions", id)}>
                <Time at={startedAt} />
              </a>
            </td>
            {withUrn && <td>{urn}</td>}
            <td>
              <StateBadge state={state} />
            </td>
            <td class="number">{formatMs(ms)}</td>
            <td class="bad-text">{error?.code}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
