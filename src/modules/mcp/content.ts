/** Results of executions as the content of a tool's result. */
import { bytesOf, chunkBytes, formOf, iteratorOf, resultJson } from "../../contract/author.ts";

/** A result that is produced while it is read is collected up to this size. */
const MAX_STREAM_BYTES = 4 * 1024 * 1024;

/** The result of a call: text for text, JSON for data, base64 for bytes. */
export async function contentOf(urn: string, result: unknown): Promise<object> {
  switch (formOf(result)) {
    case "data":
      return dataContent(urn, result);
    case "bytes":
      return bytesContent(urn, bytesOf(result));
    case "items":
      return dataContent(urn, await collectItems(urn, result));
    case "stream":
    case "response": {
      const bytes = await collectBytes(result);
      try {
        return textContent(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
      } catch {
        return bytesContent(urn, bytes);
      }
    }
  }
}

function dataContent(urn: string, result: unknown): object {
  if (result === undefined || result === null) return { content: [] };
  if (typeof result === "string") return textContent(result);
  const text = resultJson(urn, result, "result");
  const isMap = typeof result === "object" && !Array.isArray(result);
  return { ...textContent(text), ...(isMap ? { structuredContent: JSON.parse(text) } : {}) };
}

function textContent(text: string): object {
  return { content: [{ type: "text", text }] };
}

function bytesContent(urn: string, bytes: Uint8Array): object {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  const resource = { uri: `digly:${urn}`, mimeType: "application/octet-stream", blob: btoa(text) };
  return { content: [{ type: "resource", resource }] };
}

async function collectItems(urn: string, result: unknown): Promise<unknown[]> {
  const items: unknown[] = [];
  let size = 0;
  for await (const item of parts(result)) {
    size += resultJson(urn, item, "result").length;
    if (size > MAX_STREAM_BYTES) throw tooLarge();
    items.push(item);
  }
  return items;
}

async function collectBytes(result: unknown): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if ((result as Response).body === null) return new Uint8Array();
  for await (const part of parts(result)) {
    const chunk = chunkBytes(part) ?? new Uint8Array();
    size += chunk.length;
    if (size > MAX_STREAM_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  const all = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}

/** Leaving the loop stops the producer. */
function parts(result: unknown): AsyncIterable<unknown> {
  return { [Symbol.asyncIterator]: () => iteratorOf(result) };
}

function tooLarge(): Error {
  return new Error(`The result is larger than ${MAX_STREAM_BYTES} bytes`);
}
