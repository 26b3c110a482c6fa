/** What is known of the selected box. */
import type { JSX } from "preact";
import { formatMs, formatRate } from "../format.ts";
import { live } from "../live.ts";
import { linkTo } from "../router.ts";
import { useEscape } from "../ui/use_escape.ts";
import { StateBadge } from "../ui/values.tsx";
import { activityOfNode, rateLabel, stateOfNode } from "./activity.ts";
import { edgeKey, type ViewNode } from "./model.ts";

/** Connections beyond this number are only counted. */
const SHOWN = 30;

interface NodePanelProps {
  readonly node: ViewNode;
  readonly onClose: () => void;
  readonly onOpen: () => void;
  readonly onSelect: (urn: string) => void;
}

/** A panel beside the graph, below it on narrow screens. */
export function NodePanel({ node, onClose, onOpen, onSelect }: NodePanelProps): JSX.Element {
  useEscape(onClose);
  const sum = activityOfNode(node);
  const resource = node.isGroup ? undefined : live.byUrn.get(node.id);
  const activity = resource && live.activityOf(resource.urn);
  const holds = resource === undefined ? [] : live.stateOf(resource.urn)?.holds ?? [];
  return (
    <aside class="panel" aria-label="Selected" aria-live="polite">
      <div class="panel-head">
        <div>
          <strong>{node.label}</strong>
          <div class="dim">{resource?.kind ?? node.sublabel}</div>
        </div>
        <button type="button" onClick={onClose} aria-label="Close">×</button>
      </div>
      <p>
        <StateBadge state={stateOfNode(node)} />
      </p>
      <dl>
        <dt>Executions</dt>
        <dd>
          {sum.executions.toLocaleString("en")}
          {sum.perSecond > 0 && `, ${formatRate(sum.perSecond)}`}
        </dd>
        <dt>Errors</dt>
        <dd class={sum.errors > 0 ? "bad-text" : ""}>
          {sum.errors.toLocaleString("en")}
          {sum.errorsPerSecond > 0 && `, ${formatRate(sum.errorsPerSecond)}`}
        </dd>
        {activity && activity.perSecond > 0 && (
          <>
            <dt>Mean, longest</dt>
            <dd>{`${formatMs(activity.meanMs)}, ${formatMs(activity.maxMs)}`}</dd>
          </>
        )}
        {holds.length > 0 && (
          <>
            <dt>Keeps running for</dt>
            <dd>{holds.join(", ")}</dd>
          </>
        )}
      </dl>
      <div class="actions">
        <button type="button" class="primary" onClick={onOpen}>
          {node.isGroup ? "Open the group" : "Open"}
        </button>
        {resource?.isExecutable && <a class="button" href={linkTo("try", resource.urn)}>Try it</a>}
      </div>
      {resource && <Connections urn={resource.urn} onSelect={onSelect} />}
    </aside>
  );
}

function Connections({ urn, onSelect }: {
  readonly urn: string;
  readonly onSelect: (urn: string) => void;
}): JSX.Element {
  const edges = live.edges.filter(({ from, to }) => from === urn || to === urn);
  return (
    <ul class="connections">
      {edges.slice(0, SHOWN).map((edge) => {
        const isOut = edge.from === urn;
        const other = isOut ? edge.to : edge.from;
        const activity = live.activityOnEdge(edgeKey(edge), edge);
        const rate = activity && rateLabel(activity);
        return (
          <li key={edgeKey(edge)}>
            <span class="dim">
              {isOut ? "→" : "←"} {edge.reasons.join(", ")}
              {edge.fields.length > 0 && ` (${edge.fields.join(", ")})`}
            </span>
            <button type="button" class="link" onClick={() => onSelect(other)}>{other}</button>
            {rate && activity && (
              <span class={activity.errorsPerSecond > 0 ? "bad-text" : "dim"}>{rate}</span>
            )}
          </li>
        );
      })}
      {edges.length > SHOWN && <li class="dim">{`and ${edges.length - SHOWN} more`}</li>}
    </ul>
  );
}
