/** Draws a table as an SVG bar chart. */
import type { Table } from "../bench/measure.ts";

const LABELS = 220;
const BARS = 380;
const NUMBERS = 120;
const BAR = 22;
const GAP = 10;

/** The chart of a table: one bar per row, Digly's first. */
export function barChart({ title, unit, rows }: Table): string {
  const longest = Math.max(...rows.map(({ median }) => median));
  const height = rows.length * (BAR + GAP) + GAP;
  const bars = rows.map(({ name, median }, index) => {
    const y = GAP + index * (BAR + GAP);
    const length = Math.max(2, median / longest * BARS).toFixed(1);
    const middle = y + BAR / 2 + 4;
    const number = median >= 100 ? Math.round(median).toLocaleString("en") : median.toPrecision(3);
    return `  <text x="${LABELS - 10}" y="${middle}" text-anchor="end">${escape(name)}</text>
  <rect x="${LABELS}" y="${y}" width="${length}" height="${BAR}" rx="3" fill="${
      index === 0 ? "#0f766e" : "#94a3b8"
    }"/>
  <text x="${LABELS + Number(length) + 8}" y="${middle}">${number} ${unit}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${
    LABELS + BARS + NUMBERS
  }" height="${height}" font-family="system-ui, sans-serif" font-size="13" fill="#334155">
  <title>${escape(title)}</title>
  <rect width="100%" height="100%" fill="#fff"/>
${bars.join("\n")}
</svg>
`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
