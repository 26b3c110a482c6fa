/**
 * Everything docs/modules.md shows, in the order it stands there: files are written, commands are
 * run, those of `digly` in every form. A block after `<!-- prints -->`, `<!-- tells -->` or
 * `<!-- fails -->` is what the last command wrote: to standard output, to standard error, or to
 * standard error as it failed. `UPDATE_SNAPSHOTS=1` writes what comes out.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { after, test } from "node:test";
import { type Ended, forms, root, run, tempApp } from "./forms.ts";

const BLOCK = /(?:<!-- (file: (\S+)|prints|tells|fails) -->\n\n)?^```(\w+)\n([^]*?)^```$/gm;

const url = new URL("../../docs/modules.md", import.meta.url);
const page = readFileSync(url, "utf8");
const workspace = tempApp();
let folder = workspace;
let last: readonly Ended[] = [];

// What `npm install digly` leaves in a folder.
write("package.json", '{ "private": true, "type": "module" }');
mkdirSync(join(workspace, "node_modules"));
symlinkSync(root.replace(/\/$/, ""), join(workspace, "node_modules", "digly"), "dir");
for (const name of [".bin", "@types", "typescript"]) {
  symlinkSync(`${root}node_modules/${name}`, join(workspace, "node_modules", name), "dir");
}

const updating = process.env["UPDATE_SNAPSHOTS"] !== undefined;
const updated = new Map<string, string>();
for (const { 0: whole, 1: mark, 2: file, 3: language, 4: text, index } of page.matchAll(BLOCK)) {
  const line = page.slice(0, index).split("\n").length;
  test(`line ${line}: ${mark ?? language}`, async () => {
    if (file !== undefined) write(file, text!);
    else if (mark !== undefined) compare(mark, text!, `${index} ${whole}`);
    else {
      assert.equal(language, "sh", "a block is a file, commands, or what commands write");
      for (const command of text!.trimEnd().split("\n")) await execute(command);
    }
  });
}

test("the TypeScript of the page fits the types of digly/module", async () => {
  write(
    "tsconfig.json",
    JSON.stringify({
      extends: `${root}tsconfig.json`,
      compilerOptions: { types: ["node"], isolatedDeclarations: false, declaration: false },
      include: ["**/*.ts"],
    }),
  );
  const { code, stdout } = await shell(["tsc", "-p", "."], workspace);
  assert.equal(code, 0, stdout);
});

function write(file: string, text: string): void {
  const path = join(workspace, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Runs one command; a comment `# ends with exit code 3` says how it ends. */
async function execute(line: string): Promise<void> {
  const [command = "", comment = ""] = line.split(/\s+# /);
  const [program = "", ...args] = words(command);
  if (program === "cd") {
    folder = join(folder, args[0]!);
  } else if (program === "digly") {
    // What it writes is not overwritten, so once is enough.
    const asked = args[0] === "init" ? forms.slice(0, 1) : forms;
    last = await Promise.all(asked.map((form) => run(form, args, { cwd: folder })));
  } else {
    last = [await shell([program, ...args], folder)];
    assert.equal(last[0]!.code, 0, last[0]!.stdout + last[0]!.stderr);
  }
  const code = /exit code (\d+)/.exec(comment)?.[1];
  if (code !== undefined) assert.deepEqual(last.map((ended) => ended.code), forms.map(() => +code));
}

function compare(mark: string, text: string, block: string): void {
  const outputs = last.map(({ code, stdout, stderr }) => {
    if (mark !== "tells") assert.equal(code, mark === "fails" ? 1 : 0, stderr);
    return (mark === "prints" ? stdout : stderr).trimEnd() + "\n";
  });
  if (updating) updated.set(block, outputs[0]!);
  const expected = updating ? outputs[0]! : text;
  outputs.forEach((output, at) => assert.equal(output, expected, forms[at]!.name));
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

/** Splits a command line as a shell does, quotes removed. */
function words(line: string): string[] {
  return Array.from(
    line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g),
    ([, single, double, bare]) => (single ?? double ?? bare)!,
  );
}

/** Runs a program of the clone, or npm without a registry. */
function shell([program, ...args]: readonly string[], cwd: string): Promise<Ended> {
  const child = spawn(program!, args, {
    cwd,
    env: {
      PATH: `${root}node_modules/.bin${delimiter}${process.env["PATH"]}`,
      HOME: workspace,
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
