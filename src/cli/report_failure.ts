/** Reports what ended a command, where no kernel exists. */
import type { CliHost } from "./host.ts";
import { renderError } from "./report.ts";
import { exitCodeFor, renderingOn } from "./session.ts";

/** Writes the error to standard error; gives the exit code. */
export function reportFailure(error: unknown, host: CliHost, verbose: boolean): number {
  host.platform.stderr.write(renderError(error, renderingOn(host, verbose)));
  return exitCodeFor(error);
}
