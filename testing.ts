/// <reference lib="esnext.disposable" preserve="true" />
/**
 * `digly/testing`: boots an app in a test and records what happens. It works with any test
 * runner, on Node, Deno and Bun.
 *
 * @module
 */
import { checkOptions, requirePath } from "./src/diagnostics/arguments.ts";
import { isPlainObject, wrongArgument } from "./src/contract/wrong_argument.ts";
import { fail } from "./src/contract/errors.ts";
import type { EventRecord } from "./src/contract/events.ts";
import type { LogRecord } from "./src/contract/log.ts";
import type { ExecutionOptions, Fake } from "./src/contract/execution.ts";
import type { DiglyModule } from "./src/contract/module.ts";
import { didYouMean } from "./src/diagnostics/nearest.ts";
import { Kernel, type KernelOptions, type StopResult } from "./mod.ts";
import { hostPlatform } from "./src/platform/host.ts";
import { fetchFromApp } from "./src/testing/app_fetch.ts";
import { overlayPlatform } from "./src/testing/overlay.ts";
import { TestClock } from "./src/testing/test_clock.ts";

export { TestClock };
export type { Fake };

/**
 * What the app under test is made of.
 *
 * @example
 * const options: TestAppOptions = { path: "runtime.yaml", env: { STAGE: "test" }, serve: false };
 */
export interface TestAppOptions {
  /** The path or `file:` URL of a runtime.yaml, or of a folder that holds one. */
  readonly path?: string | URL;
  /** Instead of a path: the text of the runtime.yaml, as if it lay in the working directory. */
  readonly manifest?: string;
  /** Texts of further files, by path from the working directory; they hide those on the disk. */
  readonly files?: Readonly<Record<string, string>>;
  /** Modules in code. */
  readonly modules?: readonly DiglyModule[];
  /** The environment that the app sees; empty unless given. */
  readonly env?: Readonly<Record<string, string>>;
  /** False to boot without listening, as `digly exec` does; true unless given. */
  readonly serve?: boolean;
  /**
   * Functions that are executed instead of resources, by URN. The resources are not created, and
   * controllers that nothing else needs are not imported; inputs are validated as usual.
   */
  readonly fakes?: Readonly<Record<string, Fake>>;
  /** The time and timers that controllers see as `ctx.clock`; the real ones unless given. */
  readonly clock?: TestClock;
  /** Makes `ctx.random()` and the trace ids the same in every run. */
  readonly seed?: number;
  /** Further options of the kernel. */
  readonly kernel?: KernelOptions;
}

/**
 * A booted app.
 *
 * @example
 * const total = (app: TestApp): Promise<unknown> => app.execute("Sql.Query.Total");
 */
export interface TestApp extends AsyncDisposable {
  readonly kernel: Kernel;
  /** Every event so far, in order. */
  readonly events: readonly EventRecord[];
  /** Every log line so far, in order. */
  readonly logs: readonly LogRecord[];
  /** Names of the events so far, with the resource they are about: `Kind.Initialized Kind.Name`. */
  story(): string[];
  /** Executes a resource. */
  execute(urn: string, input?: unknown, options?: ExecutionOptions): Promise<unknown>;
  /**
   * Answers a request through the routes of the app's `Http.Server`, without a port: also with
   * `serve: false`, or if the port is in use. A path goes to the first server, a URL to the one
   * with its port or host.
   */
  fetch(request: Request | URL | string, init?: RequestInit): Promise<Response>;
  /**
   * Resolves with the first event of this name, also one that has been emitted before, for which
   * `where` is true. Rejects with `ERR_ABORTED` after `timeoutMs`, 5,000 unless given.
   */
  waitFor(
    event: string,
    where?: (record: EventRecord) => boolean,
    timeoutMs?: number,
  ): Promise<EventRecord>;
  /** Stops the app; `await using` does it as well. */
  stop(): Promise<StopResult>;
}

/**
 * Boots an app; resolves when it has started. Throws the `DiglyError` that `digly run` would
 * show when it does not.
 *
 * @example
 * const app = await bootApp({
 *   manifest: `
 *     name: Test
 *     imports: [digly:javascript]
 *     ---
 *     kind: JavaScript.Script
 *     metadata: { name: Double }
 *     code: "function main(n) { return n * 2 }"
 *   `,
 * });
 * console.log(await app.execute("JavaScript.Script.Double", 21));
 * await app.stop();
 */
