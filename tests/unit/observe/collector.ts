/** A collector of traces on the loopback interface. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A span as OTLP has it in JSON. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
  readonly status: { readonly code?: number; readonly message?: string };
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

/** What was collected. */
export interface Collector {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  readonly headers: readonly IncomingHttpHeaders[];
  readonly paths: readonly (string | undefined)[];
  /** Attributes of the program that sent the spans. */
  resource(): Record<string, unknown>;
  /** The text of everything that was sent. */
  text(): string;
  close(): void;
}

/** Attributes as an object. */
export function attributesOf(
  list: readonly { readonly key: string; readonly value: Record<string, unknown> }[],
): Record<string, unknown> {
  return Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));
}

/** Starts a collector. */
export async function startCollector(status = 200): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const paths: (string | undefined)[] = [];
  const texts: string[] = [];
  let resource: Record<string, unknown> = {};
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (part: string) => text += part);
    request.on("end", () => {
      headers.push(request.headers);
      paths.push(request.url);
      texts.push(text);
      for (const { resource: from, scopeSpans } of JSON.parse(text).resourceSpans) {
        resource = attributesOf(from.attributes);
        for (const scope of scopeSpans) spans.push(...scope.spans);
      }
      response.writeHead(status, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    headers,
    paths,
    resource: () => resource,
    text: () => texts.join("\n"),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
