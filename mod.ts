/**
 * Digly: a declarative runtime. Resources in YAML, controllers in TypeScript.
 *
 * @module
 */
import { type CompileDataOptions, createCompile } from "./src/load/compile_data.ts";
import { requireOptions } from "./src/diagnostics/arguments.ts";
import { Kernel as CoreKernel } from "./src/kernel/kernel.ts";
import type { KernelOptions as CoreOptions } from "./src/kernel/options.ts";
import { embedded } from "./src/generated/embedded.ts";
import { hostPlatform } from "./src/platform/host.ts";
import { requirePatternClass, requireSchemaLibrary } from "./src/platform/schema_library.ts";
import { isMainModule } from "./src/platform/main_module.ts";

export type { CompileDataOptions } from "./src/load/compile_data.ts";
export type { Diagnostics, Warning } from "./src/contract/diagnostics.ts";
export {
  DiglyError,
  type ErrorCode,
  type ErrorDetails,
  isDiglyError,
  type Origin,
  type Related,
} from "./src/contract/errors.ts";
export type {
  EventListener,
  EventRecord,
  ExecutionPayload,
  KernelEvents,
} from "./src/contract/events.ts";
export type { KindDescription } from "./src/contract/kind_description.ts";
export type { Limits } from "./src/contract/limits.ts";
export type { LogLevel, LogRecord, LogSink } from "./src/contract/log.ts";
export type {
  ControllerContext,
  ModuleContext,
  ModuleCreateContext,
} from "./src/contract/contexts.ts";
export type {
  Controller,
  DiglyModule,
  KindDeclaration,
  ResourceInstance,
} from "./src/contract/module.ts";
export type { Validator, ValidatorOptions } from "./src/contract/validator.ts";
export type { Violation } from "./src/contract/violation.ts";
export type { Context, Execute, ExecutionOptions, Logger } from "./src/contract/execution.ts";
export type { Template } from "./src/contract/templates.ts";
export type { Platform } from "./src/contract/platform.ts";
export type {
  ResourceManifest,
  ResourceMetadata,
  RuntimeResource,
} from "./src/contract/resource.ts";
export type { Builtins } from "./src/kernel/options.ts";
export type { SnapshotOptions } from "./src/kernel/observers.ts";
export type { EventStream, EventStreamOptions } from "./src/observe/event_stream.ts";
export type { ResourceSnapshot, Snapshot } from "./src/observe/snapshot.ts";
export type { StopOptions, StopResult } from "./src/kernel/run/shutdown.ts";

const compileData = createCompile(requireSchemaLibrary, requirePatternClass);

/**
 * Runs the directives and evaluates the `${ }` of plain data: what comes out of `YAML.parse`
 * or `JSON.parse`. The input is never changed; what does not change is shared with it.
 * `${{ }}` come out as text.
 *
 * @example
 * compile({ $let: { port: "8000 + 80" }, url: "http://localhost:${port}" });
 * // { url: "http://localhost:8080" }
 *
 * @returns the compiled data; a list where a `$for` is the whole, `undefined` where an `$if`
 * leaves the whole out
 * @throws DiglyError for the first mistake
 */
export function compile(value: unknown, options?: CompileDataOptions): unknown {
  return compileData(value, options);
}

/** How a kernel works; everything has a default. */
export type KernelOptions = Partial<CoreOptions>;

/**
 * The runtime, on the platform this process runs on and with the built-in modules.
 *
 * @example
 * const kernel = new Kernel();
 * await kernel.load("./runtime.yaml");
 * await kernel.start();
 * console.log(await kernel.execute("JavaScript.Script.Greet", { name: "Ada" }));
 * await kernel.stop();
 */
export class Kernel extends CoreKernel {
  constructor(options?: KernelOptions) {
    const { platform = hostPlatform(), builtins = embedded, ...rest } = requireOptions(
      options,
      "options",
    );
    super({ platform, builtins, ...rest });
  }
}

declare const DIGLY_COMMIT: string | undefined;

// `deno run mod.ts` runs the program; programs that import the library do not load the command
// line. The build sets the constant, so the library in the package does not contain it either.
if (typeof DIGLY_COMMIT === "undefined" && isMainModule(import.meta)) {
  void import("./cli.ts").then(({ runCli }) => runCli());
}
