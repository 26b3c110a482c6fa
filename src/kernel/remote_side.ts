/**
 * The other processes of an app, for a process that has a role. Nothing of this is loaded without
 * one: then every resource runs here.
 */
import { fail, isDiglyError, messageOf } from "../contract/errors.ts";
import { type EventRecord, isReservedEvent } from "../contract/events.ts";
import type { ControllerEntry } from "../contract/manifest.ts";
import type {
  ClusterNode,
  ClusterStatus,
  Leadership,
  LeadershipEvents,
  Serve,
  Transport,
  TransportHooks,
} from "../contract/transport.ts";
import { withOrigin } from "../diagnostics/with_origin.ts";
import type { Placement } from "../load/placement.ts";
import { untilAborted } from "./boot/abortable.ts";
import type { LoadedApp } from "./loaded_app.ts";
import { createContextFactory } from "./boot/context.ts";
import type { Services } from "./boot/services.ts";
import type { RunOptions } from "./running_services.ts";
import { aborted } from "./run/call_errors.ts";
import type { Target } from "./run/dispatch.ts";
import { ExecutionContext } from "./run/execution_context.ts";
import { callToWire } from "./run/wire.ts";

/** Events of executions, which a pattern does not carry to other processes. */
const EXECUTION_EVENT = /\.(?:Executing|Executed)$/;

/** What the other side of an app is made from. */
export interface RemoteSideOptions extends RunOptions {
  readonly app: LoadedApp;
  readonly placement: Placement;
  readonly services: Services;
  /** Aborts the boot. */
  readonly bootSignal: AbortSignal;
}

/** Puts interceptors around a target: those whose owner `applies`. */
export type WrapTarget = (target: Target, applies?: (owner: string) => boolean) => Target;

/** Creates the transport of an app, which is not connected yet. */
export async function createRemoteSide(
  options: RemoteSideOptions,
  chosen: ReadonlyMap<string, ControllerEntry>,
): Promise<RemoteSide> {
  const { app, placement, parts: { loader }, services } = options;
  const { transport: { kind, resource }, roles, placements, roleOf, isLocal } = placement;
  const implementation = app.kinds.get(kind)?.implementation;
  // An entry was chosen for each kind that is imported.
  const controller = implementation?.type === "code"
    ? implementation.controller
    : await loader.load(chosen.get(kind)!);
  if (controller.connect === undefined) {
    throw fail("ERR_MODULE_INVALID", {
      problem: `The definition of ${kind} has \`transport: true\`, and its controller does not ` +
        "export `connect`",
    }, { help: "Write `export function connect(resource, node, ctx) { … }`" });
  }
  const node: ClusterNode = {
    app: app.manifest.name,
    version: app.manifest.version,
    generation: await app.local.generation(app.manifest),
    roles,
    placements,
    roleOf,
    isLocal,
    exists: (urn) => app.entry(urn) !== undefined,
  };
  const context = createContextFactory(app.kinds.moduleOf(kind), services)(resource);
  return new RemoteSide(options, controller.connect(resource, node, context));
}

/** The other processes of an app. */
export class RemoteSide {
  readonly urn: string;
  readonly #options: RemoteSideOptions;
  readonly #transport: Transport;

  constructor(options: RemoteSideOptions, transport: Transport) {
    this.urn = options.placement.transport.urn;
    this.#options = options;
    this.#transport = transport;
  }

  /** Connects, before any resource is created. */
  async open(): Promise<void> {
    await this.#boot(this.#transport.open(this.#hooks()));
  }

  /** Lets other processes execute what this one runs. */
  async serve(): Promise<void> {
    await this.#boot(this.#transport.serve(this.#serve));
  }

