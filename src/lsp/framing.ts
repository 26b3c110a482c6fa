/**
 * The framing of the Language Server Protocol: a header with the length in bytes, an empty line,
 * and that many bytes of JSON. Written here because a server has to survive what a client, or
 * whatever is on the other end, sends: each mistake is an event, and the memory is bounded.
 */

/** A message is at most this many bytes; an editor sends whole files, which are far smaller. */
export const MAX_MESSAGE_BYTES: number = 64 * 1024 * 1024;

/** Headers are at most this many bytes. */
const MAX_HEADER_BYTES = 4096;

/** What arrives: the text of a message, or why there is none. */
export type Frame =
  | { readonly type: "message"; readonly text: string }
  /** Bytes that are not UTF-8; the next message is not affected. */
  | { readonly type: "invalid"; readonly problem: string }
  /** Where the next message begins is not known any more. */
  | { readonly type: "broken"; readonly problem: string };

const END_OF_HEADER = new Uint8Array([13, 10, 13, 10]);

/** Splits a stream of bytes into messages. */
export class FrameReader {
  #buffer: Uint8Array = new Uint8Array(0);
  /** How much of the buffer is filled. */
  #size = 0;
  /** The length of the message whose header was read. */
  #length: number | undefined;
  #isBroken = false;

  /** The frames that are complete with these bytes; none after a broken one. */
  *push(bytes: Uint8Array): Generator<Frame> {
    if (this.#isBroken) return;
    this.#append(bytes);
    for (;;) {
      if (this.#length === undefined) {
        const header = this.#takeHeader();
        if (header === undefined) return;
        if ("problem" in header) {
          this.#isBroken = true;
          this.#buffer = new Uint8Array(0);
          yield { type: "broken", problem: header.problem };
          return;
        }
        this.#length = header.length;
      }
      if (this.#size < this.#length) return;
      const body = this.#take(this.#length);
      this.#length = undefined;
      yield decode(body);
    }
  }

  #append(bytes: Uint8Array): void {
    if (this.#size + bytes.length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(this.#size + bytes.length, this.#size * 2));
      grown.set(this.#buffer.subarray(0, this.#size));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  #take(count: number): Uint8Array {
    const taken = this.#buffer.slice(0, count);
    this.#buffer.copyWithin(0, count, this.#size);
    this.#size -= count;
    return taken;
  }

  #takeHeader(): { length: number } | { problem: string } | undefined {
    const end = indexOf(this.#buffer.subarray(0, Math.min(this.#size, MAX_HEADER_BYTES)));
    if (end === -1) {
      return this.#size < MAX_HEADER_BYTES
        ? undefined
        : { problem: `A header is longer than ${MAX_HEADER_BYTES} bytes` };
    }
    const text = String.fromCharCode(...this.#take(end + END_OF_HEADER.length).subarray(0, end));
    let length: number | undefined;
    for (const line of text.split("\r\n")) {
      const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
      if (match === null) return { problem: `"${printable(line)}" is not a header` };
      const [, name = "", digits = ""] = match;
      if (name.toLowerCase() !== "content-length") continue;
      if (!/^\d{1,15}$/.test(digits)) {
        return { problem: `"${printable(digits)}" is not a content length` };
      }
      length = Number(digits);
    }
    if (length === undefined) return { problem: "A message has no Content-Length" };
    return length > MAX_MESSAGE_BYTES
      ? { problem: `A message of ${length} bytes is longer than ${MAX_MESSAGE_BYTES} bytes` }
      : { length };
  }
}

/** The bytes of a message with its header. */
export function encodeFrame(message: unknown): Uint8Array {
  const body = new TextEncoder().encode(JSON.stringify(message));
  const header = new TextEncoder().encode(`Content-Length: ${body.length}\r\n\r\n`);
  const bytes = new Uint8Array(header.length + body.length);
  bytes.set(header);
  bytes.set(body, header.length);
  return bytes;
}

function decode(body: Uint8Array): Frame {
  try {
    return { type: "message", text: new TextDecoder("utf-8", { fatal: true }).decode(body) };
  } catch {
    return { type: "invalid", problem: "A message is not UTF-8" };
  }
}

function indexOf(bytes: Uint8Array): number {
  for (let at = 0; at + 3 < bytes.length; at++) {
    if (END_OF_HEADER.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

function printable(text: string): string {
  return text.slice(0, 60).replaceAll(/[^\x20-\x7e]/g, "?");
}
