/**
 * Repeats the first check of an app while the client does nothing. A runtime compiles what runs often,
 * so that without it the first edits of a large app take twice the time of later ones.
 */

/** How long the client must have been silent, in milliseconds: longer than a pause between two keys. */
const IDLE_MS = 300;

/** How often a check is repeated. Further repetitions make it only a little faster. */
const REPETITIONS = 3;

/** A check that takes longer would keep the client waiting if it sends something meanwhile. */
const MAX_CHECK_MS = 5_000;

/** A check that takes less is fast enough. */
const MIN_CHECK_MS = 50;

/** The checks of a session that are to be repeated. */
export class WarmUp {
  readonly #check: (url: string) => Promise<void>;
  readonly #left = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isPaused = true;
  #running: Promise<void> | undefined;

  /** `check` checks the app at a URL, and discards the result. */
  constructor(check: (url: string) => Promise<void>) {
    this.#check = check;
  }

  /** Notes that an app was checked, and how long that took. */
  checked(url: string, durationMs: number): void {
    if (this.#left.has(url)) return;
    const isWanted = durationMs >= MIN_CHECK_MS && durationMs <= MAX_CHECK_MS;
    this.#left.set(url, isWanted ? REPETITIONS : 0);
  }

  /** Begins to wait for the client to be idle. */
  schedule(): void {
    this.pause();
    this.#isPaused = false;
    if (![...this.#left.values()].some((left) => left > 0)) return;
    this.#timer = setTimeout(() => void this.#repeat(), IDLE_MS);
  }

  /** Stops waiting; a repetition that runs comes to its end. */
  pause(): void {
    this.#isPaused = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Resolves when none is running. */
  async ended(): Promise<void> {
    await this.#running;
  }

  async #repeat(): Promise<void> {
    const next = [...this.#left].find(([, left]) => left > 0);
    if (next === undefined) return;
    const [url, left] = next;
    this.#left.set(url, left - 1);
    // What is wrong with the app was reported by the check that is repeated.
    this.#running = this.#check(url).catch(() => {});
    await this.#running;
    if (!this.#isPaused) this.schedule();
  }
}
