/** What was measured, as the page `docs/performance.md`. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import type { Row, Table } from "../bench/measure.ts";
import { barChart } from "./bench_chart.ts";
import { glanceAt } from "./bench_glance.ts";
import type { Circumstances, Results } from "./bench_results.ts";
import { inOrder, sectionOf } from "./bench_sections.ts";
import { describeGoal, format, times } from "./bench_text.ts";

const docs = new URL("../docs/", import.meta.url);

/** The page, and its charts by the names of their files. */
export interface Page {
  readonly text: string;
  readonly charts: ReadonlyMap<string, string>;
}

/** Writes the page and its charts. */
export function writePage(results: Results): void {
  const folder = new URL("performance/", docs);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const { text, charts } = renderPage(results);
  for (const [file, chart] of charts) writeFileSync(new URL(file, folder), chart);
  writeFileSync(new URL("performance.md", docs), text);
}

/** The page of these results. */
export function renderPage(results: Results): Page {
  const benchmarks = inOrder(results.benchmarks);
  const { chart, figures, peers, own, reached } = glanceAt(benchmarks);
  const charts = new Map([["glance.svg", chart]]);
  const parts = [
    `# Performance

How fast Digly is beside the programs that you would otherwise write or use.

## At a glance

${figures}
This is how much CPU time, elapsed time or memory Digly takes beside the program that matters most for each
question, from its best to its worst table. 1.2× means that Digly takes 1.2 times as much, and 0.8× that it takes four fifths.

![How much Digly takes beside other programs](performance/glance.svg)

${peers}
These compare Digly with itself: whether ten times as many resources cost more for each of them, and whether
what an app does not use is free.

${own}
A goal is what Digly means to reach. ${reached} Each section lists its goals, those that are not
reached included.

## How to read this page

- Every section answers one question with charts and their numbers: the median, with the lowest and highest
  value in brackets. The first line of a table is Digly, and **Digly takes** compares it with the others. For
  messages a second, where more is better, 2× means twice as many.
- Trust the ratios more than the numbers. All lines of a table are measured in turns, so the ratios hold on a
  machine whose speed changes, and on other machines.
- Sections are measured one by one. Each says when, at which commit, and on what machine.
- To repeat a section, run \`npm run build -- --host\` and then \`npm run bench -- <name>\`, with the name that
  the section begins with. \`npm run bench:guard\` measures the ratios again and fails if one got worse by
  more than half. Every pull request runs it.
`,
  ];
  for (const { name, tables, ...circumstances } of benchmarks) {
    const { title, text, isOneTable = false } = sectionOf(name);
    parts.push(`## ${title}\n`, `${describeCircumstances(name, circumstances)}\n\n${text}\n`);
    if (isOneTable) {
      parts.push(asOneTable(tables));
      continue;
    }
    for (const [index, table] of tables.entries()) {
      const file = `${name}-${index + 1}.svg`;
      charts.set(file, barChart(table));
      parts.push(tableAsMarkdown(table, `performance/${file}`));
    }
  }
  return { text: parts.join("\n"), charts };
}

function describeCircumstances(
  name: string,
  { date, commit, machine, runtimes }: Circumstances,
): string {
  return `\`npm run bench -- ${name}\`, measured on ${date} at commit ${commit}, on ${machine}, with ${runtimes}`;
}

function tableAsMarkdown(table: Table, chart: string): string {
  const hasRates = table.rows.some(({ requestsPerSecond }) => requestsPerSecond !== undefined);
  const inMegabytes = table.unit === "bytes" && table.rows.every(({ median }) => median >= 1e6);
  const unit = inMegabytes ? "MB" : table.unit;
  const shown = (value: number) => format(inMegabytes ? value / 1e6 : value);
  const rows = table.rows.map((row) => {
    const { name, median, lowest, highest, requestsPerSecond } = row;
    const rate = requestsPerSecond === undefined ? "" : format(requestsPerSecond);
    return `| ${name} | ${shown(median)} (${shown(lowest)}–${shown(highest)}) | ${
      comparison(table, row)
    } |${hasRates ? ` ${rate} |` : ""}`;
  });
  const goals = (table.goals ?? []).map((goal) => `- ${describeGoal(table, goal)}`);
  return `### ${table.title}

![${table.title}](${chart})

| | ${unit} | Digly ${table.unit === "messages/s" ? "reaches" : "takes"} |${
    hasRates ? " requests/s |" : ""
  }
| --- | --- | --- |${hasRates ? " --- |" : ""}
${rows.join("\n")}
${goals.length === 0 ? "" : `\n${goals.join("\n")}\n`}${
    table.note === undefined ? "" : `\n${table.note}\n`
  }`;
}

/** What Digly takes beside a row, or where each case has one of its own beside it, this case beside that one. */
function comparison(table: Table, row: Row): string {
  if (table.pairs === undefined) return row === table.rows[0] ? "" : times(table, row);
  const other = table.rows.find(({ name }) => name === table.pairs?.[row.name]);
  return other === undefined ? "" : `${(row.median / other.median).toFixed(2)}× ${other.name}`;
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
