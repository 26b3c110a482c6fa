/** `digly mcp`: lets an agent list, check, execute and test an app, over the Model Context Protocol. */
import { isDiglyError, messageOf } from "../contract/errors.ts";
import type { Output, Platform } from "../contract/platform.ts";
import { isMap } from "../contract/resource.ts";
import type { EventsView, ExecutionView } from "../inspector/api.ts";
import { type CliHost, type CommonOptions, EVENTS_FILE } from "./host.ts";
import { addressFor, connect, type InspectorClient } from "./inspector_client.ts";
import { renderError } from "./report.ts";
import { renderingOn } from "./session.ts";

/** A tool, and what calling it does. */
interface Tool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: object;
  readonly annotations?: object;
  call(input: Readonly<Record<string, unknown>>): Promise<ToolOutput>;
}

/** What a tool has written. */
interface ToolOutput {
  readonly text: string;
  readonly isError: boolean;
}

const INSTRUCTIONS =
  "Digly runs apps that are described as resources in YAML. Use check after each " +
  "change of a manifest, and run_tests before you say that something works. list_resources shows " +
  "what there is, with the schema of the input of each resource; execute runs one of them.";

const BOOT_TIMEOUT_MS = 60_000;
const SHUTDOWN_TIMEOUT_MS = 30_000;
const MOST_EVENTS = 200;

/** Serves the app at `path` until standard input ends; resolves with the exit code. */
export async function mcp(host: CliHost, path: string, options: CommonOptions): Promise<number> {
  const tools = toolsOf(host, path, options);
  await host.serveMcp({
    serverInfo: { name: "digly", version: host.version },
    instructions: INSTRUCTIONS,
    list: () => tools.map(({ call: _, ...description }) => description),
    call(name, input) {
      const tool = tools.find((one) => one.name === name);
      if (tool === undefined) return undefined;
      return tool.call(isMap(input) ? input : {}).catch((error) => {
        const rendering = { ...renderingOn(host, false), color: false };
        return { text: renderError(error, rendering), isError: true };
      }).then(({ text, isError }) => ({
        content: [{ type: "text", text: text === "" ? "Done" : text }],
        ...(isError ? { isError } : {}),
      }));
    },
  });
  return 0;
}

function toolsOf(host: CliHost, path: string, options: CommonOptions): Tool[] {
  const start = { ...options, bootTimeout: BOOT_TIMEOUT_MS, shutdownTimeout: SHUTDOWN_TIMEOUT_MS };
  return [
    {
      name: "list_resources",
      description: "Lists the resources of the app and how they are connected, as JSON.",
      inputSchema: object({}),
      annotations: { readOnlyHint: true },
      call: () =>
        captured(
          host,
          async (own) =>
            (await import("./graph.ts")).graph(own, path, { ...options, format: "json" }),
        ),
    },
    {
      name: "check",
      description: "Reports every problem that can be found without running the app.",
      inputSchema: object({}),
      annotations: { readOnlyHint: true },
      call: () =>
        captured(
          host,
          async (own) =>
            (await import("./check.ts")).check(own, path, { ...options, format: "text" }),
        ),
    },
    {
      name: "execute",
      description:
        "Executes one resource and returns its result as JSON. Uses the running app if " +
        "it was started with --inspect, and boots it otherwise.",
      inputSchema: object({
        urn: { type: "string", description: "Kind and name, such as JavaScript.Script.Greet" },
        input: { description: "The input of the execution" },
      }, "urn"),
      async call({ urn, input }) {
        const running = runningApp(path, host.platform);
        if (running !== undefined) return await executeIn(running, String(urn), input);
        return await captured(
          host,
          async (own) =>
            (await import("./exec.ts")).exec(own, path, String(urn), {
              ...start,
              ...(input === undefined ? {} : { input: JSON.stringify(input) }),
            }),
        );
      },
    },
    {
      name: "read_events",
      description: "Reads the latest events of the app: from the running app if it was started " +
        "with --inspect, and otherwise from the file that --debug writes.",
      inputSchema: object({
        type: { type: "string", description: "A name, in which * matches any text: Http.*" },
        resource: { type: "string", description: "Only events about this resource" },
        limit: { type: "integer", minimum: 1, maximum: MOST_EVENTS },
      }),
      annotations: { readOnlyHint: true },
      call: (input) => readEvents(host, path, input),
    },
    {
      name: "run_tests",
      description: "Runs the tests beside the app.",
      inputSchema: object({
        filter: { type: "string", description: "Only tests whose name contains this" },
      }),
      call: ({ filter }) =>
        captured(
          host,
          async (own) =>
            (await import("./test/test.ts")).test(own, [folderOf(path, host.platform)], {
              reporter: "spec",
              concurrency: 4,
              ...(options.envFile === undefined ? {} : { envFile: options.envFile }),
              ...(typeof filter === "string" ? { filter } : {}),
            }),
        ),
    },
  ];
}

