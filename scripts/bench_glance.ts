/** The beginning of `docs/performance.md`: one line for each question and program beside Digly. */
import { type Range, ratioChart } from "./bench_chart.ts";
import type { Results } from "./bench_results.ts";
import { type Section, sectionOf } from "./bench_sections.ts";
import { format, measureText, type Reached, reachedOf } from "./bench_text.ts";

/** The comparisons of one question with one other program. */
interface Group {
  readonly section: Section;
  /** The runtime, if the tables of a question are about one runtime each. */
  readonly runtime: string;
  readonly against: string;
  readonly reached: Reached[];
}

/** Cases of Digly that other cases of it are compared with: whether something stays as cheap. */
const OWN_CASES = new Set([
  "of 10,000",
  "10,000",
  "after a quarter of the time",
  "digly, the route alone",
  "without",
]);

/** Parts of the top of the page. */
export interface Glance {
  readonly chart: string;
  readonly figures: string;
  readonly peers: string;
  readonly own: string;
  readonly reached: string;
}

/** Numbers that a reader looks for first: what they are of, and the benchmark and the table with them. */
const FIGURES: readonly (readonly [what: string, benchmark: string, table: string])[] = [
  [
    "An HTTP API in the executable, from start to its first answer",
    "startup",
    "An HTTP API, from start to its first answer",
  ],
  ["A request with a validated body, on Bun", "http", "Bun: a validated body, in and out"],
  ["A request with a validated body, on Node", "http", "Node: a validated body, in and out"],
  ["A request with a validated body, on Deno", "http", "Deno: a validated body, in and out"],
  [
    "A request with a query on PostgreSQL, in the executable",
    "data",
    "A query per request on PostgreSQL, with the executable and Bun",
  ],
  [
    "Memory of an idle server, in the executable",
    "memory",
    "Bun: resident memory of an idle server",
  ],
  ["Boot of 10,000 resources, on Node", "boot", "10,000 resources, from text to started"],
  ["Memory of one of 100,000 resources, on Node", "boot", "Memory of one resource"],
  ["One execution of a resource, on Node", "dispatch", "One execution, its context included"],
];

/** The summary of all goals. */
export function glanceAt(benchmarks: Results["benchmarks"]): Glance {
  const groups = groupsOf(benchmarks);
  const peers = groups.filter(({ against }) => !OWN_CASES.has(against));
  const own = groups.filter(({ against }) => OWN_CASES.has(against));
  const goals = groups.flatMap(({ reached }) => reached);
  const met = goals.filter(({ isMet }) => isMet).length;
  return {
    chart: ratioChart("How much Digly takes beside other programs", peers.map(rangeOf)),
    figures: figuresOf(benchmarks),
    peers: tableOf(peers, "Beside"),
    own: tableOf(own, "Beside its own"),
    reached: `${met} of ${goals.length} goals are reached.`,
  };
}

function groupsOf(benchmarks: Results["benchmarks"]): Group[] {
  const groups = new Map<string, Group>();
  for (const { name, tables } of benchmarks) {
    const section = sectionOf(name);
    for (const table of tables) {
      // The titles of several runtimes begin with the runtime.
      const runtime = /^(Bun|Node|Deno|The executable): /.exec(table.title)?.[1] ?? "";
      for (const goal of table.goals ?? []) {
        const key = [name, runtime, goal.against].join("\n");
        const group = groups.get(key) ??
          { section, runtime, against: goal.against, reached: [] };
        group.reached.push(reachedOf(table, goal));
        groups.set(key, group);
      }
    }
  }
  return [...groups.values()];
}

function rangeOf({ section, runtime, against, reached }: Group): Range {
  const ratios = reached.map(({ ratio }) => ratio);
  return {
    label: `${section.title}${runtime && `, ${runtime}`}, beside ${against}`,
    least: Math.min(...ratios),
    most: Math.max(...ratios),
  };
}

function tableOf(groups: readonly Group[], beside: string): string {
  const lines = groups.map((group) => {
    const { section: { title, question }, runtime, against, reached } = group;
    const { least, most } = rangeOf(group);
    const [low, high] = [least, most].map((ratio) => `${ratio.toFixed(2)}×`) as [string, string];
    const link = `[${question}](#${title.toLowerCase().replaceAll(" ", "-")})`;
    return `| ${link}${runtime && ` ${runtime}`} | ${against} | ${
      low === high ? low : `${low} to ${high}`
    } | ${reached.filter(({ isMet }) => isMet).length} of ${reached.length} |`;
  });
  return `| Question | ${beside} | Digly takes | Goals reached |
| --- | --- | --- | --- |
${lines.join("\n")}
`;
}

function figuresOf(benchmarks: Results["benchmarks"]): string {
  const lines = FIGURES.map(([what, benchmark, title]) => {
    const table = benchmarks.find(({ name }) => name === benchmark)?.tables
      .find((one) => one.title === title);
    const digly = table?.rows[0];
    if (table === undefined || digly === undefined) {
      throw new Error(`Measure "${benchmark}" again: it has no table "${title}"`);
    }
    const rate = digly.requestsPerSecond;
    return `| ${what} | ${measureText(digly.median, table.unit)}${
      rate === undefined ? "" : `, ${format(rate)} requests/s of one core`
    } |`;
  });
  return `| | Digly |
| --- | --- |
${lines.join("\n")}
`;
}