  /** Waits for a step of the boot; its failure is one of the transport's resource. */
  async #boot(step: Promise<void>): Promise<void> {
    const { bootSignal, app } = this.#options;
    try {
      await untilAborted(step, bootSignal);
    } catch (error) {
      if (isDiglyError(error)) throw withOrigin(error, app.originAt(this.urn, []));
      const details = { urn: this.urn, problem: messageOf(error) };
      throw fail("ERR_INIT_FAILED", details, {
        origin: app.originAt(this.urn, []),
        cause: error,
      });
    }
  }

  drain(): Promise<void> {
    return this.#transport.drain();
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  async status(): Promise<ClusterStatus> {
    return await this.#transport.status?.() ?? { self: "", nodes: [] };
  }

  isLocal(urn: string): boolean {
    return this.#transport.isLocal(urn);
  }

  async recordings(traceId: string): Promise<Readonly<Record<string, unknown>>> {
    return await this.#transport.recordings?.(traceId) ?? {};
  }

  /** Calls `take` for every event of every process until the returned function is called. */
  watch(take: (record: EventRecord) => void): () => void {
    return this.#transport.watch?.(take) ?? (() => {});
  }

  /** Takes part in the election of a resource. */
  async lead(owner: string, events: LeadershipEvents): Promise<Leadership> {
    if (this.#transport.lead !== undefined) return await this.#transport.lead(owner, events);
    throw fail("ERR_INIT_FAILED", {
      urn: owner,
      problem: `${this.urn} has no elections, which this needs`,
    });
  }

  async snapshots(): Promise<Readonly<Record<string, unknown>> | undefined> {
    return await this.#transport.snapshots?.();
  }

  /**
   * The target of a resource that another process may run; `undefined` for one of this process alone.
   * Which process runs it may depend on the input: then this one runs what the others ask for.
   */
  targetOf(urn: string, wrap: WrapTarget, local: () => Target): Target | undefined {
    if (this.#transport.isLocal(urn)) return undefined;
    const intercepts = (owner: string) => this.#interceptsHere(owner, urn);
    const elsewhere = wrap(this.#remoteTarget(urn), intercepts);
    if (!this.#options.placement.isLocal(urn)) return elsewhere;
    const here = wrap(local(), (owner) => !intercepts(owner));
    return (input, ctx) =>
      ((ctx as ExecutionContext).isFromElsewhere ? here : elsewhere)(input, ctx);
  }

  #remoteTarget(urn: string): Target {
    const { app, placement } = this.#options;
    // Only resources of other roles have a remote target.
    const role = placement.roleOf(urn)!;
    const idempotent = app.kinds.get(app.entry(urn)?.kind ?? "")?.idempotent ?? false;
    const transport = this.#transport;
    return async (input, ctx) => {
      const execution = ctx as ExecutionContext;
      const signal = execution.isBounded ? execution.signal : undefined;
      const wire = callToWire(execution);
      try {
        return await transport.execute({ urn, input, role, wire, signal, idempotent });
      } catch (error) {
        throw signal?.aborted ? aborted(ctx) : error;
      }
    };
  }

  /**
   * True for an interceptor that runs here around executions in another process: that of a resource
   * which does not run there as well.
   */
  #interceptsHere(owner: string, urn: string): boolean {
    const { app, placement } = this.#options;
    if (app.entry(owner) === undefined) return true;
    const role = placement.roleOf(owner);
    return role !== undefined && role !== placement.roleOf(urn);
  }

  readonly #serve: Serve = async ({ urn, input, wire, signal }) => {
    const { placement, dispatcher } = this.#options;
    const isServed = placement.roleOf(urn) !== undefined && placement.isLocal(urn);
    if (!isServed) {
      throw fail("ERR_RESOURCE_NOT_FOUND", { urn }, {
        help: `This process runs the roles ${placement.roles.join(", ")}`,
      });
    }
    return await dispatcher.execute(urn, input, { wire, signal });
  };

  #hooks(): TransportHooks {
    const { parts: { bus, options: { probe } }, takeSnapshot } = this.#options;
    return {
      event({ event, payload, module, kind, name, traceId, source, node }) {
        if (isReservedEvent(event)) return;
        void bus.emit(event, payload, {
          ...(module === undefined ? {} : { module }),
          ...(kind === undefined || name === undefined ? {} : { kind, name }),
          ...(traceId === undefined ? {} : { traceId }),
          ...(source === undefined ? {} : { source }),
          node: node ?? "unknown",
        });
      },
      forward: (pattern, send) =>
        bus.on(pattern, (_payload, record) => {
          if (record.node !== undefined) return;
          const isWildcard = pattern.endsWith("*");
          const { event } = record;
          if (isWildcard && (isReservedEvent(event) || EXECUTION_EVENT.test(event))) return;
          send(record);
        }, this.urn),
      observe: (send) =>
        bus.on("*", (_payload, record) => {
          if (record.node === undefined) send(record);
        }, this.urn),
      snapshot: takeSnapshot,
      recordings: (traceId) => probe?.recordings(traceId),
    };
  }
}
