/**
 * The pages that read the stream. Each has a queue of its own: a page that reads too slowly loses
 * messages, and the app never waits for one.
 */
import type { StreamMessages, StreamTopic } from "./api.ts";

/** The most messages, and characters of them, that wait for a page. */
export const MOST_WAITING = 2_000;
export const MOST_WAITING_TEXT: number = 4 * 1_024 * 1_024;

/** The most pages at once. */
export const MOST_PAGES = 16;

/** How much is sent at once. */
const CHUNK = 64 * 1_024;

/** Keeps connections open that nothing is sent over. */
const HEARTBEAT_MS = 15_000;

export const TOPICS: readonly StreamTopic[] = [
  "app",
  "states",
  "rates",
  "executions",
  "events",
  "logs",
  "reloads",
  "cluster",
];

/** Other processes report each of their executions for `cluster`, so it is sent on request only. */
export const DEFAULT_TOPICS: readonly StreamTopic[] = TOPICS.filter((topic) => topic !== "cluster");

/** A page that reads the stream. */
class OpenPage {
  readonly topics: ReadonlySet<StreamTopic>;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #waiting: { readonly topic: string; readonly text: string }[] = [];
  #length = 0;
  #lost: Record<string, number> = {};
  #wake: (() => void) | undefined;
  #isClosed = false;

  constructor(topics: ReadonlySet<StreamTopic>, onClosed: () => void) {
    this.topics = topics;
    const encoder = new TextEncoder();
    const close = () => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      this.#waiting.length = 0;
      onClosed();
    };
    this.body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: async (controller) => {
        const text = await this.#next();
        if (text === undefined) {
          close();
          controller.close();
        } else controller.enqueue(encoder.encode(text));
      },
      cancel: close,
    }, { highWaterMark: 0 });
  }

  send(topic: keyof StreamMessages, text: string): void {
    if (this.#isClosed) return;
    const length = text.length + topic.length + 16;
    while (
      this.#waiting.length > 0 &&
      (this.#waiting.length >= MOST_WAITING || this.#length + length > MOST_WAITING_TEXT)
    ) {
      // The oldest go first: a page that falls behind is to catch up with what happens now.
      const dropped = this.#waiting.shift();
      if (dropped === undefined) break;
      this.#length -= dropped.text.length;
      this.#lost[dropped.topic] = (this.#lost[dropped.topic] ?? 0) + 1;
    }
    const message = `event: ${topic}\ndata: ${text}\n\n`;
    this.#waiting.push({ topic, text: message });
    this.#length += message.length;
    this.#wake?.();
  }

  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  /** What is sent next; `undefined` at the end. */
  async #next(): Promise<string | undefined> {
    if (this.#waiting.length === 0 && !this.#isClosed) await this.#woken();
    if (this.#isClosed) return undefined;
    let text = "";
    if (Object.keys(this.#lost).length > 0) {
      text = `event: lost\ndata: ${JSON.stringify(this.#lost)}\n\n`;
      this.#lost = {};
    }
    let count = 0;
    while (count < this.#waiting.length && text.length < CHUNK) {
      text += this.#waiting[count++]?.text ?? "";
    }
    for (const { text } of this.#waiting.splice(0, count)) this.#length -= text.length;
    return text === "" ? ": waiting\n\n" : text;
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(wake, HEARTBEAT_MS);
      this.#wake = wake;
    });
  }
}

/** All open pages. */
export class Pages {
  readonly #pages = new Set<OpenPage>();
  readonly #onChange: () => void;

  /** `onChange` is called when a page is opened or closed. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get count(): number {
    return this.#pages.size;
  }

  /** True if a page reads the topic. */
  reads(topic: StreamTopic): boolean {
    for (const { topics } of this.#pages) if (topics.has(topic)) return true;
    return false;
  }

  /** Opens a page, whose first messages are `first`; `undefined` if there are too many. */
  open(
    topics: ReadonlySet<StreamTopic>,
    first: () => Partial<StreamMessages>,
  ): ReadableStream<Uint8Array<ArrayBuffer>> | undefined {
    if (this.#pages.size >= MOST_PAGES) return undefined;
    const page = new OpenPage(topics, () => {
      this.#pages.delete(page);
      this.#onChange();
    });
    this.#pages.add(page);
    this.#onChange();
    for (const [topic, message] of Object.entries(first())) {
      page.send(topic as StreamTopic, JSON.stringify(message));
    }
    return page.body;
  }

  publish<Topic extends StreamTopic>(topic: Topic, message: StreamMessages[Topic]): void {
    if (this.#pages.size === 0) return;
    let text: string | undefined;
    for (const page of this.#pages) {
      if (page.topics.has(topic)) page.send(topic, text ??= JSON.stringify(message));
    }
  }

  close(): void {
    for (const page of this.#pages) page.close();
  }
}
