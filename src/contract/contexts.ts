/** What controllers receive. */
import type { AppFile } from "./app_file.ts";
import type { NameUse, Problem } from "./check.ts";
import type { Clock } from "./clock.ts";
import type { Origin } from "./errors.ts";
import type { EventListener, EventName, PayloadOf } from "./events.ts";
import type { Dispatch, Execute, InterceptMatch, Interceptor, Logger } from "./execution.ts";
import type { MetricFamily, ModuleMetrics } from "./metrics.ts";
import type { ResourceDescription } from "./resource_description.ts";
import type { ObserveWork } from "./observed_work.ts";
import type { Path, ResourceManifest, RuntimeResource } from "./resource.ts";
import type { TextPart } from "./source.ts";
import type { Leadership, LeadershipEvents } from "./transport.ts";
import type { Expression, Late, Template, TextParts } from "./templates.ts";
import type { Validator, ValidatorOptions } from "./validator.ts";

/**
 * What `register` gets, once per module or controller.
 *
 * @example
 * export function register(ctx: ControllerContext): void {
 *   ctx.once("Runtime.Started", () => void ctx.emit("Ready", { version: ctx.module.version }));
 * }
 */
export interface ControllerContext {
  /** The module this controller belongs to. */
  readonly module: { readonly name: string; readonly version: string | undefined };
  readonly log: Logger;
  /** Aborted when the runtime begins to stop. */
  readonly signal: AbortSignal;
  /** False under `digly exec`, where servers must not listen. */
  readonly serve: boolean;
  /** The time and timers; those of the test under a test clock. */
  readonly clock: Clock;
  /** A random number from 0 to 1, excluding 1; the same ones in every test run with the same `seed`. */
  random(): number;
  /**
   * Listens to events by name; `*` is all of them, `Http.*` all that start with `Http.`. Ends with
   * the resource, or when the returned function is called.
   */
  on<const Name extends string>(
    event: EventName<Name>,
    listener: EventListener<PayloadOf<Name>>,
  ): () => void;
  /** Listens to the next event of that name. */
  once<const Name extends string>(
    event: EventName<Name>,
    listener: EventListener<PayloadOf<Name>>,
  ): () => void;
  off(event: string, listener: EventListener<never>): void;
  /**
   * Runs `around` around executions, whoever starts them. The interceptor that was registered first
   * is the outermost. Ends with the resource, or when the returned function is called.
   */
  intercept(match: InterceptMatch, around: Interceptor): () => void;
  /** Creates metrics, which end with the resource. */
  readonly metrics: ModuleMetrics;
  /** Emits an event; a name without a dot is prefixed with the module's name. Settles when all listeners have. */
  emit(event: string, payload?: unknown): Promise<void>;
  /** `value` with everything sensitive in it replaced by `[redacted]`, for what leaves the app. */
  redact<T>(value: T): T;
  /**
   * Marks a value that only the running app knows, such as a session's token, as sensitive, and
   * gives it back: from now on it is redacted like a value that a manifest declares sensitive.
   */
  secret<T>(value: T): T;
  /**
   * Standard output; the text is out when `write` returns. Throws `ERR_OUTPUT_FAILED` where it
   * cannot be written, but not for a reader that has gone.
   */
  readonly stdout: {
    write(text: string): void;
    /**
     * Takes it for a protocol, and returns the function that writes to it. What others write goes to
     * standard error from then on.
     */
    claim(): (text: string) => void;
  };
  /** Keeps the process alive until the returned function is called (twice is fine). */
  acquireHold(reason: string): () => void;
  /**
   * Says that the app cannot work at the moment, such as without its database: `/readyz` answers
   * 503 until the returned function is called (twice is fine).
   */
  reportUnready(reason: string): () => void;
  /** Starts the graceful stop; the highest requested code is used. */
  requestExit(code?: number): void;
  execute: Execute;
  /**
   * Compiles the expressions that `value` still waits for, once; the function it returns evaluates
   * them with the values of a scope, in which `undefined` is null. Strings are text: only what the
   * manifest wrote as `${{ … }}` is evaluated. What an expression gives is checked against the
   * schema of its field. Evaluating throws a `DiglyError` `ERR_EXECUTION_FAILED` that names the
   * expression and its place.
   */
  template<T>(value: T | Late<T>): Template<T>;
  /**
   * Takes a string with expressions apart, for languages in which a value must never become a part
   * of the text, such as SQL, a shell or HTML: `WHERE id = ${{ input.id }}` has the texts
   * `["WHERE id = ", ""]` and one value. A string without any is one text. What `env` and other
   * resources provide was inserted at load, unless the definition lists the field in `parts`.
   * Throws a `DiglyError` for what is not a string.
   */
  parts(value: string | Late<string>): TextParts;
  /**
   * The fields of a variable that the expressions in `value` read: `body` and `params` for
   * `${{ request.body.items + request.params.count }}` and the variable `request`. A controller that
   * knows them need not provide the others. `undefined` if they may read any, as `${{ request }}`
   * does.
   */
  fieldsRead(value: unknown, variable: string): ReadonlySet<string> | undefined;
  /** Compiles a JSON Schema, once per schema. Throws `ERR_SCHEMA_VALIDATION` for one that is invalid. */
  validator(schema: unknown, options?: ValidatorOptions): Promise<Validator>;
}

