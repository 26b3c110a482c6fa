/** Draws tables as SVG charts. */
import type { Table } from "../bench/measure.ts";
import { measureText } from "./bench_text.ts";

/** Most labels fit in it, so the bars of most charts begin in one line. */
const LABELS = 220;
const BARS = 380;
const NUMBERS = 130;
const BAR = 22;
const GAP = 10;
const OURS = "#0f766e";
const THEIRS = "#94a3b8";
const WORSE = "#b45309";

/** The width of a letter: labels are not measured, and most letters are narrower. */
const LETTER = 7;

/** What a ratio was, from the best to the worst of its tables. */
export interface Range {
  readonly label: string;
  readonly least: number;
  readonly most: number;
}

/** The chart of a table: one bar per row, Digly's first. */
export function barChart({ title, unit, rows, pairs }: Table): string {
  const longest = Math.max(...rows.map(({ median }) => median));
  const labels = labelWidth(rows.map(({ name }) => name));
  const bars = rows.map(({ name, median }, index) => {
    const { y, middle } = lineAt(index);
    const length = Math.max(2, median / longest * BARS).toFixed(1);
    const isOurs = index === 0 || pairs?.[name] !== undefined || name.startsWith("digly");
    return `  <text x="${labels - 10}" y="${middle}" text-anchor="end">${escape(name)}</text>
  <rect x="${labels}" y="${y}" width="${length}" height="${BAR}" rx="3" fill="${
      isOurs ? OURS : THEIRS
    }"/>
  <text x="${labels + Number(length) + 8}" y="${middle}">${measureText(median, unit)}</text>`;
  });
  return draw(title, labels + BARS + NUMBERS, heightOf(rows.length), bars);
}

/** A chart of ratios on a logarithmic scale: left of the line of 1 Digly takes less, right of it more. */
export function ratioChart(title: string, ranges: readonly Range[]): string {
  const labels = labelWidth(ranges.map(({ label }) => label));
  const widest = Math.max(
    2,
    ...ranges.flatMap(({ least, most }) => [least, most, 1 / least, 1 / most]),
  );
  const center = labels + BARS / 2;
  const at = (ratio: number) => center + Math.log(ratio) / Math.log(widest) * BARS / 2;
  const bars = ranges.map(({ label, least, most }, index) => {
    const { y, middle } = lineAt(index + 1);
    const [left, right] = [at(least) - 2, at(most) + 2];
    const color = most <= 1 ? OURS : least >= 1 ? WORSE : THEIRS;
    const text = least.toFixed(2) === most.toFixed(2)
      ? `${least.toFixed(2)}×`
      : `${least.toFixed(2)}× to ${most.toFixed(2)}×`;
    return `  <text x="${labels - 10}" y="${middle}" text-anchor="end">${escape(label)}</text>
  <rect x="${left.toFixed(1)}" y="${y}" width="${
      (right - left).toFixed(1)
    }" height="${BAR}" rx="3" fill="${color}"/>
  <text x="${labels + BARS + 12}" y="${middle}">${text}</text>`;
  });
  const height = heightOf(ranges.length + 1);
  return draw(title, labels + BARS + NUMBERS, height, [
    `  <text x="${center - 12}" y="${lineAt(0).middle}" text-anchor="end">Digly takes less</text>`,
    `  <text x="${center + 12}" y="${lineAt(0).middle}">Digly takes more</text>`,
    `  <line x1="${center}" y1="${GAP}" x2="${center}" y2="${height - GAP}" stroke="${THEIRS}"/>`,
    ...bars,
  ]);
}

function draw(title: string, width: number, height: number, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="#334155">
  <title>${escape(title)}</title>
  <rect width="100%" height="100%" fill="#fff"/>
${parts.join("\n")}
</svg>
`;
}

function lineAt(index: number): { readonly y: number; readonly middle: number } {
  const y = GAP + index * (BAR + GAP);
  return { y, middle: y + BAR / 2 + 4 };
}

function heightOf(lines: number): number {
  return lines * (BAR + GAP) + GAP;
}

function labelWidth(labels: readonly string[]): number {
  return Math.max(LABELS, 24 + LETTER * Math.max(...labels.map(({ length }) => length)));
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
