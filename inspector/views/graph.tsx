/** The resources of the app, how they are connected, and what happens in them now. */
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { EdgeReason } from "../../src/inspector/api.ts";
import { count } from "../format.ts";
import { Canvas } from "../graph/canvas.tsx";
import { edgeKey, kindGroup, moduleGroup, REASONS, viewGraph } from "../graph/model.ts";
import { NodePanel } from "../graph/panel.tsx";
import { useLayout } from "../graph/use_layout.ts";
import { live } from "../live.ts";
import { linkTo } from "../router.ts";
import { useStore } from "../store.ts";

const STATES = [
  "registered",
  "created",
  "initialised",
  "executing",
  "failed",
  "draining",
  "stopped",
];

/** A filter by state is applied again this often, in milliseconds, so that the picture rests. */
const STATE_FILTER_EVERY = 2000;

const WIDE = "(min-aspect-ratio: 1/1)";

/** The graph and its filters. */
export function GraphView({ params }: {
  readonly params: Readonly<Record<string, string>>;
}): JSX.Element {
  const graphVersion = useStore(live.graphStore);
  useStore(live.activityStore);
  const [query, setQuery] = useState(params["q"] ?? "");
  const [state, setState] = useState("");
  const [kind, setKind] = useState("");
  const [hidden, setHidden] = useState<ReadonlySet<EdgeReason>>(new Set());
  const [neighbours, setNeighbours] = useState(true);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [selected, setSelected] = useState<string>();

  const aspect = useAspect();
  const tick = state === "" ? 0 : Math.floor(Date.now() / STATE_FILTER_EVERY);
  const graph = useMemo(() =>
    viewGraph(live.resources, live.edges, {
      query,
      inState: state === "" ? undefined : new Set(
        live.resources.filter(({ urn }) => live.stateOf(urn)?.state === state)
          .map(({ urn }) => urn),
      ),
      kind: kind === "" ? undefined : kind,
      hidden,
      neighbours,
      open,
    }), [graphVersion, query, state, tick, kind, hidden, neighbours, open]);
  const laidOut = useLayout(graph, aspect);
  const edgesByKey = useMemo(
    () => new Map(live.edges.map((edge) => [edgeKey(edge), edge])),
    [graphVersion],
  );
  const kinds = useMemo(
    () => [...new Set(live.resources.map(({ kind }) => kind))].sort(),
    [graphVersion],
  );
  const reasons = useMemo(
    () => REASONS.filter((reason) => live.edges.some(({ reasons }) => reasons.includes(reason))),
    [graphVersion],
  );
  useEffect(focusCanvas, []);

  const node = graph.nodes.find(({ id }) => id === selected);
  const openNode = (id: string) => {
    const target = graph.nodes.find((node) => node.id === id);
    if (target?.isGroup) setOpen(new Set([...open, id]));
    else location.hash = linkTo("resources", id);
  };
  const toggleReason = (reason: EdgeReason) => {
    const next = new Set(hidden);
    if (!next.delete(reason)) next.add(reason);
    setHidden(next);
  };
  return (
    <div class="view graph-view">
      <div class="bar">
        <input
          type="search"
          aria-label="Search the graph"
          placeholder="Search ( / )"
          value={query}
          onInput={({ currentTarget }) => setQuery(currentTarget.value)}
        />
        <Choice label="Kind" value={kind} values={kinds} all="All kinds" onChange={setKind} />
        <Choice label="State" value={state} values={STATES} all="All states" onChange={setState} />
        <label class="check">
          <input
            type="checkbox"
            checked={neighbours}
            onChange={({ currentTarget }) => setNeighbours(currentTarget.checked)}
          />
          With neighbours
        </label>
        <span class="dim" role="status">
          {graph.matches === live.resources.length
            ? count(graph.matches, "resource")
            : `${graph.matches} of ${count(live.resources.length, "resource")}`}
        </span>
        <div class="chips" role="group" aria-label="Open groups">
          {[...open].map((id) => (
            <button
              key={id}
              type="button"
              onClick={() => setOpen(new Set([...open].filter((other) => other !== id)))}
            >
              {`Close ${groupName(id)}`}
            </button>
          ))}
        </div>
      </div>
      <div class="graph-body">
        <Canvas
          {...{ laidOut, edgesByKey, selected, onSelect: setSelected, onOpen: openNode }}
          empty={live.resources.length === 0
            ? "The app has no resources"
            : "No resource matches the filters"}
        >
          <ul class="legend" aria-label="Reasons of connections">
            {reasons.map((reason) => (
              <li key={reason}>
                <label class={`check reason-${reason.replace(" ", "-")}`}>
                  <input
                    type="checkbox"
                    checked={!hidden.has(reason)}
                    onChange={() => toggleReason(reason)}
                  />
                  <svg width="22" height="8" aria-hidden="true" class="edge">
                    <path d="M0 4H22" />
                  </svg>
                  {reason}
                </label>
              </li>
            ))}
          </ul>
        </Canvas>
        {node && (
          <NodePanel
            node={node}
            onClose={() => {
              setSelected(undefined);
              focusCanvas();
            }}
            onOpen={() => openNode(node.id)}
            onSelect={setSelected}
          />
        )}
      </div>
    </div>
  );
}

function focusCanvas(): void {
  document.querySelector<HTMLElement>(".canvas")?.focus({ preventScroll: true });
}

/** The shape of the screen: layouts are made for a wide one or a high one. */
function useAspect(): number {
  const [isWide, setIsWide] = useState(() => matchMedia(WIDE).matches);
  useEffect(() => {
    const query = matchMedia(WIDE);
    const update = () => setIsWide(query.matches);
    query.addEventListener("change", update);
    return () => query.removeEventListener("change", update);
  }, []);
  return isWide ? 1.7 : 0.55;
}

function groupName(id: string): string {
  const resource = live.resources.find(({ kind, module }) =>
    id === moduleGroup(module) || id === kindGroup(module, kind)
  );
  if (resource === undefined) return id;
  return id === moduleGroup(resource.module) ? resource.module : resource.kind;
}

/** A choice of one value or all. */
function Choice({ label, value, values, all, onChange }: {
  readonly label: string;
  readonly value: string;
  readonly values: readonly string[];
  readonly all: string;
  readonly onChange: (value: string) => void;
}): JSX.Element {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    >
      <option value="">{all}</option>
      {values.map((value) => <option key={value} value={value}>{value}</option>)}
    </select>
  );
}
