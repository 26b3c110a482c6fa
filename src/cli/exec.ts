/** `digly exec`: boots an app, executes one resource, prints the result and stops. */
import { DEFAULT_LIMITS } from "../contract/limits.ts";
import { runToCompletion } from "./app_run.ts";
import type { CliHost, StartOptions } from "./host.ts";
import { readInput } from "./json.ts";
import { printResult } from "./print_result.ts";
import { openAppSession } from "./session.ts";

/** The options of `exec`. */
export interface ExecOptions extends StartOptions {
  /** JSON, `@` followed by the path of a JSON file, or `-` for standard input. */
  readonly input?: string;
  /** Aborts the execution, which a signal lets end. */
  readonly signal?: AbortSignal;
}

/** Executes `urn` of the app at `path`; resolves with the exit code. */
export async function exec(
  host: CliHost,
  path: string,
  urn: string,
  options: ExecOptions,
): Promise<number> {
  const { stdout } = host.platform;
  const input = await readInput(
    options.input,
    host.platform,
    options.limit?.inputBytes ?? DEFAULT_LIMITS.inputBytes,
  );
  const session = await openAppSession(host, options, false);
  let printing: Promise<void> | undefined;
  return await runToCompletion(session, {
    path,
    beforeBoot: () => session.kernel.requireResource(urn),
    async work(signal) {
      const producer = new AbortController();
      const result = await session.kernel.execute(urn, input, {
        onError: rethrow,
        signal: options.signal ?? (() => producer.signal),
      });
      printing = printResult(result, urn, stdout, { signal, abort: () => producer.abort() });
      await printing;
    },
    // The app must not stop below a producer that is still ending.
    beforeStop: async () => await printing?.catch(() => {}),
  });
}

/** Asks for the errors of streams to be completed, as those of executions are. */
function rethrow(error: unknown): never {
  throw error;
}
