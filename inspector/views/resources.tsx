/** All resources, as a table. */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { ResourceSummary } from "../../src/inspector/api.ts";
import { count, formatMs, formatRate } from "../format.ts";
import { live } from "../live.ts";
import { linkTo } from "../router.ts";
import { useStore } from "../store.ts";
import { type Column, DataTable, useTableFocus } from "../ui/data_table.tsx";
import { RateChart } from "../ui/rate_chart.tsx";
import { StateBadge, StateMark } from "../ui/values.tsx";

type SortKey = "order" | "name" | "kind" | "state" | "rate" | "errors" | "mean" | "total";

/** The table. */
export function ResourcesView(): JSX.Element {
  const graph = useStore(live.graphStore);
  const activity = useStore(live.activityStore);
  useTableFocus();
  const [search, setSearch] = useState("");
  const [sort, setSort] = useState<{ key: SortKey; isDown: boolean }>({
    key: "order",
    isDown: false,
  });
  const items = useMemo(() => {
    const text = search.trim().toLowerCase();
    const found = live.resources.filter(({ urn, module }) =>
      text === "" || urn.toLowerCase().includes(text) || module.toLowerCase().includes(text)
    );
    if (sort.key === "order") return found;
    const direction = sort.isDown ? -1 : 1;
    const keys = new Map(found.map((resource) => [resource, sortValue(resource, sort.key)]));
    return [...found].sort((a, b) => {
      const [x, y] = [keys.get(a) ?? "", keys.get(b) ?? ""];
      return x === y ? 0 : x < y ? -direction : direction;
    });
  }, [graph, activity, search, sort]);

  const sortable = (key: SortKey) => ({
    // Of numbers, the largest are looked for.
    sort: () =>
      setSort((now) =>
        now.key !== key
          ? { key, isDown: !["name", "kind", "state"].includes(key) }
          : { key, isDown: !now.isDown }
      ),
    sorted: sort.key === key
      ? sort.isDown ? "descending" as const : "ascending" as const
      : undefined,
  });
  const columns: readonly Column<ResourceSummary>[] = [
    {
      title: "Name",
      width: "minmax(0, 2fr)",
      cell: ({ urn, name }) => (
        <>
          <span class="narrow">
            <StateMark state={stateOf(urn)} />
          </span>
          <a href={linkTo("resources", urn)} tabIndex={-1}>{name}</a>
        </>
      ),
      ...sortable("name"),
    },
    {
      title: "Kind",
      width: "minmax(0, 1.5fr)",
      cell: ({ kind }) => kind,
      ...sortable("kind"),
    },
    {
      title: "State",
      width: "100px",
      isWide: true,
      cell: ({ urn }) => <StateBadge state={stateOf(urn)} />,
      ...sortable("state"),
    },
    {
      title: "Rate",
      width: "60px",
      isNumber: true,
      cell: ({ urn }) => dash(live.activityOf(urn)?.perSecond, formatRate),
      ...sortable("rate"),
    },
    {
      title: "Errors",
      width: "60px",
      isNumber: true,
      cell: ({ urn }) => {
        const rate = live.activityOf(urn)?.errorsPerSecond;
        return rate ? <span class="bad-text">{formatRate(rate)}</span> : "–";
      },
      ...sortable("errors"),
    },
    {
      title: "Mean",
      width: "80px",
      isNumber: true,
      isWide: true,
      cell: ({ urn }) => dash(live.activityOf(urn)?.meanMs, formatMs),
      ...sortable("mean"),
    },
    {
      title: "Executions",
      width: "110px",
      isNumber: true,
      isWide: true,
      cell: ({ urn }) => dash(live.activityOf(urn)?.executions, (n) => n.toLocaleString("en")),
      ...sortable("total"),
    },
    {
      title: "Keeps running for",
      width: "minmax(80px, 1fr)",
      isWide: true,
      cell: ({ urn }) => live.stateOf(urn)?.holds.join(", ") ?? "",
    },
    {
      title: "Source",
      width: "minmax(100px, 1.2fr)",
      isWide: true,
      cell: ({ file, line }) => <span class="dim">{`${baseName(file)}:${line}`}</span>,
    },
  ];
  return (
    <div class="view">
      <div class="bar">
        <input
          type="search"
          aria-label="Search resources"
          placeholder="Search ( / )"
          value={search}
          onInput={({ currentTarget }) => setSearch(currentTarget.value)}
        />
        <span class="dim" role="status">{count(items.length, "resource")}</span>
      </div>
      <RateChart />
      <DataTable
        label="Resources"
        columns={columns}
        items={items}
        keyOf={({ urn }) => urn}
        onOpen={({ urn }) => location.hash = linkTo("resources", urn)}
        empty={search === "" ? "The app has no resources" : `No resource matches “${search}”`}
      />
    </div>
  );
}

function stateOf(urn: string): string {
  return live.stateOf(urn)?.state ?? "registered";
}

function sortValue(resource: ResourceSummary, key: SortKey): string | number {
  const activity = live.activityOf(resource.urn);
  switch (key) {
    case "name":
      return resource.name;
    case "kind":
      return resource.kind;
    case "state":
      return stateOf(resource.urn);
    case "rate":
      return activity?.perSecond ?? 0;
    case "errors":
      return activity?.errorsPerSecond ?? 0;
    case "mean":
      return activity?.meanMs ?? 0;
    default:
      return activity?.executions ?? 0;
  }
}

function dash(number: number | undefined, format: (number: number) => string): string {
  return number ? format(number) : "–";
}

/** The last part of a path. */
function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}
