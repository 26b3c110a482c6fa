/** Apps in memory: manifests as text, controllers as objects. */
import type { EventRecord } from "../../src/contract/events.ts";
import type { LogRecord } from "../../src/contract/log.ts";
import type { Controller } from "../../src/contract/module.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import type { KernelOptions } from "../../src/kernel/options.ts";
import { type MemoryPlatform, memoryPlatform } from "../../src/platform/memory.ts";

/** What an app is made of. */
export interface AppOptions extends Partial<KernelOptions> {
  /** Documents of resources; they follow the manifest in `runtime.yaml`. */
  readonly resources: string;
  /** Imports of the manifest beside `./test`. */
  readonly imports?: readonly string[];
  /** Lines of the manifest beside `name` and the imports of `kinds`. */
  readonly manifest?: string;
  /** Controllers by kind of the module `Test`: `{ "Thing": { create() {…} } }`. */
  readonly kinds?: Readonly<Record<string, Controller>>;
  /** Further lines of the definitions, by kind. */
  readonly definitions?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

/** A kernel and what was recorded of it. */
export interface RecordedApp {
  readonly kernel: Kernel;
  readonly platform: MemoryPlatform;
  readonly logs: readonly LogRecord[];
  readonly events: readonly EventRecord[];
  /** Event names with the resource they are about: `Test.Thing.Initialized Test.Thing.a`. */
  readonly story: () => string[];
}

/** A kernel over an app, with its events and log lines recorded. */
export function app(options: AppOptions): RecordedApp {
  const {
    resources,
    imports = [],
    manifest = "",
    kinds = {},
    definitions = {},
    files = {},
    ...rest
  } = options;
  const names = [...new Set([...Object.keys(kinds), ...Object.keys(definitions)])];
  const all: Record<string, string | Uint8Array> = {
    "/app/runtime.yaml": `name: App\nimports: [${
      ["./test", ...imports].join(", ")
    }]\n${manifest}\n---\n${resources}`,
    "/app/test/module.yaml": `name: Test\nversion: 1.0.0\ndefinitions:\n${
      names.map((name) => `  - ${name}.yaml`).join("\n") || "  []"
    }\n`,
    ...files,
  };
  const modules: Record<string, Controller> = {};
  for (const name of names) {
    const controller = kinds[name];
    const controllers = controller === undefined
      ? ""
      : `controllers: [{ runtime: node, entrypoint: ./${name}.ts }]\n`;
    all[`/app/test/${name}.yaml`] =
      `kind: Runtime.Definition\nmetadata: { name: ${name}, resourceKind: ${name} }\n${controllers}${
        definitions[name] ?? ""
      }\n`;
    if (controller === undefined) continue;
    all[`/app/test/${name}.ts`] = "";
    modules[`/app/test/${name}.ts`] = controller;
  }
  const platform = memoryPlatform({
    files: all,
    modules,
    env: { GREETING: "hello" },
    cwd: "/app",
  });
  const logs: LogRecord[] = [];
  const kernel = new Kernel({
    platform,
    builtins: { files: {}, controllers: {} },
    log: (record) => void logs.push(record),
    ...rest,
  });
  const events: EventRecord[] = [];
  kernel.on("*", (_, record) => void events.push(record));
  const story = () =>
    events.map(({ event, resource }) => resource ? `${event} ${resource}` : event);
  return { kernel, platform, logs, events, story };
}

/** A document of kind `Test.<kind>`. */
export function resource(kind: string, name: string, fields = ""): string {
  return `kind: Test.${kind}\nmetadata: { name: ${name} }\n${fields}\n`;
}
