/** A request on its way through middleware, which the limits of the server count and time. */
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

/** The steps of a request: its middleware, the outermost first, and then the route. */
export interface Steps {
  /** Runs a step, which must not reject. Resolves without it when it is late. */
  run(step: number, work: () => Promise<Response>): Promise<Response>;
  /** Runs the route, which has limits of its own. */
  runRoute(step: number, work: () => Promise<Response>): Promise<Response>;
  /** True if the step has returned, or was late. */
  isOver(step: number): boolean;
  /** How long steps have taken until now. */
  spent(): number;
  /** How long the step that runs may still take. */
  left(): number;
}

/** What middleware may take at least after the route has answered, in milliseconds. */
const AFTERWARDS_MS = 5_000;

/**
 * Limits the steps of a request to `ms`, without the time of the route. The response of the innermost
 * step that is late is that of `onLate`, and steps around it still run.
 */
export function createSteps(
  ms: number,
  limits: RequestLimits,
  onLate: (step: number) => Response,
  discard: (response: Response) => void,
): Steps {
  const settle: ((response: Response) => void)[] = [];
  /** The innermost step that has not returned; steps from `over` on have. */
  let running = -1;
  let over = Infinity;
  const startedAt = limits.now();
  let isPaused = false;
  let leastMs = 0;
  const limit = limits.limitMiddleware(ms, expire);

  const spent = () => limits.now() - startedAt;
  const left = () => Math.max(ms - spent(), leastMs);

  function expire(): void {
    const step = running;
    leastMs = AFTERWARDS_MS;
    isPaused = true;
    end(step, onLate(step));
  }

  function end(step: number, response: Response): void {
    over = step;
    running = step - 1;
    if (running < 0) limit?.stop();
    else if (isPaused) {
      isPaused = false;
      limit?.restart(left());
    }
    settle[step]!(response);
  }

  function run(step: number, work: () => Promise<Response>): Promise<Response> {
    running = step;
    return new Promise((resolve) => {
      settle[step] = resolve;
      void work().then((response) => step < over ? end(step, response) : discard(response));
    });
  }

  return {
    run,
    runRoute(step, work) {
      isPaused = true;
      leastMs = AFTERWARDS_MS;
      limit?.stop();
      return run(step, work);
    },
    isOver: (step) => step >= over,
    spent,
    left,
  };
}