/**
 * Another name of {@link ControllerContext}.
 *
 * @example
 * export function register(ctx: ModuleContext): void {
 *   ctx.log.info(`${ctx.module.name} is loaded`);
 * }
 */
export type ModuleContext = ControllerContext;

/**
 * What `create` gets, once per resource.
 *
 * @example
 * export function create(
 *   { url }: RuntimeResource<{ url: string }>,
 *   ctx: ModuleCreateContext,
 * ): ResourceInstance {
 *   const release = ctx.acquireHold(`listening to ${url}`);
 *   return { teardown: () => release() };
 * }
 */
export interface ModuleCreateContext extends ModuleContext {
  readonly kernel: {
    /** Every resource; those of kinds this module does not own show `kind` and `metadata` only. */
    readonly registry: ReadonlyMap<string, ReadonlyMap<string, RuntimeResource>>;
    readonly execute: Execute;
    /** The manifest that was started. */
    readonly app: { readonly name: string; readonly version: string | undefined };
    /** The current holds, oldest first. */
    holds(): readonly { readonly owner: string; readonly reason: string }[];
    /**
     * Reads the metrics of the whole app, without sensitive values; those of the runtime are counted
     * from the first reader on until the last one is closed.
     */
    metrics(): { read(): readonly MetricFamily[]; close(): void };
    /** Why the app cannot work at the moment, oldest first. */
    unready(): readonly { readonly owner: string; readonly reason: string }[];
  };
  /**
   * Executes like `execute`, without a promise for a result that is there at once: then it returns the
   * result itself, or throws. For callers of many short executions, such as a server.
   */
  readonly dispatch: Dispatch;
  /**
   * Reports work that is not an execution, such as answering a request, to an inspector; undefined
   * while none observes the app.
   */
  readonly observeWork?: ObserveWork | undefined;
  /** The resources of a kind, or of all kinds that fulfil a contract such as `Http.Mount`. */
  getResources(kind: string): RuntimeResource[];
  getResourceByUri(uri: string): RuntimeResource | undefined;
  getResourcesBySourcePath(path: string): RuntimeResource[];
  getResourcesByGenerationDepth(depth: number): RuntimeResource[];
  /**
   * Adds a resource, until `Runtime.Started`: it takes the rest of the way, is expanded where
   * its kind is a template's, registered at once, checked and booted at the end of the pass. Its
   * strings are text. Its URI is this resource's with `/Kind.Name` appended.
   * Throws `ERR_MANIFEST_INVALID` for what is not a resource, `ERR_DUPLICATE_RESOURCE`,
   * `ERR_LIMIT_EXCEEDED` beyond ten levels of resources that register each other, and
   * `ERR_EXECUTION_FAILED` when the app has started.
   */
  registerResource(manifest: ResourceManifest): void;
  /**
   * Where a field of this resource is written, or a part of the string in it: the `origin` of an
   * error about it. It reads the file's text again, so ask only when there is an error.
   */
  originAt(path: Path, part?: TextPart): Origin | undefined;
  /**
   * Compiles a string that is an expression without `${{ }}`, such as `if: steps.a.output > 3`.
   * `at` is the path of the field. The names it may use are those that `scopes` of the definition
   * provides there, and `env`. Throws `ERR_REFERENCE_UNRESOLVED` for another name and for what is
   * not an expression; evaluating throws as that of a template does. Its `explain(scope)` gives the
   * values of its parts.
   */
  expression<T = unknown>(text: string | Late<string>, at: Path): Expression<T>;
  /**
   * The names that the expressions in a field, or below it, use; those of a field without `${{ }}`
   * after it was given to `expression`.
   */
  references(at: Path): readonly NameUse[];
  /** Makes an error that points at a field of the resource, to throw in `create` or `init`. */
  readonly problem: Problem;
  /**
   * Imports the module that a field names, as controllers are imported: TypeScript, packages and all,
   * also in a bundle. The schema of the field says `digly:file: module`.
   */
  importFile(at: Path): Promise<Record<string, unknown>>;
  /**
   * The URL of the module that a field names, for a process of its own to import; in a bundle, one
   * that only the program itself can import. The schema of the field says `digly:file: module`.
   */
  fileUrl(at: Path): string;
  /**
   * The file, or all files of the folder, that a field names, ordered by name; in a bundle those that
   * it contains. The schema of the field says `digly:file: data`. Throws the runtime's own error if a
   * file cannot be read.
   */
  readFiles(at: Path): readonly AppFile[];
  /**
   * What a resource of any module takes and gives when it is executed; `undefined` if there is no
   * such resource. Tools, forms and documentation are made of it.
   */
  describe(urn: string): ResourceDescription | undefined;
  /** True once the resource's `init` has ended. */
  isInitialized(urn: string): boolean;
  /**
   * The URN of the resource that is written inline at a path of this one, which the definition
   * lists in `resources`. It is initialised before `create` is called. Throws
   * `ERR_RESOURCE_INVALID` if there is none.
   */
  child(at: Path): string;
  /**
   * What another resource provides to this one: the `api` of its instance. The resource must be
   * named in a field that is `digly:ready` in the schema of this resource's kind, so that it is
   * initialised before `create` is called. Throws `ERR_RESOURCE_INVALID` otherwise.
   */
  use<Api = unknown>(urn: string): Api;
  /**
   * Says which resource `create` waits for, and gives null to return: `create` is called again in
   * the next pass. If the resource never becomes ready, the error of the boot names it.
   */
  waitFor(urn: string): null;
  /**
   * Takes part in an election: one process of the app at a time leads for this resource. Without a
   * role this process always does. Rejects if the transport of the app has no elections.
   */
  lead(events: LeadershipEvents): Promise<Leadership>;
  /** Listens to an event of one resource. Ends as {@link ControllerContext.on} does. */
  onResourceEvent(kind: string, name: string, event: string, listener: EventListener): () => void;
  onceResourceEvent(kind: string, name: string, event: string, listener: EventListener): () => void;
  offResourceEvent(kind: string, name: string, event: string, listener: EventListener): void;
  /** True if the event has a listener, so that its payload needs to be created. */
  hasResourceListeners(kind: string, name: string, event: string): boolean;
  /**
   * Emits `<Kind>.<event>` for a resource of a kind that the module serves. If the definition of
   * the kind lists `events`, it must list this one.
   */
  emitResourceEvent(kind: string, name: string, event: string, payload?: unknown): Promise<void>;
}

/**
 * What `value` of a controller gets, while the app is loaded.
 *
 * @example
 * export async function value({ path }: RuntimeResource<{ path: string }>, ctx: ValueContext) {
 *   const response = await fetch(`https://vault.example.com/${path}`, { signal: ctx.signal });
 *   if (!response.ok) throw ctx.problem(["path"], "is not in the vault");
 *   return ctx.secret(await response.text());
 * }
 */
export interface ValueContext {
  readonly log: Logger;
  /** Aborted when providing the value has taken as long as a boot may take. */
  readonly signal: AbortSignal;
  /** Makes an error that points at a field of the resource, to throw. */
  readonly problem: Problem;
  /** Marks a value as sensitive, as {@link ControllerContext.secret} does. */
  secret<T>(value: T): T;
}
