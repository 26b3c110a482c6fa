/**
 * Goldens: each file of `tests/cases/` is an app, a line of dashes, and what comes of it: its
 * resources as registered and resolved, its warnings and errors as people see them, or, where
 * the first line says `# show: events`, the events of its life.
 * `UPDATE_SNAPSHOTS=1` writes what comes out below the line.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { stringify } from "yaml";
import { renderError, renderWarning } from "../../src/cli/report.ts";
import { isDiglyError } from "../../src/contract/errors.ts";
import { Kernel } from "../../src/kernel.ts";
import { embedded } from "../../src/modules/embedded.ts";
import { memoryPlatform } from "../../src/platform/memory.ts";
import { collect } from "./documents.ts";

const folder = new URL("../cases/", import.meta.url);
const LINE = "----------------------------------------\n";

/** What apps without a manifest of their own start with: a module of inert kinds. */
const MANIFEST = "name: App\ndefinitions: [/test.yaml]\n---\n";
const DEFINITIONS = ["Thing", "Other"].map((kind) =>
  `kind: Runtime.Definition\nmetadata: { name: ${kind}, resourceKind: ${kind}, module: Test }\n`
).concat(
  "kind: Runtime.Definition\nmetadata: { name: Later, resourceKind: Later, module: Test }\nscope: [request]\n",
).join("---\n");

/** Files of an app: `# file: name` begins a further one after `runtime.yaml`. */
function filesOf(input: string): Record<string, string> {
  const [first, ...rest] = input.split(/^# file: (\S+)\n/m);
  const files: Record<string, string> = {
    "/test.yaml": DEFINITIONS,
    "/app/runtime.yaml": /^name:/m.test(first!) ? first! : MANIFEST + first,
  };
  for (let i = 0; i < rest.length; i += 2) files[`/app/${rest[i]}`] = rest[i + 1]!;
  return files;
}

async function outcome(input: string): Promise<string> {
  const platform = memoryPlatform({
    files: filesOf(input),
    env: { STAGE: "prod", PORT: "9000" },
    cwd: "/app",
  });
  const diagnostics = collect();
  const showsEvents = input.startsWith("# show: events\n");
  const kernel = new Kernel({
    platform,
    builtins: embedded,
    ...(showsEvents ? {} : { diagnostics, checking: true }),
  });
  const events: string[] = [];
  kernel.on("*", (_, { event, resource, module }) => {
    events.push([event, resource ?? module].filter(Boolean).join(" "));
  });
  const rendering = { color: false, verbose: false, cwd: platform.toPath(platform.cwd()) };
  try {
    await kernel.load("runtime.yaml");
    if (showsEvents) {
      await kernel.start();
      await kernel.stop();
      return events.join("\n") + "\n";
    }
    if (diagnostics.errors.length === 0) await kernel.verify();
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    diagnostics.error(error);
    if (showsEvents) return [...events, ""].join("\n") + renderError(error, rendering);
  }
  const told = [
    ...diagnostics.warnings.map((warning) => renderWarning(warning, rendering)),
    ...diagnostics.errors.map((error) => renderError(error, rendering)),
  ];
  if (diagnostics.errors.length > 0) return told.join("\n");
  const resources = kernel.redact(kernel.resources()).map(({ kind, metadata, ...fields }) => {
    const { uri: _uri, generationDepth: _depth, ...written } = metadata;
    return { kind, metadata: written, ...fields };
  });
  const text = resources.map((one) => stringify(JSON.parse(JSON.stringify(one)))).join("---\n");
  return [...told, text].join("\n");
}

for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
  if (!path.endsWith(".txt")) continue;
  test(path.replace(/\.txt$/, ""), async () => {
    const url = new URL(path, folder);
    const [input, expected] = readFileSync(url, "utf8").split(LINE) as [string, string?];
    const actual = await outcome(input);
    if (process.env["UPDATE_SNAPSHOTS"]) writeFileSync(url, input + LINE + actual);
    else assert.equal(actual, expected);
  });
}
