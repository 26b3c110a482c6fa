/**
 * Runs everything that a page shows, in the order of the page: files are written, and commands are
 * run. Each command of `digly` runs in one form, chosen by the page and the number of the command,
 * so that all forms take part and none shares the folder with another one. Those of one page, which
 * keep nothing, run in every form. A block after
 * `<!-- prints -->`, `<!-- prints to standard error -->` or `<!-- fails -->` is what the last command wrote to standard output, to standard error, or to
 * standard error when it failed. `UPDATE_SNAPSHOTS=1` writes the actual output to the page.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import {
  chooseForm,
  type Ended,
  type Form,
  forms,
  formsWithSqlite,
  root,
  run,
  tempApp,
  transcriptOf,
} from "./forms.ts";

const updating = process.env["UPDATE_SNAPSHOTS"] !== undefined;

const BLOCK =
  /(?:<!-- (file: (\S+)|prints|prints to standard error|fails) -->\n\n)?^```(\w+)\n([^]*?)^```$/gm;

/** The pages that are run; each of them in a workspace of its own. */
const PAGES = [
  "assertions.md",
  "auth.md",
  "data.md",
  "develop.md",
  "events.md",
  "files.md",
  "http.md",
  "isolation.md",
  "mcp.md",
  "modules.md",
  "openapi.md",
  "resilience.md",
  "schedule.md",
  "scripts.md",
  "testing.md",
];

for (const name of PAGES) describe(name, () => runPage(name, forms));
describe("concepts.md", () => runPage("concepts.md", forms, { inEveryForm: true }));
for (const name of ["kv.md", "pipelines.md", "queues.md", "sql.md"]) {
  describe(name, () => runPage(name, formsWithSqlite));
}

/** How a command ended, and what it was. */
interface Executed extends Ended {
  readonly title: string;
}

function runPage(name: string, forms: readonly Form[], { inEveryForm = false } = {}): void {
  const url = new URL(`../../docs/${name}`, import.meta.url);
  const page = readFileSync(url, "utf8");
  const workspace = createWorkspace();
  const updated = new Map<string, string>();
  let folder = workspace;
  let last: readonly Executed[] = [];
  let hasExitCode = false;
  let isCompared = true;
  let commands = 0;

  for (const { 0: whole, 1: mark, 2: file, 3: language, 4: text, index } of page.matchAll(BLOCK)) {
    // Requests and their answers are tested by http_doc_test.ts.
    if (language === "http") continue;
    const line = page.slice(0, index).split("\n").length;
    test(`line ${line}: ${mark ?? language}`, async () => {
      if (file !== undefined) write(workspace, file, text!);
      else if (mark !== undefined) compare(mark, text!, `${index} ${whole}`);
      else {
        assert.equal(language, "sh", "a block is a file, commands, or what commands write");
        for (const command of text!.trimEnd().split("\n")) await execute(command);
      }
    });
  }

  test("its last command ends well", assertUnlessCompared);

  const hasTypeScript = page.includes("```ts\n");
  if (hasTypeScript) {
    test("its TypeScript fits the types of digly/module", async () => {
      write(
        workspace,
        "tsconfig.json",
        JSON.stringify({
          extends: `${root}tsconfig.json`,
          compilerOptions: { types: ["node"], isolatedDeclarations: false, declaration: false },
          include: ["**/*.ts"],
        }),
      );
      const ended = await shell(["tsc", "-p", "."], workspace, workspace);
      assert.equal(ended.code, 0, report({ ...ended, title: "tsc" }));
    });
  }

  /** A command whose output the page does not show has to succeed. */
  function assertUnlessCompared(): void {
    if (isCompared) return;
    for (const ended of last) assert.equal(ended.code, 0, report(ended));
  }

  /** Runs one command; a comment `# ends with exit code 3` says how it ends. */
  async function execute(line: string): Promise<void> {
    const [command = "", comment = ""] = line.split(/\s+# /);
    const [program = "", ...args] = words(command);
    assertUnlessCompared();
    isCompared = program === "cd";
    if (program === "cd") {
      folder = join(folder, args[0]!);
    } else if (program === "digly") {
      const used = inEveryForm ? forms : [chooseForm(`${name} ${++commands}`, forms)];
      last = await Promise.all(
        used.map(async (form) => ({
          ...await run(form, args, { cwd: folder }),
          title: `${command} (${form.name})`,
        })),
      );
    } else {
      last = [{ ...await shell([program, ...args], folder, workspace), title: command }];
      for (const ended of last) assert.equal(ended.code, 0, report(ended));
    }
    const code = /exit code (\d+)/.exec(comment)?.[1];
    hasExitCode = code !== undefined;
    if (code !== undefined) {
      isCompared = true;
      for (const ended of last) assert.equal(ended.code, +code, report(ended));
    }
  }

  function compare(mark: string, text: string, block: string): void {
    isCompared = true;
    const outputs = last.map((ended) => {
      // What a command that says how it ends prints may be about a failure.
      if (mark !== "prints to standard error" && !hasExitCode) {
        assert.equal(ended.code, mark === "fails" ? 1 : 0, report(ended));
      }
      const text = mark === "prints" ? ended.stdout : ended.stderr;
      // How long a test took differs from run to run.
      return text.trimEnd().replaceAll(/\(\d+ ms\)/g, "(1 ms)") + "\n";
    });
    if (updating) updated.set(block, outputs[0]!);
    const expected = updating ? outputs[0]! : text;
    outputs.forEach((output, at) => {
      if (output !== expected) assert.equal(output, expected, report(last[at]!, expected));
    });
  }

  after(() => {
    if (!updating) return;
    writeFileSync(
      url,
      page.replace(BLOCK, (whole, _mark, _file, _language, text: string, index: number) => {
        const output = updated.get(`${index} ${whole}`);
        return output === undefined
          ? whole
          : whole.replace(`text\n${text}\`\`\``, () => `text\n${output}\`\`\``);
      }),
    );
  });
}

/** What a command did, for whoever reads about a failure. */
function report(ended: Executed, expected?: string): string {
  const wanted = expected === undefined ? [] : [`--- expected\n${expected}`];
  return [ended.title, ...wanted, transcriptOf(ended)].join("\n");
}

/** A folder as `npm install digly` leaves it. */
function createWorkspace(): string {
  const workspace = tempApp();
  write(workspace, "package.json", '{ "private": true, "type": "module" }');
  mkdirSync(join(workspace, "node_modules"));
  symlinkSync(root.replace(/\/$/, ""), join(workspace, "node_modules", "digly"), "dir");
  for (const name of [".bin", "@types", "typescript"]) {
    symlinkSync(`${root}node_modules/${name}`, join(workspace, "node_modules", name), "dir");
  }
  return workspace;
}

function write(workspace: string, file: string, text: string): void {
  const path = join(workspace, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Splits a command line as a shell does, quotes removed. */
function words(line: string): string[] {
  return Array.from(
    line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g),
    ([, single, double, bare]) => (single ?? double ?? bare)!,
  );
}

/** Runs a program of the clone, or npm without a registry. */
function shell(
  [program, ...args]: readonly string[],
  cwd: string,
  home: string,
): Promise<Ended> {
  const child = spawn(program!, args, {
    cwd,
    env: {
      PATH: `${root}node_modules/.bin${delimiter}${process.env["PATH"]}`,
      HOME: home,
      npm_config_offline: "true",
      npm_config_update_notifier: "false",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const streams = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => streams[name] += text);
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, ...streams }));
  });
}
