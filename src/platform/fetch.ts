/** Fetches over the network with `fetch`, which Node, Bun and Deno share. */
import type { RemoteResponse } from "../contract/platform.ts";

/**
 * Asks for what is not compressed, and lets Bun decompress nothing: it would do so before anybody reads,
 * so that a small response could take all memory.
 */
const UNCOMPRESSED = { headers: { "accept-encoding": "identity" }, decompress: false } as const;

/** Asks for a URL; redirects are the caller's business. */
export async function fetchRemote(url: string, signal: AbortSignal): Promise<RemoteResponse> {
  const response = await fetch(url, { ...UNCOMPRESSED, signal, redirect: "manual" });
  if ((response.headers.get("content-encoding") ?? "identity") !== "identity") {
    response.body?.cancel().catch(() => {});
    throw new Error("the server compresses its response, which was not asked for");
  }
  return {
    status: response.status,
    location: response.headers.get("location") ?? undefined,
    contentType: response.headers.get("content-type") ?? undefined,
    body: chunksOf(response),
    cancel: () => void response.body?.cancel().catch(() => {}),
  };
}

async function* chunksOf({ body }: Response): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
