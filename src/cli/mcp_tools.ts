/** The tools of `digly mcp`. */
import type { Platform } from "../contract/platform.ts";
import type { AppView, EventsView, ExecutionView } from "../inspector/api.ts";
import { type CapturedOutput, captureOutput } from "./captured_output.ts";
import { type CliHost, type CommonOptions, EVENTS_FILE } from "./host.ts";
import { addressFor, connect, type InspectorClient } from "./inspector_client.ts";
import { argumentsOf, type ArgumentsSchema } from "./mcp_arguments.ts";
import { openSession } from "./session.ts";

/** A tool, and what calling it does. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: ArgumentsSchema;
  readonly annotations?: object;
  /** Called with arguments that its schema accepts. Ends early once `signal` is aborted. */
  call(input: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<ToolOutput>;
}

/** What a tool answers: its result, and what was written beside it. */
export interface ToolOutput {
  readonly texts: readonly string[];
  readonly isError: boolean;
}

const BOOT_TIMEOUT_MS = 60_000;
const SHUTDOWN_TIMEOUT_MS = 30_000;
const MOST_EVENTS = 200;
const MOST_RESOURCES = 500;
const DEFAULT_RESOURCES = 100;

/** Creates the tools for the app at `path`. */
export function createTools(host: CliHost, path: string, options: CommonOptions): readonly Tool[] {
  const start = { ...options, bootTimeout: BOOT_TIMEOUT_MS, shutdownTimeout: SHUTDOWN_TIMEOUT_MS };
  const { platform } = host;
  return [
    {
      name: "list_resources",
      description:
        "Lists resources of the app and their connections, as JSON: `resources` have the " +
        "JSON Schema of the input of an execution where it is known, `total` is the number of all " +
        "that match, and `next` is the `after` of the following call if there are more.",
      inputSchema: argumentsOf({
        filter: { type: "string", description: "Only resources whose URN contains this text" },
        after: { type: "integer", minimum: 0, description: "The number of resources to skip" },
        limit: {
          type: "integer",
          minimum: 1,
          maximum: MOST_RESOURCES,
          description: `The most resources to list; ${DEFAULT_RESOURCES} by default`,
        },
      }),
      annotations: { readOnlyHint: true },
      call: async (input) =>
        outputOf(await captureOutput(host, (own) => listResources(own, path, options, input))),
    },
    {
      name: "check",
      description:
        "Reports every problem that can be found without running the app, with its place in the " +
        "manifests and what to do about it.",
      inputSchema: argumentsOf({}),
      annotations: { readOnlyHint: true },
      call: async () =>
        outputOf(
          await captureOutput(
            host,
            async (own) =>
              (await import("./check.ts")).check(own, path, { ...options, format: "text" }),
          ),
        ),
    },
    {
      name: "execute",
      description:
        "Executes one resource and returns its result as JSON; log lines follow in a second part " +
        "of the answer. Uses the running app if it was started with --inspect, and starts and stops " +
        "it otherwise.",
      inputSchema: argumentsOf({
        urn: { type: "string", description: "Kind and name, such as JavaScript.Script.Greet" },
        input: { description: "The input of the execution; list_resources has its schema" },
      }, "urn"),
      async call({ urn, input }, signal) {
        const running = await runningApp(path, platform);
        if (running !== undefined) return await executeIn(running, String(urn), input);
        return outputOf(
          await captureOutput(
            host,
            async (own) =>
              (await import("./exec.ts")).exec(own, path, String(urn), {
                ...start,
                ...(input === undefined ? {} : { input: JSON.stringify(input) }),
                signal,
              }),
            signal,
          ),
        );
      },
    },
    {
      name: "read_events",
      description: "Reads the latest events of the app, oldest first, as lines of JSON: from the " +
        "running app if it was started with --inspect, and otherwise from the file that --debug " +
        "writes. Executions are among them only in that file.",
      inputSchema: argumentsOf({
        type: { type: "string", description: "A name, in which * matches any text: Http.*" },
        resource: { type: "string", description: "Only events about this resource" },
        limit: {
          type: "integer",
          minimum: 1,
          maximum: MOST_EVENTS,
          description: `The most events to read; ${MOST_EVENTS} by default`,
        },
      }),
      annotations: { readOnlyHint: true },
      call: (input) => readEvents(host, path, input),
    },
    {
      name: "run_tests",
      description: "Runs the tests in the folder of the app, and reports each with its failure.",
      inputSchema: argumentsOf({
        filter: { type: "string", description: "Only tests whose name contains this" },
      }),
      call: async ({ filter }, signal) => {
        // The folder of an app that does not exist may be that of others.
        if (platform.files.stat(platform.toUrl(path)) === undefined) {
          return { texts: [`error: ${path} does not exist`], isError: true };
        }
        return outputOf(
          await captureOutput(
            host,
            async (own) =>
              (await import("./test/test.ts")).test(own, [folderOf(path, platform)], {
                reporter: "spec",
                concurrency: 4,
                ...(options.envFile === undefined ? {} : { envFile: options.envFile }),
                ...(typeof filter === "string" ? { filter } : {}),
              }),
            signal,
          ),
        );
      },
    },
  ];
}

