/**
 * The command line: runs a command; see docs/decisions.md#command-line-details. The two that start most
 * often, `digly <path>` and `digly --version`, do without the argument parser, whose declarations of
 * all commands take longer to build than a small app takes to load.
 */
import { type CliHost, DEFAULT_RUN_OPTIONS, versionOfApp } from "./host.ts";

/** Runs the command line `args`; resolves with the exit code of the process. */
export async function main(args: readonly string[], host: CliHost): Promise<number> {
  const { platform, version, app } = host;
  const [first] = args;
  if (args.length === 1 && first === "--version") {
    platform.stdout.write((app === undefined ? version : versionOfApp(app, version)) + "\n");
    return 0;
  }
  const path = plainRun(args, app?.manifest);
  if (path === undefined) {
    const { runCommandLine } = await import("./command_line.ts");
    return await runCommandLine(args, host);
  }
  try {
    const { run } = await import("./run.ts");
    return await run(host, path, DEFAULT_RUN_OPTIONS);
  } catch (error) {
    const { reportFailure } = await import("./report_failure.ts");
    return reportFailure(error, host, false);
  }
}

/**
 * The app that the arguments run without any option; `undefined` if they may mean something else. The
 * name of a folder may be that of a command.
 */
function plainRun(args: readonly string[], manifest: string | undefined): string | undefined {
  const operands = args[0] === "run" ? args.slice(1) : args;
  if (manifest !== undefined) return operands.length === 0 ? manifest : undefined;
  const [path, ...others] = operands;
  if (path === undefined || others.length > 0 || path.startsWith("-")) return undefined;
  return /[./\\]/.test(path) ? path : undefined;
}
