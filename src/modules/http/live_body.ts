/** The parts of results that are produced while they are sent, as bytes. */
import { chunkBytes, fail, formOf, iteratorOf, resultJson } from "../../contract/author.ts";

/** How the items of an async iterable are written. */
export type ItemFormat = "ndjson" | "sse";

/** The content type of a format. */
export const ITEM_TYPES: Readonly<Record<ItemFormat, string>> = {
  ndjson: "application/x-ndjson",
  sse: "text/event-stream",
};

/** A comment, which clients of server-sent events ignore. */
export const SSE_HEARTBEAT: Uint8Array<ArrayBuffer> = new TextEncoder().encode(": waiting\n\n");

/** The bytes of a live result, of the resource `urn`. */
export function partsOf(
  result: unknown,
  urn: string,
  format: ItemFormat,
): AsyncIterator<Uint8Array<ArrayBuffer>> {
  const iterator = iteratorOf(result);
  const encode = formOf(result) !== "items" ? chunk : format === "sse" ? event : line;
  let index = 0;
  return {
    async next() {
      const { done, value } = await iterator.next();
      return done === true
        ? { done, value: undefined }
        : { done: false, value: encode(value, urn, `result[${index++}]`) };
    },
    async return() {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
  };
}

function chunk(value: unknown, urn: string, place: string): Uint8Array<ArrayBuffer> {
  const bytes = chunkBytes(value);
  if (bytes !== undefined) return bytes;
  throw fail("ERR_EXECUTION_FAILED", {
    urn,
    problem: `its result cannot be sent: \`${place}\` of its stream is neither bytes nor text`,
    chain: [urn],
  }, { help: "Return an async iterable, such as an async generator, to send its items as JSON" });
}

function line(item: unknown, urn: string, place: string): Uint8Array<ArrayBuffer> {
  return encode(`${resultJson(urn, item, place)}\n`);
}

/** An item with `event` and `data` is a named event; any other is the data itself. */
function event(item: unknown, urn: string, place: string): Uint8Array<ArrayBuffer> {
  if (!isNamedEvent(item)) return encode(`data: ${resultJson(urn, item, place)}\n\n`);
  const { event, id, retry, data } = item;
  const fields = [`event: ${oneLine(event)}`];
  if (id !== undefined) fields.push(`id: ${oneLine(id)}`);
  if (retry !== undefined) fields.push(`retry: ${oneLine(retry)}`);
  return encode([...fields, `data: ${resultJson(urn, data, `${place}.data`)}`, "", ""].join("\n"));
}

interface NamedEvent {
  readonly event: string;
  readonly data: unknown;
  readonly id?: string | number;
  readonly retry?: number;
}

function isNamedEvent(item: unknown): item is NamedEvent {
  if (typeof item !== "object" || item === null) return false;
  return typeof (item as NamedEvent).event === "string" && "data" in item &&
    Object.keys(item).every((key) => ["event", "data", "id", "retry"].includes(key));
}

/** A field cannot have a line break, which would begin another field. */
function oneLine(value: unknown): string {
  return String(value).replaceAll(/[\r\n\0]+/g, " ");
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
