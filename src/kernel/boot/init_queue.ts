/**
 * Initialises neighbouring resources together, if their kinds allow it (`concurrentInit`). They
 * count as initialised in their own order, whichever `init` ends first.
 */

/** The most resources that are initialised at the same time. */
const MOST_AT_ONCE = 16;

/** A resource whose `init` was called. */
interface Pending<Resource> {
  readonly resource: Resource;
  state: "running" | "done" | "failed";
  error?: unknown;
}

/** Options of {@link createInitQueue}. */
export interface InitQueueOptions<Resource> {
  readonly init: (resource: Resource) => Promise<void>;
  readonly onInitialized: (resource: Resource) => void;
  /** Called with the oldest resource that is waited for. */
  readonly onWait: (resource: Resource) => void;
}

/** Resources that are being initialised. */
export interface InitQueue<Resource> {
  readonly isEmpty: boolean;
  /** Begins to initialise a resource, when fewer than sixteen are. Throws as `settle` does. */
  add(resource: Resource): Promise<void>;
  /** Waits for all of them. Throws the error of the first one, in their order, that failed. */
  settle(): Promise<void>;
}

/** Creates an empty queue. */
export function createInitQueue<Resource>(
  { init, onInitialized, onWait }: InitQueueOptions<Resource>,
): InitQueue<Resource> {
  /** In their order, from the first that does not count as initialised yet. */
  const queue: Pending<Resource>[] = [];
  const running = new Set<Pending<Resource>>();
  let onEnded = () => {};
  let hasFailed = false;

  async function begin(pending: Pending<Resource>): Promise<void> {
    try {
      await init(pending.resource);
      pending.state = "done";
    } catch (error) {
      pending.state = "failed";
      hasFailed = true;
      pending.error = error;
    }
    running.delete(pending);
    onEnded();
  }

  async function untilOneEnds(): Promise<void> {
    const [oldest] = running;
    if (oldest === undefined) return;
    onWait(oldest.resource);
    await new Promise<void>((resolve) => onEnded = resolve);
  }

  /** Waits until one of them ends, or all of them if one has failed. */
  async function next(): Promise<void> {
    await untilOneEnds();
    if (hasFailed) {
      while (running.size > 0) await untilOneEnds();
      // What was initialised must be torn down, even after one that failed.
      const all = queue.splice(0);
      for (const { state, resource } of all) if (state === "done") onInitialized(resource);
      throw all.find(({ state }) => state === "failed")?.error;
    }
    let count = 0;
    for (let first = queue[0]; first?.state === "done"; first = queue[++count]) {
      onInitialized(first.resource);
    }
    queue.splice(0, count);
  }

  return {
    get isEmpty() {
      return queue.length === 0;
    },
    async add(resource) {
      while (running.size >= MOST_AT_ONCE) await next();
      const pending: Pending<Resource> = { resource, state: "running" };
      queue.push(pending);
      running.add(pending);
      void begin(pending);
    },
    async settle() {
      while (queue.length > 0) await next();
    },
  };
}
