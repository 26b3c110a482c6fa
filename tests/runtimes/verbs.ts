/**
 * Every verb with every option of the command line, as one table: `verbs_test.ts` runs it on
 * every form of the program, and a unit test checks that no verb and no option is missing.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Ended } from "./forms.ts";

/** How one command line ends. The rows share a folder, which {@link FILES} are in. */
export interface Row {
  readonly args: readonly string[];
  readonly stdin?: string;
  /** 0 unless set. */
  readonly code?: number;
  /** What standard output is or looks like; nothing unless set. */
  readonly stdout?: string | RegExp;
  /** What standard error looks like; nothing unless set. */
  readonly stderr?: RegExp;
  /** Checks what the command left in the folder. */
  readonly then?: (folder: string, ended: Ended) => void;
}

/** Command lines that continue until a signal ends them. */
export interface EndlessRow {
  readonly args: readonly string[];
  /** Written to either stream when it is time for the signal. */
  readonly until: RegExp;
  readonly signal: NodeJS.Signals;
  readonly code: number | null;
  readonly stderr: RegExp;
}

/** The app that the rows work on. */
export const FILES: Readonly<Record<string, string>> = {
  "app/runtime.yaml": `name: Shop
version: 1.0.0
imports: [digly:console, digly:javascript, digly:core]
---
kind: Console.WriteLine
metadata: { name: Say }
$let: { first: env.FIRST }
output: { $include: say.yaml, $with: { one: first, two: env.BOTH } }
---
kind: JavaScript.Script
metadata: { name: Double }
code: "const main = (value) => ({ value: value * 2 });"
`,
  // `$with` reads its values as `$let` does: as expressions.
  "app/say.yaml": '"${one} ${two}"\n',
  "server/runtime.yaml": `name: Server
imports: [digly:http]
---
kind: Http.Server
metadata: { name: Main }
port: 0
health: true
`,
  "warned/runtime.yaml": `name: Warned
imports: [digly:console, digly:core]
---
kind: Variable
metadata: { name: Missing }
env: NOT_SET
---
kind: Console.WriteLine
metadata: { name: Say }
output: \${{ Variable.Missing }}
`,
  "app/shop.test.yaml": `kind: Test.Case
metadata: { name: Doubles }
app: .
env: { FIRST: "1" }
steps:
  - { execute: JavaScript.Script.Double, input: 21 }
  - { execute: Console.WriteLine.Say }
expect:
  - steps[0].result.value == 42
  - stdout == '1 2\\n'
`,
  "1.env": "FIRST=1\nBOTH=1\n",
  "2.env": "BOTH=2\n",
  "input.json": "21",
};

const ENV = ["--env-file", "1.env", "--env-file", "2.env"];
const LOAD = [
  ...ENV,
  "--allow-http",
  "--verbose",
  "--isolate-scripts",
  "--log-format",
  "text",
  "--log-level",
  "warn",
  "--limit",
  "nodes=2000000",
];
const TIMES = ["--boot-timeout", "20s", "--shutdown-timeout", "20s"];
const DOUBLE = "JavaScript.Script.Double";

const has = (path: string) => (folder: string) =>
  assert.ok(existsSync(join(folder, path)), `${path} was not written`);

/** A message of the Language Server Protocol. */
function frame(message: object): string {
  const text = JSON.stringify({ jsonrpc: "2.0", ...message });
  return `Content-Length: ${text.length}\r\n\r\n${text}`;
}

