/** A controller in WebAssembly, as the kernel sees controllers. */
import type { CodeLimits } from "../contract/code_limits.ts";
import type { ModuleCreateContext } from "../contract/contexts.ts";
import { fail, type Origin } from "../contract/errors.ts";
import type { Context } from "../contract/execution.ts";
import type { Controller, ResourceInstance } from "../contract/module.ts";
import type { RuntimeResource } from "../contract/resource.ts";
import { resultJson } from "../contract/result_json.ts";
import { formOf } from "../contract/results.ts";
import { formatUrn } from "../contract/urn.ts";
import { Budget } from "./budget.ts";
import { Conversation, type Services } from "./conversation.ts";
import type { Subject } from "./failures.ts";
import { Guest } from "./guest.ts";
import type { CompiledModule } from "./module.ts";

/** Instances that are kept for the next executions; more are made while many wait for others. */
const MOST_IDLE = 16;
/** The most instances of one resource. */
const MOST_INSTANCES = 1_000;

/** Options of {@link wasmController}. */
export interface WasmControllerOptions {
  readonly limits: CodeLimits;
  /** The path of the file, for people. */
  readonly path: string;
  /** Where the controller is listed. */
  readonly origin: Origin;
}

/** Makes a controller of a compiled module. */
export function wasmController(
  module: CompiledModule,
  { limits, path, origin }: WasmControllerOptions,
): Controller {
  return {
    create(resource, ctx) {
      const subject: Subject = {
        urn: formatUrn(resource.kind, resource.metadata.name),
        limits,
        origin: () => ctx.originAt([]),
        controller: () => ({ message: `Its controller is ${path}`, origin }),
      };
      return new WasmResource(module, subject, resource, ctx).start();
    },
  };
}

/** A resource and the instances that execute it. */
class WasmResource {
  readonly #module: CompiledModule;
  readonly #subject: Subject;
  readonly #resource: string;
  readonly #ctx: ModuleCreateContext;
  readonly #idle: Guest[] = [];
  #count = 0;

  constructor(
    module: CompiledModule,
    subject: Subject,
    resource: RuntimeResource,
    ctx: ModuleCreateContext,
  ) {
    this.#module = module;
    this.#subject = subject;
    this.#resource = resultJson(subject.urn, resource, "resource", undefined, "the resource");
    this.#ctx = ctx;
  }

  /** Makes the first instance, so that mistakes are found when the app starts. */
  start(): ResourceInstance | Promise<ResourceInstance> {
    const conversation = this.#creation();
    this.#release(this.#instantiate(conversation));
    const instance: ResourceInstance = {
      execute: (input, context) => this.#execute(input, context),
      snapshot: () => ({
        instances: this.#count,
        idleMemoryBytes: this.#idle.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
      }),
      teardown: () => void this.#idle.splice(0),
    };
    return conversation.hasEvents ? conversation.emitEvents().then(() => instance) : instance;
  }

  #creation(): Conversation {
    const { log, emit, clock } = this.#ctx;
    return new Conversation(this.#subject, {
      log,
      emit: async (event, payload) => await emit(event, payload),
      now: () => clock.now(),
      execution: undefined,
    });
  }

  #instantiate(conversation: Conversation): Guest {
    const budget = new Budget(this.#subject.limits);
    const guest = new Guest(this.#module, this.#subject, budget, conversation);
    if (guest.has("create")) conversation.call(guest, "create", this.#resource, budget);
    this.#count++;
    return guest;
  }

  async #take(): Promise<Guest> {
    const { urn } = this.#subject;
    if (this.#count >= MOST_INSTANCES) {
      throw fail("ERR_UNAVAILABLE", {
        problem: `${urn} is executed ${MOST_INSTANCES} times at once, which is the most`,
        executed: "no",
      });
    }
    const conversation = this.#creation();
    const guest = this.#instantiate(conversation);
    if (!conversation.hasEvents) return guest;
    try {
      await conversation.emitEvents();
      return guest;
    } catch (error) {
      this.#release(guest);
      throw error;
    }
  }

  #release(guest: Guest): void {
    if (!guest.isBroken && this.#idle.length < MOST_IDLE) this.#idle.push(guest);
    else this.#count--;
  }

  async #execute(input: unknown, ctx: Context): Promise<unknown> {
    const { urn, limits } = this.#subject;
    if (formOf(input) !== "data") {
      throw fail("ERR_EXECUTION_FAILED", {
        problem: "its input is not data, and WebAssembly can take only data",
      }, { help: "Read bytes and streams before, in a script for instance" });
    }
    const json = resultJson(urn, input, "input", undefined, "its input");
    const { clock, deadline } = ctx;
    const budget = new Budget(
      limits,
      deadline === undefined ? undefined : () => deadline - clock.now(),
    );
    const services: Services = {
      log: ctx.log,
      emit: (event, payload) => ctx.emit(event, payload),
      now: () => clock.now(),
      execution: ctx,
    };
    const conversation = new Conversation(this.#subject, services);
    const guest = this.#idle.pop() ?? await this.#take();
    let isWaiting = false;
    try {
      let outcome = conversation.call(guest, "execute", json, budget);
      while (outcome === "wait") {
        if (conversation.hasEvents) await conversation.emitEvents();
        isWaiting = true;
        const answers = await untilAborted(conversation.runCalls(ctx), ctx.signal);
        isWaiting = false;
        outcome = conversation.call(guest, "resume", answers, budget);
      }
      return outcome.value;
    } finally {
      // An execution that was aborted never continues, and its state is lost with the instance.
      if (isWaiting) guest.isBroken = true;
      this.#release(guest);
      if (conversation.hasEvents) await conversation.emitEvents();
    }
  }
}

/** The result of `work`, or the reason of `signal` as soon as it is aborted. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
