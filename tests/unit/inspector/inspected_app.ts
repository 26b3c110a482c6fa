/** Apps with an inspector, whose API is called without a network. */
import type { TestContext } from "node:test";
import type { ApiProblem } from "../../../src/inspector/api.ts";
import { type Inspector, startInspector } from "../../../src/inspector/inspector.ts";
import type { HttpAdapter } from "../../../src/inspector/server.ts";
import type { Kernel } from "../../../src/kernel/kernel.ts";
import type { Platform } from "../../../src/contract/platform.ts";
import type { KernelOptions } from "../../../src/kernel/options.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";

/** An inspector and its API. */
export interface Inspected {
  readonly inspector: Inspector;
  /** The options of a kernel that it observes. */
  readonly options: Pick<KernelOptions, "log" | "probe">;
  /** Sends a request with the token. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  get<View>(path: string): Promise<View>;
  post<View>(path: string, body: unknown): Promise<View>;
  /** The status and error of a request that is refused. */
  refused(path: string, init?: RequestInit): Promise<{ status: number } & ApiProblem["error"]>;
  /** Sets the clock of the inspector, in milliseconds. */
  setTime(ms: number): void;
}

const PORT = 4_000;

/** Starts an inspector that does not listen. */
export async function inspect(
  t: TestContext,
  platform: Platform = memoryPlatform({ cwd: "/app" }),
): Promise<Inspected> {
  let answer!: (request: Request) => Promise<Response>;
  const adapter: HttpAdapter = {
    Response,
    listen({ fetch }) {
      answer = fetch;
      return Promise.resolve({ port: PORT, close: () => Promise.resolve() });
    },
  };
  let nowMs = 1_000_000;
  const inspector = await startInspector({
    platform,
    adapter,
    port: 0,
    path: "runtime.yaml",
    pageFile: (path) =>
      Promise.resolve(path === "/" ? { type: "text/html", text: "page", policy: "p" } : undefined),
    warn: (message) => t.diagnostic(message),
    now: () => nowMs,
  });
  t.after(() => inspector.close());

  function fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has("host")) headers.set("host", `127.0.0.1:${PORT}`);
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${inspector.token}`);
    return answer(new Request(`http://127.0.0.1:${PORT}${path}`, { ...init, headers }));
  }

  async function read<View>(response: Response): Promise<View> {
    const value = await response.json();
    if (response.status !== 200) throw new Error(JSON.stringify(value));
    return value as View;
  }

  return {
    inspector,
    options: { probe: inspector.probe, log: inspector.tee(undefined) },
    fetch,
    get: async (path) => await read(await fetch(`/api/v1/${path}`)),
    post: async (path, body) =>
      await read(
        await fetch(`/api/v1/${path}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        }),
      ),
    async refused(path, init) {
      const response = await fetch(path, init);
      const { error } = await response.json() as ApiProblem;
      return { status: response.status, ...error };
    },
    setTime(ms) {
      nowMs = ms;
    },
  };
}

/** Attaches, loads and starts a kernel, which is stopped when the test ends. */
export async function startInspected(
  t: TestContext,
  { inspector }: Inspected,
  kernel: Kernel,
): Promise<void> {
  inspector.attach(kernel);
  t.after(() => kernel.stop());
  await kernel.load("/app/runtime.yaml");
  await kernel.start();
}
