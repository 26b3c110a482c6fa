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

How fast Digly is beside the programs that you would otherwise write or use. Every case runs in turn
with its peers, so trust the ratios more than the numbers: they hold on a machine whose speed changes.
Shown are medians, with the lowest and highest values in brackets.

Charts were last measured on ${date} at commit ${commit}, on ${machine}, with ${runtimes}. To repeat a
section, run \`npm run build -- --host\` and \`npm run bench -- <name>\`; every section names its
benchmark. \`npm run bench:guard\` measures again and fails when a ratio got much worse, which every
pull request does.
`,
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

| | ${table.unit} | Digly is |
| --- | --- | --- |
${rows.join("\n")}
${goals.length === 0 ? "" : `\n${goals.join("\n")}\n`}${
    table.note === undefined ? "" : `\n${table.note}\n`
  }`;
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

function describeGoal(table: Table, { against, atMost, atLeast }: Goal): string {
  // A goal names a row of its table.
  const row = table.rows.find(({ name }) => name === against)!;
  const reached = ratio(table, row);
  const met = reached >= (atLeast ?? 0) && reached <= (atMost ?? Infinity);
  const limit = Number((atMost ?? atLeast ?? 0).toFixed(2));
  const wanted = `at ${atMost === undefined ? "least" : "most"} ${limit}×`;
  return `Goal: ${wanted} "${against}": ${met ? "reached" : "not reached"}, ${times(table, row)}`;
}

function times(table: Table, row: Row): string {
  return `${ratio(table, row).toFixed(2)}×`;
}

/** A number with three digits that count. */
function format(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