/** The rows, in the order in which they run; `releases` is where `upgrade` looks. */
export function rows(releases: string): readonly Row[] {
  return [
    {
      args: ["--version", "--verbose"],
      stdout: /^digly .*\ncommit .*\nruntime (node|deno|bun) .*\nplatform .*\n$/,
    },
    { args: ["help", "exec"], stdout: /^Usage: digly exec / },
    {
      // It fails before anything boots, so it adds no event.
      args: ["exec", "app", ...ENV, "JavaScript.Script.Doubel", "--debug"],
      code: 1,
      stderr:
        /^error\[ERR_RESOURCE_NOT_FOUND\]: .*\n {2}help: Did you mean "JavaScript\.Script\.Double"\?\n$/,
      then(folder) {
        const events = readFileSync(join(folder, ".digly-debug/events.jsonl"), "utf8");
        assert.doesNotMatch(events, /Runtime\.(?:Starting|Stopping)/);
      },
    },
    {
      args: [
        ...["run", "app", ...LOAD, ...TIMES, "--drain-delay", "0s"],
        ...["--debug", "--snapshot-on-exit"],
      ],
      stdout: "1 2\n",
      then(folder) {
        has(".digly-debug/events.jsonl")(folder);
        const snapshot = readFileSync(join(folder, ".digly-debug/snapshot.yaml"), "utf8");
        assert.match(snapshot, /Console\.WriteLine/);
      },
    },
    {
      args: ["events", "--type", "Runtime.*", "--since", "10m", "--format", "json"],
      stdout: /^\{.*"Runtime\.Starting".*\}\n[^]*"Runtime\.Stopped"/,
    },
    {
      args: [
        ...["events", ".digly-debug/events.jsonl"],
        ...["--resource", "Console.WriteLine.Say", "--summary"],
      ],
      stdout: /Console\.WriteLine\.Initialized/,
    },
    {
      args: ["app", ...ENV, "--debug-sync"],
      stdout: "1 2\n",
      then: has(".digly-debug/events.jsonl"),
    },
    {
      args: [
        ...["exec", "app", DOUBLE, "--input", "@input.json", ...LOAD, ...TIMES],
        ...["--debug", "--snapshot-on-exit"],
      ],
      stdout: '{"value":42}\n',
      then: has(".digly-debug/snapshot.yaml"),
    },
    {
      args: ["exec", "app", DOUBLE, "--input", "-", ...ENV, "--debug-sync"],
      stdin: "4",
      stdout: '{"value":8}\n',
    },
    {
      args: ["jobs", "list", "app", ...LOAD, ...TIMES, "--count", "5", "--format", "json"],
      code: 1,
      stderr: /The app has no durable jobs/,
    },
    ...[
      ["run", "app", ...ENV, "--role", "worker"],
      ["exec", "app", DOUBLE, ...ENV, "--role", "worker"],
    ].map((args) => ({ args, code: 1, stderr: /The app has no roles[^]*"worker"/ })),
    { args: ["check", "app", ...ENV, "--role", "worker"], code: 1, stderr: /The app has no roles/ },
    ...[
      ["cluster", "status", "app", ...LOAD, ...TIMES, "--format", "json"],
      ["events", "app", "--cluster", ...LOAD, ...TIMES],
    ].map((args) => ({ args, code: 1, stderr: /The app has no roles, so there are no other/ })),
    { args: ["expand", "app", ...LOAD], stdout: /^kind: Console\.WriteLine\n[^]*output: 1 2\n/ },
    { args: ["expand", "app", ...ENV, "--format", "json"], stdout: /^\[\{.*"output":"1 2"/ },
    {
      args: ["check", "app", ...LOAD, "--frozen", "--strict"],
      stderr: /^No problems in 2 resources and 1 test case\n(?:Code: .*\n)?$/,
    },
    {
      args: ["check", "warned", "--strict", "--format", "json"],
      code: 1,
      stdout: /^\{"ok":false,"diagnostics":\[\{"severity":"warning"/,
    },
    {
      args: ["check", "app", ...ENV, "--types", "--connect"],
      stdout: /^app\/runtime\.yaml:7:16: env\.FIRST: string$/m,
      stderr: /^No problems in 2 resources and 1 test case$/m,
    },
    { args: ["kinds"], stdout: /^Http\.Server [^]*^JavaScript\.Script /m },
    { args: ["kinds", "--errors"], stdout: /^# Errors[^]*HttpClient\.Timeout/m },
    {
      args: ["kinds", "app", "JavaScript.Script", ...LOAD, "--format", "json"],
      stdout: /^\{"kind":"JavaScript\.Script"/,
    },
    {
      args: ["schema", "app", ...LOAD, "--output", "schema.json"],
      stderr: /^Wrote schema\.json\./,
      then: has("schema.json"),
    },
    { args: ["init", "made"], stdout: /runtime\.yaml/, then: has("made/runtime.yaml") },
    {
      args: ["init", "tools", "--template", "tools"],
      stdout: /tools\.test\.yaml/,
      then: has("tools/tools.test.yaml"),
    },
    {
      args: ["init", "module", "--module"],
      stdout: /module\.yaml/,
      then: has("module/module.yaml"),
    },
    {
      args: ["init", "rust", "--module", "--language", "rust"],
      stdout: /Cargo\.toml/,
      then: has("rust/src/lib.rs"),
    },
    {
      args: [
        ...["test", "app", ...ENV, "--reporter", "tap", "--seed", "7", "--concurrency", "2"],
        ...["--coverage", "--coverage-lcov", "coverage/lcov.info"],
        ...["--filter", "doubles", "--allow-http", "--limit", "nodes=2000000", "--verbose"],
        "--isolate-scripts",
      ],
      stdout: /^TAP version 14\nok 1 - Doubles\n[^]*# seed 7\n$/,
      stderr: /^\nCoverage +resources +branches +not covered\n[^]*\n1 passed, 0 failed\n$/,
      then: has("coverage/lcov.info"),
    },
    {
      args: ["test", "app", "module", ...ENV],
      stdout: /✓ greets the person named in the input[^]*\n3 passed, 0 failed\n$/,
    },
    { args: ["fmt", "app", "--verbose"], stderr: /^0 files formatted, 2 unchanged\n$/ },
    { args: ["fmt", "--check", "-"], stdin: "a:   1\n", stdout: "a: 1\n" },
    {
      args: ["lsp", "--stdio", ...ENV, "--limit", "templateDepth=7"],
      stdin: [
        { id: 1, method: "initialize", params: { capabilities: {} } },
        { id: 2, method: "shutdown" },
        { method: "exit" },
      ].map(frame).join(""),
      stdout: /^Content-Length: \d+\r\n\r\n\{"jsonrpc":"2\.0","id":1,"result":\{"capabilities"/,
    },
    {
      args: ["eval", "app", "env.FIRST + n", ...LOAD, "--scope", '{"n":"!"}'],
      stdout: '"1!"\n',
    },
    { args: ["eval", "app", ...ENV], stdin: "1 + 1\n_ * 2\n", stdout: "2\n4\n" },
    {
      args: ["graph", "app", ...LOAD, "--format", "mermaid"],
      stdout: /^flowchart LR\n {2}r0\["Console\.WriteLine\.Say"\]/,
    },
    {
      args: ["diff", "app", "app", ...LOAD, "--format", "json"],
      stdout: '{"changes":[]}\n',
    },
    {
      args: ["diff", "app", "--from", "main", "--to", "main"],
      code: 2,
      stderr: /is not in a git repository/,
    },
    {
      args: ["bundle", "app", ...LOAD],
      stderr: /^Made Shop of /,
      then: (folder) => rmSync(join(folder, "Shop")),
    },
    {
      args: ["bundle", "app", "--output", "app"],
      code: 2,
      stderr: /The output "app" is a folder/,
    },
    {
      args: ["upgrade", "--from", releases, "--allow-http", "--format", "json"],
      stdout: /^\{"version":".*","newest":"99\.0\.0","current":false/,
    },
    {
      args: ["top", "app", "--count", "5", "--sort", "errors", "--format", "json"],
      code: 2,
      stderr: /^error\[ERR_USAGE\]: No app is inspected at app\n.*Run it with --inspect/,
    },
    {
      args: ["mcp", "app", ...LOAD],
      stdin: `${
        JSON.stringify({
          jsonrpc: "2.0",
          id: 1,
          method: "tools/call",
          params: { name: "execute", arguments: { urn: DOUBLE, input: 4 } },
        })
      }\n`,
      stdout: /"content":\[\{"type":"text","text":"\{\\"value\\":8\}"\}\]/,
    },
    { args: ["completions", "bash"], stdout: /digly __complete/ },
    {
      args: ["__complete", "exec", "app", ""],
      stdout: /^Console\.WriteLine\.Say\t.*\nJavaScript\.Script\.Double\t.*\n$/,
    },
  ];
}

/** What runs until a signal comes. */
export const ENDLESS: readonly EndlessRow[] = [
  {
    args: [
      ...["run", "server", "--watch", "--log-format=text"],
      ...["--inspect", "--inspect-port", "0"],
    ],
    until: /Listening on http:\/\/127\.0\.0\.1:\d+/,
    signal: "SIGTERM",
    code: 0,
    stderr: /kernel {2}SIGTERM: stopping\n/,
  },
  {
    args: ["test", "app", ...ENV, "--watch"],
    until: /Waiting for a change/,
    signal: "SIGINT",
    code: 0,
    stderr: /Waiting for a change/,
  },
  {
    args: ["dev", "app", ...ENV, "--role", "worker"],
    until: /waiting for a change/,
    signal: "SIGINT",
    code: 0,
    stderr: /The app has no roles/,
  },
  {
    args: [
      ...["dev", "app", ...LOAD, ...TIMES, "--drain-delay", "0s"],
      ...["--debug", "--debug-sync", "--snapshot-on-exit", "--inspect-port", "0"],
    ],
    until: /^1 2\n/,
    signal: "SIGINT",
    code: 0,
    // Log lines below the level `warn` are not written.
    stderr: /^$/,
  },
  {
    args: ["events", "--follow"],
    until: /Runtime\.Stopped/,
    signal: "SIGINT",
    code: 0,
    stderr: /^$/,
  },
];
