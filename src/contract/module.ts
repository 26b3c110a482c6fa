/**
 * The author's API: what a controller exports and receives.
 */
import type { Clock } from "./clock.ts";
import type { DiglyError, Origin } from "./errors.ts";
import type { EventListener, EventName, PayloadOf } from "./events.ts";
import type { Context, Execute, InterceptMatch, Interceptor, Logger } from "./execution.ts";
import type { MetricFamily, ModuleMetrics } from "./metrics.ts";
import type { Path, ResourceManifest, ResourceMetadata, RuntimeResource } from "./resource.ts";
import type { TextPart } from "./source.ts";
import type { Expression, Late, Template, TextParts } from "./templates.ts";
import type { Violation } from "./violation.ts";

export type { Violation };

/** Checks a value against a schema compiled once. It never changes the value that it is given. */
export type Validator = (value: unknown) => Validated;

/** The result of a {@link Validator}. */
export interface Validated {
  /** What is wrong with the value; an empty list means it fits. */
  readonly violations: readonly Violation[];
  /** The value with its defaults and conversions: a copy if the options ask for any. */
  readonly value: unknown;
}

/** How a schema is applied. */
export interface ValidatorOptions {
  /**
   * Converts strings to the scalar type the schema asks for, as path, query and header values
   * need. Off by default.
   */
  readonly coerce?: boolean;
  /** Fills in `default` values. Off by default. */
  readonly defaults?: boolean;
}

/** A related place of a {@link ProblemOptions | problem}. */
export interface RelatedPlace {
  /** URN of the resource; the own one without it. */
  readonly resource?: string;
  readonly at: Path;
  /** What is there: `the first one`. */
  readonly message: string;
}

/** What to add to a problem. */
export interface ProblemOptions {
  /** What to do about it, a sentence; the nearest right name goes here. */
  readonly help?: string | undefined;
  /** URN of the resource that `at` is a path in; the own one without it. */
  readonly resource?: string;
  readonly related?: readonly RelatedPlace[];
  readonly cause?: unknown;
  /** The part of the string at the path that it is about. */
  readonly part?: TextPart;
}

/** Makes the error that points at a field of a resource: `problem(["port"], "…")`. */
export type Problem = (at: Path, message: string, options?: ProblemOptions) => DiglyError;

/** What `check` gets, once per resource. */
export interface CheckContext {
  /** Makes an error that points at a field; throw it, or report it to go on. */
  readonly problem: Problem;
  /** Reports a problem and continues; a boot stops at the first. */
  report(problem: DiglyError): void;
  /**
   * The sound resources of a kind and of kinds that extend it, in load order: what is wrong
   * with the others is reported already. Those of kinds that the module does not serve show
   * `kind` and `metadata` only.
   */
  resourcesOf(kind: string): readonly RuntimeResource[];
  /** True if there is a resource with this URN, and it is of the kind or of one that extends it. */
  isA(urn: string, kind: string): boolean;
  /**
   * Compiles a field that is an expression without `${{ }}`. Throws an error at its place if it is not
   * one, or if it uses a name that `scopes` does not provide there.
   */
  expression(text: string | Late<string>, at: Path): void;
  /** The texts of a string, with its expressions apart; see {@link ControllerContext.parts}. */
  parts(value: string | Late<string>): Omit<TextParts, "values">;
  /** Compiles a JSON Schema. Throws `ERR_SCHEMA_VALIDATION` for one that is invalid. */
  validator(schema: unknown, options?: ValidatorOptions): Promise<Validator>;
}

/**
 * Checks a resource beyond what its schema can say, without a boot: `digly check` and every
 * boot run it before the first `create`, so it does no input or output of its own.
 */
export type Check = (resource: RuntimeResource, ctx: CheckContext) => void | Promise<void>;

/** What `register` gets, once per module or controller. */
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
  /** Compiles a JSON Schema, once per schema. Throws `ERR_SCHEMA_VALIDATION` for one that is invalid. */
  validator(schema: unknown, options?: ValidatorOptions): Promise<Validator>;
}

/** Another name of {@link ControllerContext}. */
export type ModuleContext = ControllerContext;

/** What is known of a resource by whoever executes it. */
export interface ResourceDescription {
  readonly urn: string;
  readonly kind: string;
  readonly metadata: ResourceMetadata;
  /** JSON Schema of the input of an execution; undefined if its kind does not declare one. */
  readonly input: unknown;
  /** JSON Schema of the result; undefined if its kind does not declare one. */
  readonly output: unknown;
  /** The errors that its kind declares, by code. */
  readonly errors: Readonly<Record<string, DeclaredError>>;
}

/** What `create` gets, once per resource. */
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
  /** Makes an error that points at a field of the resource, to throw in `create` or `init`. */
  readonly problem: Problem;
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
  /** Listens to an event of one resource. Ends as {@link ControllerContext.on} does. */
  onResourceEvent(kind: string, name: string, event: string, listener: EventListener): () => void;
  onceResourceEvent(kind: string, name: string, event: string, listener: EventListener): () => void;
  offResourceEvent(kind: string, name: string, event: string, listener: EventListener): void;
  /** True if the event has a listener, so that its payload needs to be created. */
  isResourceEventHeard(kind: string, name: string, event: string): boolean;
  /**
   * Emits `<Kind>.<event>` for a resource of a kind that the module serves. If the definition of
   * the kind lists `events`, it must list this one.
   */
  emitResourceEvent(kind: string, name: string, event: string, payload?: unknown): Promise<void>;
}

