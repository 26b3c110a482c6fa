/** `digly test` and `digly check` over files in memory, with the built-in modules. */
import { embedded } from "../../../src/generated/embedded.ts";
import { main } from "../../../src/cli/main.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";
import { testHost } from "../cli/command.ts";

/** An app with a route and two scripts, one of which needs a database. */
export const SHOP = `name: Shop
imports: [digly:http, digly:javascript]
---
kind: Http.Server
metadata: { name: Main }
mounts: [{ path: /v1, type: Http.Api.Hello }]
---
kind: Http.Api
metadata: { name: Hello }
routes:
  - request: { path: /hello, method: GET }
    response: { body: { ok: true, stage: "\${env.STAGE}" } }
  - request: { path: /echo, method: POST, schema: { body: {} } }
    response: { status: 201, body: "\${{ request.body }}" }
---
kind: JavaScript.Script
metadata: { name: Greet }
inputSchema: { name: string }
code: |
  async function main({ name }, { execute, log, emit }) {
    const users = await execute("JavaScript.Script.Users");
    await emit("Greeted", { name });
    log.info("Greeted");
    return { text: "Hello " + name + "!", users };
  }
---
kind: JavaScript.Script
metadata: { name: Users }
code: function main() { throw new Error("no database"); }
`;

/** How a command ended; times and ids of traces are left out. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line over `files` in `/app`, which has {@link SHOP} in it. */
export async function digly(
  args: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<Ended> {
  const all = Object.entries({ "runtime.yaml": SHOP, ...files });
  const platform = memoryPlatform({
    files: Object.fromEntries(all.map(([path, text]) => [`/app/${path}`, text])),
    cwd: "/app",
  });
  const code = await main(args, testHost(platform, embedded));
  const plain = (text: string) =>
    text.replaceAll(/\(\d+ ms\)/g, "(0 ms)").replaceAll(/(time=")[\d.]+/g, "$10")
      .replaceAll(/duration_ms: \d+/g, "duration_ms: 0")
      .replaceAll(/"traceparent":"[^"]*"/g, '"traceparent":"…"');
  return { code, stdout: plain(platform.stdoutText()), stderr: plain(platform.stderrText()) };
}

/** A test case of the app in the folder; `fields` are lines of YAML. */
export function testCase(name: string, fields: string): string {
  return `kind: Test.Case\nmetadata: { name: ${name} }\napp: .\nenv: { STAGE: test }\n${fields}\n`;
}
