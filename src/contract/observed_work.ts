/** Work of a resource that is not an execution, as an inspector shows it. */

/**
 * Work to observe.
 *
 * @example
 * const work: ObservedWork<Response> = {
 *   urn: "Shop.Gate.Main",
 *   run: () => fetch("http://127.0.0.1:9000/orders"),
 *   describe: (response) => ({ input: { path: "/orders" }, output: { status: response.status } }),
 * };
 */
export interface ObservedWork<Result> {
  /** The resource that does it. */
  readonly urn: string;
  /**
   * Does it. What it executes and evaluates, also later, is shown as a part of it. `isRecorded` if
   * {@link describe} is called at its end, which is the case for some of the work.
   */
  run(isRecorded: boolean): Result | Promise<Result>;
  /** Describes recorded work that has ended. */
  describe(result: Result): WorkDescription;
}

/**
 * What to show of work that has ended.
 *
 * @example
 * const description: WorkDescription = { input: { path: "/orders" }, output: { status: 200 } };
 */
export interface WorkDescription {
  readonly input: unknown;
  readonly output: unknown;
}

/**
 * Observes work: gives what its `run` gives, without a promise if that is there at once. `failureOf` gives the error behind a result that counts as a
 * failure.
 *
 * @example
 * const answerObserved = (observe: ObserveWork, work: ObservedWork<Response>) =>
 *   observe(work, ({ status }) => status >= 500 ? new Error(`Answered with ${status}`) : undefined);
 */
export type ObserveWork = <Result>(
  work: ObservedWork<Result>,
  failureOf: (result: Result) => unknown,
) => Result | Promise<Result>;
