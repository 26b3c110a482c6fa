/** The author's API: what a controller exports, and what a module consists of. */
import type { DeclaredError } from "./resource_description.ts";
import type { Check } from "./check.ts";
import type { ControllerContext, ModuleCreateContext, ValueContext } from "./contexts.ts";
import type { Origin } from "./errors.ts";
import type { Context } from "./execution.ts";
import type { RuntimeResource } from "./resource.ts";
import type { ClusterNode, Transport } from "./transport.ts";

/**
 * What `create` returns: the running side of one resource.
 *
 * @example
 * function counter(): ResourceInstance<{ count(): number }> {
 *   let count = 0;
 *   return {
 *     api: { count: () => count },
 *     execute: () => ++count,
 *     snapshot: () => ({ count }),
 *   };
 * }
 */
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
  /**
   * Called when the app is reloaded and the resource, or one that it depends on, has changed. An
   * instance that can continue with the changed `resource` returns a function that takes it over; it
   * is called when every new instance is initialised, and if it throws, the reload fails and changes
   * nothing. Otherwise, or with `undefined`, another instance is created, and this one is torn down.
   */
  reload?(resource: RuntimeResource): (() => void | Promise<void>) | undefined;
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

/**
 * What a controller exports, by name or on its default export; at least one of them.
 *
 * @example
 * const controller: Controller = {
 *   register: (ctx) => ctx.log.debug("Loaded"),
 *   create: (resource) => ({ execute: () => resource.metadata.name }),
 * };
 */
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
  /**
   * Creates what carries executions to other processes, for a kind whose definition says
   * `transport: true`. It is called in a process that has a role, before any resource is created.
   */
  connect?(resource: RuntimeResource, node: ClusterNode, ctx: ModuleCreateContext): Transport;
}

/**
 * How fields that the schema of a kind neither names nor rejects are handled: they are kept as
 * data, with `warn` after a warning; with `warn`, a misspelling of a known field is an error.
 */
export type UnknownFields = "allow" | "warn";

/**
 * A kind as a `Runtime.Definition` declares it. In paths of fields, `*` is any index or key, and
 * `**` any number of them, up to the first field with the name that follows.
 *
 * @example
 * const kind: KindDeclaration = {
 *   kind: "Echo.Say",
 *   schema: { type: "object", properties: { prefix: { type: "string" }, inputSchema: {} } },
 *   scopes: { prefix: { input: { $inputOf: "" } } },
 *   execution: { input: { $field: "inputSchema" } },
 * };
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
  /** True if executing its resources twice does no harm, so that a lost execution is repeated. */
  readonly idempotent?: boolean;
  /** True if its resources join the processes of an app: its controller exports `connect`. */
  readonly transport?: boolean;
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

/**
 * A module registered from code by `kernel.register`.
 *
 * @example
 * const echo: DiglyModule = {
 *   name: "Echo",
 *   definitions: [{ kind: "Echo.Say" }],
 *   controllers: { "Echo.Say": { create: () => ({ execute: (input) => input }) } },
 * };
 */
export interface DiglyModule extends Controller {
  readonly name: string;
  readonly version?: string;
  /** Its kinds; without them, those it has controllers for. */
  readonly definitions?: readonly KindDeclaration[];
  readonly controllers?: Readonly<Record<string, Controller>>;
}
