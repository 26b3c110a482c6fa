/**
 * Writes the pages that are made from the program itself: `docs/errors.md` from the error table
 * and one real mistake for each code, `docs/kinds.md` from the built-in definitions,
 * `docs/limits.md` from the table of limits.
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
import { fieldsOf } from "../src/cli/kinds/schema_fields.ts";
import type { KindDescription } from "../src/contract/kind_description.ts";
import { DEFAULT_LIMITS, formatLimit, isLimitName } from "../src/contract/limits.ts";
import type { Output } from "../src/contract/platform.ts";
import { hostPlatform } from "../src/platform/host.ts";
import { root } from "./build/command.ts";
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
  "kinds.md": await kindsPage(),
  "limits.md": limitsPage(),
};
let isStale = false;
for (const [name, text] of Object.entries(pages)) {
  const path = `${root}docs/${name}`;
  if (!process.argv.includes("--check")) writeFileSync(path, text);
  else if (readFileSync(path, "utf8") !== text) {
    console.error(`docs/${name} is stale: run npm run docs`);
    isStale = true;
  }
}
// Controllers that hang on purpose are still there.
process.exit(isStale ? 1 : 0);

async function errorsPage(): Promise<string> {
  const source = readFileSync(root + "src/contract/errors.ts", "utf8");
  const table = source.slice(source.indexOf("export interface ErrorDetails"));
  const meanings = Array.from(
    table.slice(0, table.indexOf("\n}")).matchAll(/\/\*\* (.*?) \*\/\n {2}(ERR_\w+)/g),
    ([, meaning, code]) => ({ code: code!, meaning: meaning!.replace(/ \(decision D-\d+\)/, "") }),
  );
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
    ([, meaning, name]) => {
      if (!isLimitName(name!)) throw new Error(`${name} has no default`);
      const value = formatLimit(name, DEFAULT_LIMITS[name]);
      const shown = /^\d+$/.test(value) ? Number(value).toLocaleString("en") : value;
      return `| \`${name}\` | ${shown} | ${cell(meaning!)} |`;
    },
  );
  if (rows.length !== Object.keys(DEFAULT_LIMITS).length) throw new Error("A limit has no comment");
  const head = ["| limit | default | what it bounds |", "| --- | --- | --- |"];
  return `${introduction("limits_introduction.md")}\n${[...head, ...rows].join("\n")}\n`;
}

async function kindsPage(): Promise<string> {
  const { stdout } = await kindsAsJson();
  const kinds = (JSON.parse(stdout) as { kinds: KindDescription[] }).kinds;
  return `${introduction("kinds_introduction.md")}\n${kinds.map(kindSection).join("\n")}`;
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

function kindSection(kind: KindDescription): string {
  const { module, events, scope, schema, description, example, type } = kind;
  const providedBy = type === "runtime"
    ? "Available in every app."
    : `Provided by \`${importOf(module)}\`.`;
  const may = scope === "*"
    ? " Its expressions may use any name."
    : scope.length === 0
    ? ""
    : ` Its expressions may use ${scope.map(code).join(", ")}.`;
  const emits = events.length === 0
    ? ""
    : ` It emits ${events.map((event) => code(`${kind.kind}.${event}`)).join(", ")}.`;
  return [
    `## ${kind.kind}\n`,
    `${description ?? ""} ${providedBy}${may}${emits}\n`.trimStart(),
    fieldTable(schema),
    fenced("yaml", example ?? ""),
  ].join("\n");
}

/** The import of a built-in module, whose folder may be written differently: `digly:http-client`. */
function importOf(module: string): string {
  const modules = `${root}src/modules/`;
  const folder = readdirSync(modules).find((name) =>
    existsSync(`${modules}${name}/module.yaml`) &&
    readFileSync(`${modules}${name}/module.yaml`, "utf8").startsWith(`name: ${module}\n`)
  );
  if (folder === undefined) throw new Error(`${module} is not a built-in module`);
  return `digly:${folder}`;
}

function fieldTable(schema: unknown): string {
  const fields = fieldsOf(schema);
  if (fields.length === 0) return "It has no fields besides `kind` and `metadata`.\n";
  const rows = fields.map(({ path, type, required, default: value, description = "" }) => {
    const facts = [type, required ? "required" : "", value === undefined ? "" : `default ${value}`];
    return `| \`${path}\` | ${cell(facts.filter(Boolean).join(", "))} | ${cell(description)} |`;
  });
  return ["| field | type | |", "| --- | --- | --- |", ...rows, ""].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function code(text: string): string {
  return `\`${text}\``;
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text.trimEnd()}\n\`\`\`\n`;
}

function languageOf(path: string): string {
  return path.endsWith(".js") ? "js" : "yaml";
}