function outputOf({ stdout, stderr, exitCode }: CapturedOutput): ToolOutput {
  return { texts: [stdout, stderr], isError: exitCode !== 0 };
}

async function listResources(
  host: CliHost,
  path: string,
  options: CommonOptions,
  { filter = "", after = 0, limit = DEFAULT_RESOURCES }: Readonly<Record<string, unknown>>,
): Promise<number> {
  const { kernel, platform: { stdout } } = await openSession(host, options, {});
  await kernel.load(path);
  await kernel.verify();
  const app = kernel.inspect();
  const { resources, connections } = await kernel.graph();
  const matching = resources.filter(({ urn }) => urn.includes(String(filter)));
  const end = Number(after) + Number(limit);
  const page = matching.slice(Number(after), end);
  const listed = new Set(page.map(({ urn }) => urn));
  const value = {
    total: matching.length,
    ...(end < matching.length ? { next: end } : {}),
    resources: page.map((resource) => {
      const described = app.describe(resource.urn);
      const description = described?.metadata.description;
      const input = described?.input;
      return {
        ...resource,
        ...(description === undefined ? {} : { description }),
        ...(input === undefined ? {} : { input }),
      };
    }),
    connections: connections.filter(({ from }) => listed.has(from)),
  };
  stdout.write(JSON.stringify(kernel.redact(value)));
  return 0;
}

/** The folder of an app, in which its tests are. */
function folderOf(path: string, { files, toUrl, toPath }: Platform): string {
  const url = toUrl(path);
  return files.stat(url)?.kind === "directory" ? path : toPath(new URL(".", url).href);
}

/** The inspector of the app, if it runs: a process that was killed has left its address. */
async function runningApp(path: string, platform: Platform): Promise<InspectorClient | undefined> {
  const address = addressFor(path, platform);
  if (address === undefined) return undefined;
  const client = connect(address, platform);
  return await client.get<AppView>("app").then(() => client, () => undefined);
}

async function executeIn(
  client: InspectorClient,
  urn: string,
  input: unknown,
): Promise<ToolOutput> {
  const { output, failure, logs } = await client.post<ExecutionView>("executions", {
    urn,
    ...(input === undefined ? {} : { input }),
  });
  const lines = logs.map((line) => JSON.stringify(line)).join("\n");
  if (failure === undefined) {
    return { texts: [JSON.stringify(output ?? null), lines], isError: false };
  }
  const { code, message, help, place, frame } = failure;
  const error = [
    `error[${code}]: ${message}`,
    place === undefined ? undefined : `  --> ${place.file}:${place.line}:${place.column}`,
    frame,
    help === undefined ? undefined : `  help: ${help}`,
  ];
  return { texts: [error.filter((line) => line !== undefined).join("\n"), lines], isError: true };
}

async function readEvents(
  host: CliHost,
  path: string,
  { type, resource, limit = MOST_EVENTS }: Readonly<Record<string, unknown>>,
): Promise<ToolOutput> {
  const { platform } = host;
  const running = await runningApp(path, platform);
  if (running !== undefined) {
    const query = new URLSearchParams({ limit: String(limit) });
    if (typeof type === "string") query.set("name", type);
    if (typeof resource === "string") query.set("resource", resource);
    const { items } = await running.get<EventsView>(`events?${query}`);
    const text = items.map((item) => JSON.stringify(item)).join("\n");
    return { texts: [text === "" ? "No event matches" : text], isError: false };
  }
  const file = eventsFileOf(path, platform);
  if (file === undefined) {
    const text = "error: There are no events of this app\n" +
      "  help: Run it with --inspect, or with --debug in its folder";
    return { texts: [text], isError: true };
  }
  const { stdout, stderr, exitCode } = await captureOutput(
    host,
    async (own) =>
      (await import("./events.ts")).events(own, file, {
        bootTimeout: BOOT_TIMEOUT_MS,
        shutdownTimeout: SHUTDOWN_TIMEOUT_MS,
        format: "json",
        ...(typeof type === "string" ? { type: [type] } : {}),
        ...(typeof resource === "string" ? { resource } : {}),
      }),
  );
  const latest = stdout.split("\n").slice(-Number(limit)).join("\n");
  return { texts: [latest, stderr], isError: exitCode !== 0 };
}

/** The file of events in the working directory, or in the folder of the app. */
function eventsFileOf(path: string, platform: Platform): string | undefined {
  const { files, toUrl, toPath } = platform;
  const folder = toUrl(folderOf(path, platform)).replace(/\/*$/, "/");
  const places = [toUrl(EVENTS_FILE), new URL(EVENTS_FILE, folder).href];
  const found = places.find((url) => files.stat(url)?.kind === "file");
  return found && toPath(found);
}
