/**
 * Writes the pages that are made from the program itself: `docs/errors.md` from the error table
 * and one real mistake for each code, `docs/kinds.md` and the pages in
 * `docs/kinds` from the built-in definitions, `docs/limits.md` from the table of limits.
 * `--check` only says whether they are current.
 */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { cliHost } from "../cli.ts";
import { main } from "../src/cli/main.ts";
import type { KindDescription } from "../src/contract/kind_description.ts";
import { DEFAULT_LIMITS, formatLimit, isLimitName } from "../src/contract/limits.ts";
import type { Output } from "../src/contract/platform.ts";
import { hostPlatform } from "../src/platform/host.ts";
import { root } from "./build/command.ts";
import { kindPages } from "./docs/kind_pages.ts";
import { cell, fenced } from "./docs/markdown.ts";
import { ERROR_EXAMPLES, type ErrorExample } from "./docs/error_examples.ts";

/** What a run of the program left. */
interface Ended {
  readonly exitCode: number;
  readonly output: string;
}

const decoder = new TextDecoder();
const introduction = (name: string) => readFileSync(`${root}scripts/docs/${name}`, "utf8");

const pages = {
  "errors.md": await errorsPage(),
  "limits.md": limitsPage(),
  ...kindPages(await builtinKinds(), introduction("kinds_introduction.md")),
};
const isChecking = process.argv.includes("--check");
let isStale = false;
mkdirSync(`${root}docs/kinds`, { recursive: true });
for (const name of readdirSync(`${root}docs/kinds`).map((file) => `kinds/${file}`)) {
  if (Object.hasOwn(pages, name)) continue;
  if (isChecking) reportStale(name);
  else rmSync(`${root}docs/${name}`);
}
for (const [name, text] of Object.entries(pages)) {
  const path = `${root}docs/${name}`;
  if (!isChecking) writeFileSync(path, text);
  else if (!existsSync(path) || readFileSync(path, "utf8") !== text) reportStale(name);
}
// Controllers that hang on purpose are still there.
process.exit(isStale ? 1 : 0);

function reportStale(name: string): void {
  console.error(`docs/${name} is stale: run npm run docs`);
  isStale = true;
}

async function errorsPage(): Promise<string> {
  const source = readFileSync(root + "src/contract/errors.ts", "utf8");
  const table = source.slice(source.indexOf("export interface ErrorDetails"));
  const meanings = Array.from(
    table.slice(0, table.indexOf("\n}")).matchAll(
      /\/\*\*((?:(?!\*\/)[^])*)\*\/\n {2}(ERR_\w+)/g,
    ),
    ([, comment = "", code = ""]) => ({
      code,
      meaning: comment.replaceAll(/\s+(?:\* )?/g, " ").trim(),
    }),
  );
  const codes = Object.keys(ERROR_EXAMPLES);
  const missing = codes.filter((code) => !meanings.some((one) => one.code === code));
  if (missing.length > 0) throw new Error(`No comment says what ${missing.join(", ")} means`);
  const sections: string[] = [];
  for (const { code, meaning } of meanings) {
    const example = ERROR_EXAMPLES[code as keyof typeof ERROR_EXAMPLES];
    const { exitCode, output } = await runExample(example);
    if (!output.includes(`error[${code}]`)) throw new Error(`Not ${code}:\n${output}`);
    sections.push(errorSection(code, meaning, example, { exitCode, output }));
  }
  return `${introduction("errors_introduction.md")}\n${sections.join("\n")}`;
}

function errorSection(
  code: string,
  meaning: string,
  { args = ["check", "."], files }: ErrorExample,
  { exitCode, output }: Ended,
): string {
  const texts = Object.entries(files).filter(([, text]) => text !== "").map(([path, text]) =>
    `\`${path}\`:\n\n${fenced(languageOf(path), text)}`
  );
  return [
    `## ${code}\n`,
    `${meaning}\n`,
    ...texts,
    `\`digly ${args.join(" ")}\` prints, and exits with ${exitCode}:\n`,
    fenced("text", output),
  ].join("\n");
}

/** Runs the program over the files of an example. */
async function runExample({ args = ["check", "."], stdout, files }: ErrorExample): Promise<Ended> {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), "digly-docs-")));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(cwd, path)), { recursive: true });
      writeFileSync(join(cwd, path), text);
    }
    process.chdir(cwd);
    const { exitCode, output } = stdout === undefined
      ? await digly(args)
      : diglyInto(stdout, args.slice(0, -2));
    // What differs from machine to machine is the place, the runtime and the time.
    const shown = output.replaceAll(cwd, "/shop").replaceAll(process.versions.node, "24.0.0")
      .split("\n").filter((line) => !line.startsWith('{"time"')).join("\n");
    return { exitCode, output: shown };
  } finally {
    process.chdir(root);
    rmSync(cwd, { recursive: true });
  }
}

/** Runs the command line, in this process, since most of the time would go into starts. */
async function digly(args: readonly string[]): Promise<Ended> {
  let output = "";
  const written: Output = {
    isTerminal: false,
    write: (text) => void (output += typeof text === "string" ? text : decoder.decode(text)),
  };
  const env = { NO_COLOR: "1" };
  const platform = { ...hostPlatform(), env, stdout: written, stderr: written };
  return { exitCode: await main(args, cliHost(platform)), output };
}

/** Runs the program with a standard output of its own. */
function diglyInto(stdout: string, args: readonly string[]): Ended {
  const file = openSync(stdout, "w");
  const { status, stderr } = spawnSync(process.execPath, [root + "mod.ts", ...args], {
    env: { NO_COLOR: "1" },
    stdio: ["ignore", file, "pipe"],
    encoding: "utf8",
  });
  closeSync(file);
  return { exitCode: status ?? -1, output: stderr };
}

function limitsPage(): string {
  const source = readFileSync(root + "src/contract/limits.ts", "utf8");
  const table = source.slice(source.indexOf("export interface Limits"));
  const rows = Array.from(
    table.slice(0, table.indexOf("\n}")).matchAll(/\/\*\* (.*?) \*\/\n {2}readonly (\w+)/g),
    ([, meaning = "", name = ""]) => {
      if (!isLimitName(name)) throw new Error(`${name} has no default`);
      const value = formatLimit(name, DEFAULT_LIMITS[name]);
      const shown = /^\d+$/.test(value) ? Number(value).toLocaleString("en") : value;
      return `| \`${name}\` | ${shown} | ${cell(meaning)} |`;
    },
  );
  if (rows.length !== Object.keys(DEFAULT_LIMITS).length) throw new Error("A limit has no comment");
  const head = ["| limit | default | what it bounds |", "| --- | --- | --- |"];
  return `${introduction("limits_introduction.md")}\n${[...head, ...rows].join("\n")}\n`;
}

async function builtinKinds(): Promise<KindDescription[]> {
  const { stdout } = await kindsAsJson();
  return (JSON.parse(stdout) as { kinds: KindDescription[] }).kinds;
}

/** Every kind of an app that imports all built-in modules. */
async function kindsAsJson(): Promise<{ stdout: string }> {
  const files = {
    "runtime.yaml": `name: App
imports: [digly:std]
`,
  };
  const { exitCode, output } = await runExample({
    args: ["kinds", ".", "--format", "json"],
    files,
  });
  if (exitCode !== 0) throw new Error(output);
  return { stdout: output };
}

function languageOf(path: string): string {
  return path.endsWith(".js") ? "js" : "yaml";
}