export async function bootApp(options: TestAppOptions): Promise<TestApp> {
  checkTestOptions(options);
  const { path, manifest, files = {}, modules = [], env = {}, serve = true } = options;
  const host = hostPlatform();
  const texts = manifest === undefined ? files : { ...files, "runtime.yaml": outdent(manifest) };
  const platform = overlayPlatform(host, texts);
  const logs: LogRecord[] = [];
  const kernel = new Kernel({
    platform,
    env,
    serve,
    log: (record) => void logs.push(record),
    ...pick(options, ["fakes", "clock", "seed"]),
    ...options.kernel,
  });
  const events: EventRecord[] = [];
  kernel.on("*", (_payload, record) => void events.push(record));
  for (const module of modules) kernel.register(module);
  await kernel.load(path ?? "runtime.yaml");
  await kernel.start();
  const stop = () => kernel.stop();
  return {
    kernel,
    events,
    logs,
    story: () => events.map(({ event, resource }) => resource ? `${event} ${resource}` : event),
    execute: (urn, input, ctx) => kernel.execute(urn, input, ctx),
    fetch: (request, init) => fetchFromApp(kernel, request, init),
    waitFor: (event, where, timeoutMs) => waitForEvent(kernel, events, event, where, timeoutMs),
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

const OPTION_TYPES = {
  files: "object",
  modules: "object",
  env: "object",
  serve: "boolean",
  kernel: "object",
  fakes: "object",
  clock: "object",
  seed: "number",
  manifest: "string",
} as const;

/** Throws `ERR_USAGE` for options that are none: tests in JavaScript have no compiler to tell. */
function checkTestOptions(options: TestAppOptions): void {
  if (!isPlainObject(options)) throw wrongArgument("options", "an object", options);
  const { path, ...others }: TestAppOptions = options;
  checkOptions(others, OPTION_TYPES, "options");
  const { manifest, files = {}, env = {}, modules = [] } = others;
  if (path !== undefined) requirePath(path, "options.path");
  if (!Array.isArray(modules)) throw wrongArgument("options.modules", "a list", modules);
  checkTexts("files", files);
  checkTexts("env", env);
  if (path !== undefined || manifest !== undefined || files["runtime.yaml"] !== undefined) return;
  throw fail("ERR_USAGE", { problem: "There is no app to boot" }, {
    help: "Give `path`, or the text of a runtime.yaml as `manifest`",
  });
}

function checkTexts(name: string, texts: Readonly<Record<string, unknown>>): void {
  for (const [key, text] of Object.entries(texts)) {
    if (text === undefined || typeof text === "string") continue;
    throw wrongArgument(`options.${name}.${key}`, "a string", text);
  }
}

/** Takes away the indentation that all lines share, so that manifests may stand in code. */
function outdent(text: string): string {
  const lines = text.replace(/^\s*\n/, "").split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const shared = Math.min(...indents);
  return lines.map((line) => line.slice(Math.min(shared, line.length))).join("\n");
}

/** The members of `source` that are set. */
function pick<Source extends object, Key extends keyof Source>(
  source: Source,
  keys: readonly Key[],
): Partial<Pick<Source, Key>> {
  const picked: Partial<Pick<Source, Key>> = {};
  for (const key of keys) if (source[key] !== undefined) picked[key] = source[key];
  return picked;
}

/** How long {@link TestApp.waitFor} waits unless told, in milliseconds. */
const PATIENCE_MS = 5_000;

function waitForEvent(
  kernel: Kernel,
  events: readonly EventRecord[],
  event: string,
  where: (record: EventRecord) => boolean = () => true,
  timeoutMs = PATIENCE_MS,
): Promise<EventRecord> {
  const past = events.find((record) => record.event === event && where(record));
  if (past !== undefined) return Promise.resolve(past);
  return new Promise((resolve, reject) => {
    const end = kernel.on(event, (_payload, record) => {
      try {
        if (where(record)) settle(() => resolve(record));
      } catch (error) {
        settle(() => reject(error));
      }
    });
    const timer = setTimeout(() => settle(() => reject(late())), timeoutMs);
    const settle = (act: () => void) => {
      clearTimeout(timer);
      end();
      act();
    };
    const late = () => {
      const names = new Set(events.map((record) => record.event));
      const count = events.filter((record) => record.event === event).length;
      const problem = count === 0
        ? `The event ${event} was not emitted within ${timeoutMs} ms`
        : `None of ${count} events ${event} was the one that was waited for, in ${timeoutMs} ms`;
      return fail("ERR_ABORTED", { problem, isLate: true }, {
        help: count === 0 ? didYouMean(event, names) : undefined,
      });
    };
  });
}
