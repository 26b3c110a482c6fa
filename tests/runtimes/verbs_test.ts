/** Runs every verb with every option on every form of the program, the forms side by side. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, describe, test } from "node:test";
import { type Form, forms, root, run, start, tempApp } from "./forms.ts";
import { ENDLESS, type EndlessRow, FILES, type Row, rows } from "./verbs.ts";

const releases = createServer((request, response) => {
  if (request.url === "/VERSION") response.end("99.0.0\n");
  else response.writeHead(404).end();
});
await new Promise<void>((done) => releases.listen(0, "127.0.0.1", done));
const { port } = releases.address() as AddressInfo;

after(() => {
  releases.closeAllConnections();
  releases.close();
});

describe("every verb and option", { concurrency: 2 }, () => {
  for (const form of forms) {
    test(form.name, async (t) => {
      const folder = tempApp(FILES);
      for (const row of rows(`http://127.0.0.1:${port}`)) {
        await t.test(`digly ${row.args.join(" ")}`, () => runRow(form, row, folder));
      }
      for (const row of ENDLESS) {
        await t.test(`digly ${row.args.join(" ")}, ${row.signal}`, () => endRow(form, row, folder));
      }
    });
  }
});

async function runRow(form: Form, row: Row, cwd: string): Promise<void> {
  const ended = await run(form, row.args, {
    cwd,
    ...(row.stdin === undefined ? {} : { stdin: row.stdin }),
    // `bundle` needs a Bun beside the forms that are not one.
    env: { PATH: `${root}node_modules/.bin:/usr/bin:/bin` },
  });
  const transcript = `--- stdout\n${ended.stdout}\n--- stderr\n${ended.stderr}`;
  assert.equal(ended.code, row.code ?? 0, transcript);
  assertText(ended.stdout, row.stdout ?? "", transcript);
  assertText(ended.stderr, row.stderr ?? "", transcript);
  row.then?.(cwd, ended);
}

async function endRow(form: Form, row: EndlessRow, cwd: string): Promise<void> {
  const program = start(form, row.args, { cwd });
  await program.waitFor(row.until, 60_000);
  program.kill(row.signal);
  const { code, stderr } = await program.exited;
  assert.equal(code, row.code, stderr);
  assert.match(stderr, row.stderr);
}

function assertText(text: string, expected: string | RegExp, transcript: string): void {
  if (typeof expected === "string") assert.equal(text, expected, transcript);
  else assert.match(text, expected, transcript);
}
