/** A request on its way through middleware, which the limits of the server count and time. */
import type { Limit } from "./deadlines.ts";
import type { RequestLimits } from "./limits.ts";
import type { ProvidedValues } from "./request.ts";

/** What the route of a request learns of the middleware around it. */
export interface Passage {
  /** What middleware has added to `request`. */
  readonly provided: ProvidedValues;
  /** Something belongs to the request, which is in flight until all of it has left. */
  enter(): void;
  leave(): void;
  /** What is left of `ms`, which is `timeouts.handler` by default. */
  left(ms?: number): number;
}

/** What {@link Steps} tells its owner. */
export interface StepEvents {
  /** The response instead of that of a step that is late. */
  onLate(step: number): Response;
  /** The first step has ended, and with it all others. */
  onEnd(): void;
  /** Nobody sends this response. */
  discard(response: Response): void;
}

/** What middleware may take at least after the route has answered, in milliseconds. */
const AFTERWARDS_MS = 5_000;

/**
 * The steps of a request: its middleware, the outermost first, and then the route. They are limited
 * to `ms`, without the time of the route. The innermost step that is late gets another response, and
 * steps around it still run.
 */
export class Steps {
  readonly #settle: ((response: Response) => void)[] = [];
  readonly #answers: Response[] = [];
  readonly #ms: number;
  readonly #limits: RequestLimits;
  readonly #events: StepEvents;
  readonly #startedAt: number;
  readonly #limit: Limit | undefined;
  /** The innermost step that has not returned; steps from `over` on have. */
  #running = -1;
  #over = Infinity;
  #isPaused = false;
  #leastMs = 0;

  constructor(ms: number, limits: RequestLimits, events: StepEvents) {
    this.#ms = ms;
    this.#limits = limits;
    this.#events = events;
    this.#startedAt = limits.now();
    this.#limit = limits.limitMiddleware(ms, () => this.#expire());
  }

  /**
   * Runs a step, which must not throw. One that answers at once does so without a promise; the
   * answer of any other becomes a response by `finish` or `fail`.
   */
  run(
    step: number,
    work: () => Response | Promise<unknown>,
    finish: (answer: unknown) => Response,
    fail: (error: unknown) => Response,
  ): Response | Promise<Response> {
    this.#running = step;
    const working = work();
    if (!(working instanceof Promise)) {
      this.#end(step, working);
      return working;
    }
    return new Promise((resolve) => {
      this.#settle[step] = resolve;
      working.then(
        (answer) => this.#settled(step, finish(answer)),
        (error: unknown) => this.#settled(step, fail(error)),
      );
    });
  }

  /** The step that runs next is the route, which has limits of its own. */
  pause(): void {
    this.#isPaused = true;
    this.#leastMs = AFTERWARDS_MS;
    this.#limit?.stop();
  }

  /** The response of a step that has ended. */
  answerOf(step: number): Response | undefined {
    return this.#answers[step];
  }

  /** True if the step has returned, or was late. */
  isOver(step: number): boolean {
    return step >= this.#over;
  }

  /** How long steps have taken until now. */
  spent(): number {
    return this.#limits.now() - this.#startedAt;
  }

  /** How long the step that runs may still take. */
  left(): number {
    return Math.max(this.#ms - this.spent(), this.#leastMs);
  }

  #settled(step: number, response: Response): void {
    if (this.isOver(step)) return this.#events.discard(response);
    this.#end(step, response);
    this.#settle[step]?.(response);
  }

  #expire(): void {
    const step = this.#running;
    this.#leastMs = AFTERWARDS_MS;
    this.#isPaused = true;
    const response = this.#events.onLate(step);
    this.#end(step, response);
    this.#settle[step]?.(response);
  }

  #end(step: number, response: Response): void {
    this.#answers[step] = response;
    this.#over = step;
    this.#running = step - 1;
    if (step === 0) {
      this.#limit?.stop();
      this.#events.onEnd();
    } else if (this.#isPaused) {
      this.#isPaused = false;
      this.#limit?.restart(this.left());
    }
  }
}