function object(properties: object, ...required: readonly string[]): object {
  return { type: "object", properties, required, additionalProperties: false };
}

/** The folder of an app, in which its tests are. */
function folderOf(path: string, { files, toUrl, toPath }: Platform): string {
  const url = toUrl(path);
  return files.stat(url)?.kind === "directory" ? path : toPath(new URL(".", url).href);
}

function runningApp(path: string, platform: Platform): InspectorClient | undefined {
  return addressFor(path, platform) === undefined ? undefined : connect(path, platform);
}

async function executeIn(
  client: InspectorClient,
  urn: string,
  input: unknown,
): Promise<ToolOutput> {
  const { output, failure } = await client.post<ExecutionView>("executions", {
    urn,
    ...(input === undefined ? {} : { input }),
  });
  if (failure === undefined) return { text: JSON.stringify(output ?? null), isError: false };
  const { code, message, help, frame } = failure;
  const lines = [
    `error[${code}]: ${message}`,
    frame,
    help === undefined ? undefined : `help: ${help}`,
  ];
  return { text: lines.filter((line) => line !== undefined).join("\n"), isError: true };
}

async function readEvents(
  host: CliHost,
  path: string,
  { type, resource, limit = MOST_EVENTS }: Readonly<Record<string, unknown>>,
): Promise<ToolOutput> {
  const running = runningApp(path, host.platform);
  if (running !== undefined) {
    const query = new URLSearchParams({ limit: String(limit) });
    if (typeof type === "string") query.set("name", type);
    if (typeof resource === "string") query.set("resource", resource);
    const { items } = await running.get<EventsView>(`events?${query}`);
    return { text: items.map((item) => JSON.stringify(item)).join("\n"), isError: false };
  }
  const { text, isError } = await captured(
    host,
    async (own) =>
      (await import("./events.ts")).events(own, EVENTS_FILE, {
        bootTimeout: BOOT_TIMEOUT_MS,
        shutdownTimeout: SHUTDOWN_TIMEOUT_MS,
        format: "json",
        ...(typeof type === "string" ? { type: [type] } : {}),
        ...(typeof resource === "string" ? { resource } : {}),
      }),
  );
  return { text: text.split("\n").slice(-Number(limit) - 1).join("\n"), isError };
}

/** Runs a command and gives what it has written instead of writing it. */
async function captured(
  host: CliHost,
  run: (host: CliHost) => Promise<number>,
): Promise<ToolOutput> {
  let text = "";
  const decoder = new TextDecoder();
  const output: Output = {
    isTerminal: false,
    write: (content) => {
      text += typeof content === "string" ? content : decoder.decode(content, { stream: true });
    },
  };
  const platform: Platform = {
    ...host.platform,
    stdout: output,
    stderr: output,
  };
  const own: CliHost = {
    ...host,
    platform,
    createKernel: (choices) => host.createKernel({ platform, ...choices }),
  };
  try {
    return { isError: await run(own) !== 0, text: text.trimEnd() };
  } catch (error) {
    if (!isDiglyError(error)) return { text: `${text}${messageOf(error)}`, isError: true };
    const rendered = renderError(error, { ...renderingOn(own, false), color: false });
    return { text: text + rendered, isError: true };
  }
}
