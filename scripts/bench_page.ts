/** What was measured, as text for a terminal and as the page `docs/performance.md`. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { type Goal, ratio, type Row, type Table } from "../bench/measure.ts";
import { barChart } from "./bench_chart.ts";
import type { Results } from "./bench_results.ts";
import { SECTIONS } from "./bench_sections.ts";

const docs = new URL("../docs/", import.meta.url);

/** One table for a terminal. */
export function tableAsText(table: Table): string {
  const width = Math.max(...table.rows.map(({ name }) => name.length));
  const lines = table.rows.map((row) =>
    [
      `  ${row.name.padEnd(width)}`,
      `${format(row.median).padStart(8)} ${table.unit}`,
      `(${format(row.lowest)}–${format(row.highest)})`.padEnd(20),
      ...(row.requestsPerSecond === undefined
        ? []
        : [`${format(row.requestsPerSecond).padStart(8)} requests/s`]),
      row === table.rows[0] ? "" : `digly: ${times(table, row)}`,
    ].join("  ").trimEnd()
  );
  const goals = (table.goals ?? []).map((goal) => `  ${describeGoal(table, goal)}`);
  const note = table.note === undefined ? [] : [`  ${table.note}`];
  return [table.title, ...lines, ...goals, ...note, ""].join("\n");
}

/** Writes the page and its charts. */
export function writePage({ date, commit, machine, runtimes, benchmarks }: Results): void {
  const charts = new URL("performance/", docs);
  rmSync(charts, { recursive: true, force: true });
  mkdirSync(charts);
  const parts = [
    `# Performance

How fast Digly is beside the programs that you would otherwise write or use.

## How to read this page

- Every section answers one question with a chart and its numbers: the median, with the lowest and highest
  value in brackets. The first line of a table is Digly.
- **Digly takes** compares: 1.36× means that Digly takes 1.36 times as much time or memory as that line, and
  0.75× that it takes three quarters. For messages a second, where more is better, 2× means twice as many.
- Trust the ratios more than the numbers. All lines of a table are measured in turns, so the ratios hold on a
  machine whose speed changes, and on other machines.
- A goal is what Digly means to reach. Goals that are not reached are listed, too.
- To repeat a section, run \`npm run build -- --host\` and then \`npm run bench -- <name>\`, with the name that
  the section begins with. \`npm run bench:guard\` measures the ratios again and fails if one got worse by
  more than half. Every pull request runs it.

Sections are measured one by one, not all of them on the same machine. The latest measurement is of ${date}, at
commit ${commit}, on ${machine}, with ${runtimes}.

## At a glance

How much Digly takes beside the program that matters most for each question, from its best to its worst
table.

${summary(benchmarks)}`,
  ];
  for (const { name, tables } of benchmarks) {
    const { title, text, isOneTable = false } = SECTIONS[name] ??
      { title: capitalized(name), text: "" };
    parts.push(`## ${title}\n`, `\`npm run bench -- ${name}\`${text && `\n\n${text}`}\n`);
    if (isOneTable) {
      parts.push(asOneTable(tables));
      continue;
    }
    for (const [index, table] of tables.entries()) {
      const file = `${name}-${index + 1}.svg`;
      writeFileSync(new URL(file, charts), barChart(table));
      parts.push(tableAsMarkdown(table, `performance/${file}`));
    }
  }
  writeFileSync(new URL("performance.md", docs), parts.join("\n"));
}

function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function tableAsMarkdown(table: Table, chart: string): string {
  const rows = table.rows.map((row) =>
    `| ${row.name} | ${format(row.median)} (${format(row.lowest)}–${format(row.highest)}) | ${
      row === table.rows[0] ? "" : times(table, row)
    } |`
  );
  const goals = (table.goals ?? []).map((goal) => `- ${describeGoal(table, goal)}`);
  return `### ${table.title}

![${table.title}](${chart})

| | ${table.unit} | Digly ${table.unit === "messages/s" ? "reaches" : "takes"} |
| --- | --- | --- |
${rows.join("\n")}
${goals.length === 0 ? "" : `\n${goals.join("\n")}\n`}${
    table.note === undefined ? "" : `\n${table.note}\n`
  }`;
}

/** A line for each section and peer that a goal is about. */
function summary(benchmarks: Results["benchmarks"]): string {
  const lines = benchmarks.flatMap(({ name, tables }) => {
    const title = SECTIONS[name]?.title ?? capitalized(name);
    const link = `[${title}](#${title.toLowerCase().replaceAll(" ", "-")})`;
    const groups = new Map<string, { runtime: string; against: string; reached: Reached[] }>();
    for (const table of tables) {
      // The titles of several runtimes begin with the runtime.
      const runtime = /^([^:`]+): /.exec(table.title)?.[1] ?? "";
      for (const goal of table.goals ?? []) {
        const { against } = goal;
        const key = `${runtime} ${against}`;
        const group = groups.get(key) ?? { runtime, against, reached: [] };
        group.reached.push(reachedOf(table, goal));
        groups.set(key, group);
      }
    }
    return Array.from(groups.values(), ({ runtime, against, reached }) => {
      const ratios = reached.map(({ ratio }) => ratio);
      const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((one) => one.toFixed(2));
      return `| ${link}${runtime && `, ${runtime}`} | ${against} | ${
        least === most ? `${least}×` : `${least}× to ${most}×`
      } | ${reached.filter(({ isMet }) => isMet).length} of ${reached.length} |`;
    });
  });
  return `| Question | Beside | Digly takes | Goals reached |
| --- | --- | --- | --- |
${lines.join("\n")}
`;
}

/** A line for each pair of CPU times, Digly's and the one it is compared with. */
function asOneTable(tables: readonly Table[]): string {
  const lines = tables.map(({ title, rows }) => {
    const [digly, byHand] = rows.map(({ median }) => median) as [number, number];
    const added = digly - byHand;
    return `| ${title} | ${format(1e6 / digly)} | ${format(1e6 / byHand)} | ${
      added > 0 ? `${format(added)} µs` : "nothing"
    } |`;
  });
  return `| | calls/s with Digly | calls/s by hand | Digly adds |
| --- | --- | --- | --- |
${lines.join("\n")}
`;
}

/** How a goal was met. */
interface Reached {
  readonly ratio: number;
  readonly isMet: boolean;
}

function reachedOf(table: Table, { against, atMost, atLeast }: Goal): Reached {
  // A goal names a row of its table.
  const row = table.rows.find(({ name }) => name === against)!;
  const reached = ratio(table, row);
  return { ratio: reached, isMet: reached >= (atLeast ?? 0) && reached <= (atMost ?? Infinity) };
}

function describeGoal(table: Table, goal: Goal): string {
  const { against, atMost, atLeast } = goal;
  const { ratio, isMet } = reachedOf(table, goal);
  const limit = Number((atMost ?? atLeast ?? 0).toFixed(2));
  const wanted = `at ${atMost === undefined ? "least" : "most"} ${limit}×`;
  return `Goal: ${wanted} "${against}": ${isMet ? "reached" : "not reached"}, ${ratio.toFixed(2)}×`;
}

function times(table: Table, row: Row): string {
  return `${ratio(table, row).toFixed(2)}×`;
}

/** A number with three digits that count. */
function format(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