/** What `create` returns: the running side of one resource. */
export interface ResourceInstance<Api = unknown> {
  /** What other resources get from `ctx.use`; it is read each time, so `init` may set it. */
  readonly api?: Api;
  /** Makes the resource usable. The resources in its `digly:ready` fields are usable already. */
  init?(): void | Promise<void>;
  /**
   * Begins the work that needs the whole app, such as taking requests: called after every `init`,
   * in the order of creation, before `Runtime.Started`. If it fails, the boot fails.
   */
  start?(): void | Promise<void>;
  /** Executes the resource when its controller exports no `execute` of its own. */
  execute?(input: unknown, ctx: Context): unknown;
  /**
   * Called when the runtime begins to stop, before any teardown: accept nothing new,
   * and settle when what runs has ended. The stop is forced at `deadline`, in milliseconds
   * since the epoch; what may be cut short, such as a slow client, should end well before it.
   */
  drain?(deadline: number): void | Promise<void>;
  teardown?(): void | Promise<void>;
  /** The state of the resource, for a snapshot; it may take 5 s at most. */
  snapshot?(): Record<string, unknown> | Promise<Record<string, unknown>>;
  /**
   * The place in the manifest that threw, for an error that nobody handled, if code in the resource
   * did; a script finds it by the stack.
   */
  locate?(thrown: unknown): Origin | undefined | Promise<Origin | undefined>;
}

/** What `value` of a controller gets, while the app is loaded. */
export interface ValueContext {
  readonly log: Logger;
  /** Aborted when providing the value has taken as long as a boot may take. */
  readonly signal: AbortSignal;
  /** Makes an error that points at a field of the resource, to throw. */
  readonly problem: Problem;
  /** Marks a value as sensitive, as {@link ControllerContext.secret} does. */
  secret<T>(value: T): T;
}

/** What a controller exports, by name or on its default export; at least one of them. */
export interface Controller {
  register?(ctx: ControllerContext): void | Promise<void>;
  create?(
    resource: RuntimeResource,
    ctx: ModuleCreateContext,
  ): ResourceInstance | null | Promise<ResourceInstance | null>;
  execute?(name: string, input: unknown, ctx: Context): unknown;
  /**
   * Provides the value that expressions which name the resource read, for a kind whose definition
   * says `value: true`. It is called once for each resource that is referred to, before the app is
   * booted, with the resource's own expressions evaluated; `digly check` does not call it.
   */
  value?(resource: RuntimeResource, ctx: ValueContext): unknown;
}

/**
 * How fields that the schema of a kind neither names nor rejects are handled: they are kept as
 * data, with `warn` after a warning; with `warn`, a misspelling of a known field is an error.
 */
export type UnknownFields = "allow" | "warn";

/** An error that a definition declares. */
export interface DeclaredError {
  /** The HTTP status of this error. */
  readonly status?: number;
  readonly description?: string;
}

/**
 * A kind as a `Runtime.Definition` declares it. In paths of fields, `*` is any index or key, and
 * `**` any number of them, up to the first field with the name that follows.
 */
export interface KindDeclaration {
  /** The full kind, `Http.Server`. */
  readonly kind: string;
  /** JSON Schema of the resource without `kind` and `metadata`. */
  readonly schema?: unknown;
  /** `allow` by default. */
  readonly unknownFields?: UnknownFields;
  /** Contracts that its resources fulfil, such as `Http.Mount`. */
  readonly implements?: readonly string[];
  /** True if its resources may be initialised together with others whose kinds say so. */
  readonly concurrentInit?: boolean;
  /** Dotted paths of fields in which other resources are written. */
  readonly resources?: readonly string[];
  /** Names of the resource events its controller emits. */
  readonly events?: readonly string[];
  /** Dotted paths of strings whose expressions stay apart from the text: see `ctx.parts`. */
  readonly parts?: readonly string[];
  /** Names its controller provides to expressions later; `*` leaves every expression to it. */
  readonly scope?: readonly string[] | "*";
  /** Where expressions wait for the controller, and the names with their types that they see there. */
  readonly scopes?: Readonly<Record<string, readonly string[] | Readonly<Record<string, unknown>>>>;
  /** Types that the values of fields must have, by path. */
  readonly expects?: Readonly<Record<string, unknown>>;
  /** The types of what its resources take and give: `{ input: { $field: "inputSchema" } }`. */
  readonly execution?: { readonly input?: unknown; readonly output?: unknown };
  /** The types of the values that its resources add to expressions of others, by name. */
  readonly provides?: Readonly<Record<string, unknown>>;
  /** Dotted paths of fields that contain a JSON Schema. */
  readonly schemas?: readonly string[];
  /** Dotted paths of fields in which nothing is evaluated. */
  readonly opaque?: readonly string[];
  /** Checks its resources beyond what the schema can say. */
  readonly check?: Check;
  /** True if its controller provides the value that expressions read. */
  readonly value?: boolean;
  /** True if that value is hidden in everything that is shown. */
  readonly sensitive?: boolean;
  /**
   * The errors of its module, by name: `UniqueViolation` is the code `Sql.UniqueViolation`. With
   * `*`, its resources may fail with any code, since they run code of the app.
   */
  readonly errors?: Readonly<Record<string, DeclaredError>> | "*";
}

/** A module registered from code by `kernel.register`. */
export interface DiglyModule extends Controller {
  readonly name: string;
  readonly version?: string;
  /** Its kinds; without them, those it has controllers for. */
  readonly definitions?: readonly KindDeclaration[];
  readonly controllers?: Readonly<Record<string, Controller>>;
}
