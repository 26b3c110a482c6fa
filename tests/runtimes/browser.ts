/** A headless Chromium, driven over its debugging protocol. */
import { Buffer } from "node:buffer";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/** An open page. */
export interface Page {
  /** The URLs of all requests that it has made. */
  readonly requests: readonly string[];
  /** What it has written to the console, and what was blocked. */
  readonly messages: readonly string[];
  /** Evaluates an expression; waits for a promise. */
  evaluate(expression: string): Promise<unknown>;
  /** Waits until an expression is true, thirty seconds at most. */
  waitFor(expression: string): Promise<void>;
  /** Presses a key of this name, such as `Enter` or `a`. */
  press(key: string): Promise<void>;
  /** Changes what the page is shown on. */
  emulate(screen: Screen): Promise<void>;
  /** The visible part of the page, as a PNG. */
  screenshot(): Promise<Uint8Array>;
}

/** What a page is shown on. */
export interface Screen {
  readonly width: number;
  readonly height: number;
  readonly theme?: "light" | "dark";
  /** Pixels of the screen for each of the page; 1 by default. */
  readonly scale?: number;
}

/** The command of Chromium; `undefined` if it is not installed. */
export function chromium(): string | undefined {
  return ["chromium", "chromium-browser", "google-chrome"].find((command) =>
    spawnSync(command, ["--version"]).status === 0
  );
}

const running = new Set<ChildProcess>();
const profiles = new Set<string>();

after(async () => {
  for (const child of running) {
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await ended;
  }
  for (const profile of profiles) rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
});

interface Reply {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, never>;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Opens a page in a new browser, which can reach nothing but the loopback interface. */
export async function openPage(command: string, url: string): Promise<Page> {
  const debuggerUrl = await startBrowser(command);
  const socket = new WebSocket(debuggerUrl);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  const pending = new Map<number, (reply: Reply) => void>();
  const requests: string[] = [];
  const messages: string[] = [];
  let lastId = 0;
  socket.onmessage = ({ data }) => {
    const reply = JSON.parse(String(data)) as Reply;
    if (reply.id !== undefined) pending.get(reply.id)?.(reply);
    else record(reply, requests, messages);
  };
  const send = (method: string, params: object = {}, sessionId?: string) =>
    new Promise<Record<string, never>>((resolve, reject) => {
      const id = ++lastId;
      pending.set(id, ({ result, error }) => {
        pending.delete(id);
        if (error === undefined) resolve(result as Record<string, never>);
        else reject(new Error(`${method}: ${error.message}`));
      });
      socket.send(JSON.stringify({ id, method, params, sessionId }));
    });

  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  for (const domain of ["Network", "Log", "Runtime", "Page"]) {
    await send(`${domain}.enable`, {}, sessionId);
  }
  await send("Page.navigate", { url }, sessionId);

  async function evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    }, sessionId) as Record<string, unknown> as {
      readonly result: { readonly value?: unknown };
      readonly exceptionDetails?: unknown;
    };
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  }

  return {
    requests,
    messages,
    evaluate,
    async press(key) {
      const text = key === "Enter" ? "\r" : key.length === 1 ? key : undefined;
      for (const type of ["keyDown", "keyUp"]) {
        const event = { type, key, ...(text === undefined || type === "keyUp" ? {} : { text }) };
        await send("Input.dispatchKeyEvent", event, sessionId);
      }
    },
    async emulate({ width, height, theme = "light", scale = 1 }) {
      const metrics = { width, height, deviceScaleFactor: scale, mobile: width < 500 };
      await send("Emulation.setDeviceMetricsOverride", metrics, sessionId);
      const features = [{ name: "prefers-color-scheme", value: theme }];
      await send("Emulation.setEmulatedMedia", { features }, sessionId);
    },
    async screenshot() {
      const { data } = await send("Page.captureScreenshot", { format: "png" }, sessionId);
      return Buffer.from(String(data), "base64");
    },
    async waitFor(expression) {
      for (const end = Date.now() + 30_000; Date.now() < end;) {
        // Until the page is there, evaluating fails.
        if (await evaluate(`Boolean(${expression})`).catch(() => false)) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`The page never had ${expression}; it said ${messages.join("; ")}`);
    },
  };
}

function record({ method, params = {} }: Reply, requests: string[], messages: string[]): void {
  const { request, entry, args, exceptionDetails } = params as {
    request?: { url: string };
    entry?: { text: string };
    args?: readonly { value?: unknown; description?: string }[];
    exceptionDetails?: { text: string };
  };
  if (method === "Network.requestWillBeSent") requests.push(request!.url);
  if (method === "Log.entryAdded") messages.push(entry!.text);
  if (method === "Runtime.exceptionThrown") messages.push(exceptionDetails!.text);
  if (method === "Runtime.consoleAPICalled") {
    messages.push((args ?? []).map(({ value, description }) => value ?? description).join(" "));
  }
}

/** Starts the browser and returns the address of its debugger. */
function startBrowser(command: string): Promise<string> {
  const profile = mkdtempSync(join(tmpdir(), "digly-browser-"));
  profiles.add(profile);
  const child = spawn(command, [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
    `--user-data-dir=${profile}`,
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "about:blank",
  ], { stdio: ["ignore", "ignore", "pipe"] });
  running.add(child);
  child.once("close", () => running.delete(child));
  return new Promise((resolve, reject) => {
    let text = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      const found = /DevTools listening on (ws:\S+)/.exec(text);
      if (found !== null) resolve(found[1]!);
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`Chromium ended: ${text}`)));
  });
}
