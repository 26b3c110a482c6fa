/** Runs the benchmarks: all of them, or `npm run bench -- <name>`. */
import { readdirSync } from "node:fs";
import process from "node:process";

const folder = new URL("../bench/", import.meta.url);
const names = readdirSync(folder).filter((file) => file.endsWith(".ts") && file !== "measure.ts")
  .map((file) => file.replace(/\.ts$/, "")).sort();
const [wanted] = process.argv.slice(2);
if (wanted !== undefined && !names.includes(wanted)) {
  console.error(`There is no benchmark "${wanted}"; there are ${names.join(", ")}`);
  process.exit(2);
}
for (const name of wanted === undefined ? names : [wanted]) {
  await import(new URL(`${name}.ts`, folder).href);
}
