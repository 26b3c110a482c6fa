/** Events and log lines as they happen. */
import type { ComponentChildren, JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { EventItem, LogItem } from "../../src/inspector/api.ts";
import { exportLines, type ItemFilters, LEVELS, matchesEvent, matchesLog } from "../filters.ts";
import { count, inline } from "../format.ts";
import { live } from "../live.ts";
import { linkTo } from "../router.ts";
import { useStore } from "../store.ts";
import { type Column, DataTable, useTableFocus } from "../ui/data_table.tsx";
import { LostNotice } from "../ui/lost_notice.tsx";
import { useEscape } from "../ui/use_escape.ts";
import { usePause } from "../ui/use_pause.ts";
import { Json, ResourceLink, ShortUrn, Time } from "../ui/values.tsx";

type List = "events" | "logs";
type Item = EventItem | LogItem;

const EVENT_COLUMNS: readonly Column<EventItem>[] = [
  { title: "Time", width: "88px", cell: ({ timestamp }) => <Time at={timestamp} /> },
  { title: "Event", width: "minmax(120px, 1.4fr)", cell: ({ event }) => event },
  {
    title: "Resource",
    width: "minmax(100px, 1.4fr)",
    cell: ({ resource, source }) => {
      const urn = resource ?? source;
      return urn === undefined ? "" : <ShortUrn urn={urn} />;
    },
  },
  {
    title: "Payload",
    width: "minmax(100px, 2fr)",
    isWide: true,
    cell: ({ payload }) => payload === undefined ? "" : <span class="dim">{inline(payload)}</span>,
  },
];

const LOG_COLUMNS: readonly Column<LogItem>[] = [
  { title: "Time", width: "88px", cell: ({ timestamp }) => <Time at={timestamp} /> },
  {
    title: "Level",
    width: "60px",
    cell: ({ level }) => <span class={`level level-${level}`}>{level}</span>,
  },
  { title: "Message", width: "minmax(120px, 2fr)", cell: ({ message }) => message },
  { title: "Owner", width: "minmax(90px, 1fr)", isWide: true, cell: ({ owner }) => owner },
  {
    title: "Fields",
    width: "minmax(100px, 1.6fr)",
    isWide: true,
    cell: ({ fields }) => fields && <span class="dim">{inline(fields)}</span>,
  },
];

/** The lists. */
export function EventsView({ params }: {
  readonly params: Readonly<Record<string, string>>;
}): JSX.Element {
  const [list, setList] = useState<List>(params["list"] === "logs" ? "logs" : "events");
  const [filters, setFilters] = useState<ItemFilters>({
    text: params["text"] ?? "",
    resource: params["resource"] ?? "",
    kind: params["kind"] ?? "",
    trace: params["trace"] ?? "",
    level: params["level"] ?? "",
  });
  const events = useStore(live.eventStore);
  const logs = useStore(live.logStore);
  useTableFocus();
  const pause = usePause(list === "events" ? events : logs);
  const [selected, setSelected] = useState<Item>();
  const items = useMemo<readonly Item[]>(
    () =>
      list === "events"
        ? live.events.latest().filter((item) => matchesEvent(item, filters)).reverse()
        : live.logs.latest().filter((item) => matchesLog(item, filters)).reverse(),
    [list, pause.version, filters],
  );
  const total = (list === "events" ? live.events : live.logs).latest().length;
  const table = {
    label: list === "events" ? "Events" : "Logs",
    keyOf: ({ seq }: Item) => String(seq),
    selected: selected && String(selected.seq),
    // Rows that move away under the pointer cannot be read.
    onOpen: (item: Item) => {
      pause.pause();
      setSelected(item);
    },
    empty: total === 0
      ? list === "events" ? "No event yet" : "No log line yet"
      : "Nothing matches the filters",
  };
  const field = (name: keyof ItemFilters, label: string) => ({
    "aria-label": label,
    placeholder: label,
    value: filters[name],
    onInput: ({ currentTarget }: { readonly currentTarget: HTMLInputElement }) =>
      setFilters({ ...filters, [name]: currentTarget.value }),
  });
  const close = () => {
    setSelected(undefined);
    document.querySelector<HTMLElement>("main .table")?.focus({ preventScroll: true });
  };
  useEscape(selected && close);
  return (
    <div class="view">
      <div class="bar">
        <div class="tabs" role="group" aria-label="List">
          {(["events", "logs"] as const).map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={list === name}
              onClick={() => {
                setList(name);
                setSelected(undefined);
              }}
            >
              {name === "events" ? "Events" : "Logs"}
            </button>
          ))}
        </div>
        <input type="search" {...field("text", "Search")} placeholder="Search ( / )" />
        <input type="text" {...field("resource", "Resource")} />
        <input type="text" {...field("kind", "Kind")} />
        <input type="text" {...field("trace", "Trace")} />
        {list === "logs" && (
          <select
            aria-label="Level"
            value={filters.level}
            onChange={({ currentTarget }) => setFilters({ ...filters, level: currentTarget.value })}
          >
            <option value="">All levels</option>
            {LEVELS.slice(1).map((level) => (
              <option key={level} value={level}>{`${level} and above`}</option>
            ))}
          </select>
        )}
        {pause.button}
        <button type="button" onClick={() => download(`${list}.jsonl`, exportLines(items))}>
          Export
        </button>
        <span class="dim" role="status">
          {items.length === total
            ? count(total, list === "events" ? "event" : "line")
            : `${items.length} of ${total}`}
        </span>
        <LostNotice topic={list} />
      </div>
      <div class="split">
        {list === "events"
          ? <DataTable {...table} columns={EVENT_COLUMNS} items={items as readonly EventItem[]} />
          : (
            <DataTable
              {...table}
              columns={LOG_COLUMNS}
              items={items as readonly LogItem[]}
              rowClass={({ level }) => (level === "error" ? "failed" : "")}
            />
          )}
        {selected && <Details item={selected} onClose={close} />}
      </div>
    </div>
  );
}

function Details({ item, onClose }: {
  readonly item: Item;
  readonly onClose: () => void;
}): JSX.Element {
  const isEvent = "event" in item;
  const resource = isEvent
    ? item.resource ?? item.source
    : live.byUrn.has(item.owner)
    ? item.owner
    : undefined;
  const rows: readonly (readonly [name: string, value: ComponentChildren])[] = [
    ["Time", item.timestamp],
    ["Resource", resource === undefined ? undefined : <ResourceLink key="urn" urn={resource} />],
    ["Module", isEvent ? item.module : undefined],
    ["Process", isEvent ? item.node : undefined],
    ["Level", isEvent ? undefined : item.level],
    [
      "Trace",
      item.traceId && (
        <a href={linkTo("executions", undefined, { trace: item.traceId })}>{item.traceId}</a>
      ),
    ],
  ];
  return (
    <aside class="panel" aria-label="Selected">
      <div class="panel-head">
        <strong>{isEvent ? item.event : item.message}</strong>
        <button type="button" onClick={onClose} aria-label="Close">×</button>
      </div>
      <dl>
        {rows.filter(([, value]) => value !== undefined).map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
      <Json
        value={isEvent ? item.payload : item.fields}
        label={isEvent ? "Payload" : "Fields"}
      />
    </aside>
  );
}

/** Offers text as a file. */
function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/jsonl" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
