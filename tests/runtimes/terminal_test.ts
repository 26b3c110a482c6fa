/**
 * A terminal, which `script` of util-linux provides: progress is shown and removed, lines are
 * completed and come back with the arrow keys, and Ctrl-C gives up a line.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { type Form, ofEachRuntime, type Running, start, tempApp } from "./forms.ts";

const MODULE = "name: Slow\nversion: 1.0.0\n";

/** Answers with an empty module when it is told to. */
let answer: (() => void)[] = [];
const server = createServer((_request, response) => {
  answer.push(() => response.setHeader("content-type", "text/yaml").end(MODULE));
});

before(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
after(() => server.close());

/** What `script` needs to run a command: each word in quotes. */
function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

/** Starts a form in a terminal of its own. */
function inTerminal(form: Form, args: readonly string[], cwd: string): Running {
  const words = [...form.command, ...args];
  return start({ name: form.name, command: ["script", "-qec", quoted(words), "/dev/null"] }, [], {
    cwd,
    env: { TERM: "xterm", NO_COLOR: "1" },
    stdin: "open",
  });
}

const isMissing = process.platform !== "linux" || spawnSync("script", ["--version"]).status !== 0;

describe("a terminal", { skip: isMissing && "script of util-linux is not there" }, () => {
  for (const form of ofEachRuntime) {
    test(form.name, async () => {
      const { port } = server.address() as AddressInfo;
      const cwd = tempApp({
        "runtime.yaml": `name: App
imports: [digly:console, http://127.0.0.1:${port}/module.yaml]
---
kind: Console.WriteLine
metadata: { name: Hello }
output: Hi
`,
      });
      answer = [];
      const running = inTerminal(form, ["eval", "runtime.yaml"], cwd);
      let seen = 0;
      /** Types something, and waits until what follows matches. */
      const type = async (text: string, ...expected: RegExp[]) => {
        running.write(text);
        for (const pattern of expected) {
          const [found] = await running.waitFor(
            new RegExp(`^[^]{${seen}}[^]*?(?:${pattern.source})`),
          );
          seen = found.length;
        }
      };
      await type("", /\r.\[2KReading files: 0/);
      for (const send of answer.splice(0)) send();
      await type("", /\r.\[2K[^]*WARN_NOT_PINNED[^]*> /);
      await type("Console.WriteLine.Hel\t", /Console\.WriteLine\.Hello/);
      await type(".out\t", /\.output/);
      await type("\r", /"Hi"\r\n/, /> /);
      await type("\x1b[A", /Console\.WriteLine\.Hello\.output/);
      await type("\r", /"Hi"\r\n/, /> /);
      await type("{'name': _}\r", /\{\r\n {2}"name": "Hi"\r\n\}\r\n/, /> /);
      await type("_.na\t", /_\.name/);
      await type(".up\t", /\.upperAscii/);
      await type("()\r", /"HI"\r\n/, /> /);
      await type("what is", /what is/);
      await type("\x03", /\^C\r\n/, /> /);
      await type("1 + 1\r", /\r\n2\r\n/, /> /);
      await type("nobody\r", /Unknown name "nobody"/, /help: /, /> /);
      running.write("\x04");
      const { code, stdout } = await running.exited;
      assert.equal(code, 0, stdout);
    });
  }
});

describe(
  "digly top on a terminal",
  { skip: isMissing && "script of util-linux is not there" },
  () => {
    for (const form of ofEachRuntime) {
      test(form.name, async (t) => {
        const names = Array.from(
          { length: 9 },
          (_, index) => `A-resource-with-a-long-name-${index}`,
        );
        const cwd = tempApp({
          "runtime.yaml": `name: App
imports: [digly:javascript, digly:schedule]
resources: [resources.yaml]
`,
          "resources.yaml": names.map((name) =>
            `kind: JavaScript.Script
metadata: { name: ${name} }
code: function main() { return 1; }
---
kind: Schedule.Every
metadata: { name: ${name} }
every: 100ms
execute: JavaScript.Script.${name}
`
          ).join("---\n"),
        });
        const app = start(form, ["run", "--inspect", "runtime.yaml"], { cwd });
        t.after(async () => {
          app.kill("SIGTERM");
          await app.exited;
        });
        const [address] = await app.waitFor(/http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+/);
        const small = ["sh", "-c", 'stty rows 8 columns 60; exec "$@"', "sh"];
        const top = inTerminal(
          { ...form, command: [...small, ...form.command] },
          ["top", address],
          cwd,
        );
        // The first screen with as many resources as there is room for.
        const text = "(?:(?!.\\[H)[^])*?";
        const [, screen = ""] = await top.waitFor(
          new RegExp(`.\\[H.\\[2J(${text}(?: initialised${text}){4})(?=.\\[H)`),
        );
        const lines = screen.replaceAll("\r", "").trimEnd().split("\n");
        assert.equal(lines.length, 7, screen);
        for (const line of lines) assert.ok(line.length <= 60, line);
        assert.match(lines[3]!, /^…\S{13}-\d +initialised/);
        top.write("\x03");
        await top.exited;
      });
    }
  },
);
