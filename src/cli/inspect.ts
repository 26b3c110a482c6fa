/** `digly run --inspect`: runs an app with the inspector beside it. */
import { fail, messageOf } from "../contract/errors.ts";
import { type Inspector, startInspector } from "../inspector/inspector.ts";
import { pageFile } from "../inspector/page.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { type CliHost, INSPECTOR_FILE, type RunOptions } from "./host.ts";
import { logTo } from "./log_format.ts";
import { renderingOn } from "./session.ts";

/** Starts an inspector, and calls `run` with a host whose kernels it observes. */
export async function runInspected(
  host: CliHost,
  path: string,
  options: RunOptions,
  run: (host: CliHost) => Promise<number>,
): Promise<number> {
  const { platform } = host;
  const { logFormat, logLevel, verbose = false } = options;
  const log = logTo(platform.stderr, {
    format: logFormat ?? (platform.stderr.isTerminal ? "text" : "json"),
    level: logLevel ?? (verbose ? "debug" : "info"),
    stacks: verbose,
    ...renderingOn(host, verbose),
  });
  const write = (level: "info" | "warn", message: string) =>
    log({ time: Date.now(), level, owner: "inspector", message });
  const inspector = await start(host, path, options, (message) => write("warn", message));
  const forget = remember(host, path, inspector, (message) => write("warn", message));
  write("info", `Inspector at ${inspector.address}`);
  try {
    return await run(inspectedHost(host, inspector));
  } finally {
    forget();
    await inspector.close();
  }
}

async function start(
  host: CliHost,
  path: string,
  { inspectPort = 0, role }: RunOptions,
  warn: (message: string) => void,
): Promise<Inspector> {
  const { platform } = host;
  const options = {
    platform,
    adapter: await host.httpAdapter(),
    port: inspectPort,
    path: host.app?.command ?? path,
    roles: role,
    pageFile,
    warn,
  };
  const earlier = earlierInspector(await platform.takeState?.());
  try {
    // An open page continues if the address is the one that it knows.
    if (earlier !== undefined) {
      const again = await startInspector({ ...options, ...earlier }).catch(() => undefined);
      if (again !== undefined) return again;
    }
    return await startInspector(options);
  } catch (error) {
    throw fail("ERR_USAGE", { problem: `The inspector cannot be served: ${messageOf(error)}` }, {
      help: "Choose another port with --inspect-port, or leave it out for a free one",
      cause: error,
    });
  }
}

/** The port and the token of the inspector of the process before this one. */
function earlierInspector(
  state: string | undefined,
): { readonly port: number; readonly token: string } | undefined {
  const [, port, token] = /^inspector:(\d+):(\w+)$/.exec(state ?? "") ?? [];
  return token === undefined ? undefined : { port: Number(port), token };
}

/** A host whose kernels are inspected. */
function inspectedHost(host: CliHost, inspector: Inspector): CliHost {
  const { platform } = host;
  const { startAgain } = platform;
  return {
    ...host,
    platform: {
      ...platform,
      // The inspector is open on purpose, and cannot be distinguished from what an app has left open.
      keepsAlive: () => [],
      ...(startAgain === undefined ? {} : {
        async startAgain() {
          await inspector.close();
          return await startAgain(`inspector:${inspector.port}:${inspector.token}`);
        },
      }),
    },
    async createKernel({ log, ...choices }): Promise<Kernel> {
      const kernel = await host.createKernel({
        ...choices,
        log: inspector.tee(log),
        probe: inspector.probe,
      });
      inspector.attach(kernel);
      return kernel;
    },
  };
}

/** Writes the address to a private file, where `digly top` finds it; returns a function that removes it. */
function remember(
  { platform: { files, toUrl, toPath } }: CliHost,
  path: string,
  { address }: Inspector,
  warn: (message: string) => void,
): () => void {
  const url = toUrl(INSPECTOR_FILE);
  const write = (content: object) => {
    try {
      files.replace(url, `${JSON.stringify(content)}\n`, "private");
    } catch (error) {
      warn(`The address of the inspector cannot be written to ${toPath(url)}: ${messageOf(error)}`);
    }
  };
  write({ path, address });
  return () => write({ path });
}
