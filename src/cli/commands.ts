/** Declares the commands, their arguments and options; a command is imported when it runs. */
import { Command } from "commander";
import { addAuthorCommands } from "./author_commands.ts";
import type { CheckOptions } from "./check.ts";
import { addLoadOptions, type Define, type Done } from "./define.ts";
import type { ExecOptions } from "./exec.ts";
import type { ExpandOptions } from "./expand.ts";
import { type CliHost, type RunOptions, versionOfApp } from "./host.ts";
import { addCluster, addEvents, addJobs, addTop } from "./operating_commands.ts";
import {
  formatOption,
  inspectPortOption,
  roleOption,
  withDebugOptions,
  withRunOptions,
  withTimeoutOptions,
} from "./options.ts";

const EXIT_CODES = `
Exit codes: 0 success, 1 the app failed, 2 usage error, 129, 130 or 143 stopped
immediately by a signal; a controller can set any other.`;

/**
 * The commands of `digly`, or of an executable that was bundled from one app. If the arguments begin
 * with a command of apps, `first`, those for authors and operators are left out: declaring them takes
 * longer than parsing the arguments.
 */
export function createProgram(host: CliHost, done: Done, first?: string): Command {
  const { app } = host;
  const program = app === undefined
    ? createCommand(host, "digly")
      .description("Runs applications that are described as YAML resources.")
      .usage(
        "[run] <runtime.yaml|folder> [options]\n       digly <command> <runtime.yaml|folder> [options]",
      )
    : createCommand(host, app.command)
      .description(`Runs the application ${app.name}.`)
      .usage(`[run] [options]\n       ${app.command} <command> [options]`);
  const define = (name: string, description: string) => {
    const command = program.command(name).description(description);
    if (app === undefined) {
      command.argument("<path>", "a runtime.yaml, or a folder that contains one");
    }
    return addLoadOptions(command);
  };
  addAppCommands(define, host, done);
  if (program.commands.some((command) => command.name() === first)) return program;
  if (app === undefined) addAuthorCommands(program, define, host, done);
  addJobs(program, host, done);
  addCluster(program, host, done);
  addEvents(program, host, done);
  addTop(program, host, done);
  return program;
}

function createCommand({ platform, app, version }: CliHost, name: string): Command {
  return new Command(name)
    .version(
      app === undefined ? version : versionOfApp(app, version),
      "--version",
      "print the version; with --verbose, also commit, runtime and platform",
    )
    .helpOption("-h, --help", "show help")
    .helpCommand(false)
    .configureOutput({
      writeOut: (text) => platform.stdout.write(text),
      writeErr: (text) => platform.stderr.write(text),
      outputError: () => {},
      getOutHelpWidth: () => 80,
      getErrHelpWidth: () => 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showSuggestionAfterError(false)
    .exitOverride()
    .addHelpText("after", EXIT_CODES);
}

/** Adds the commands that an app's own executable has as well. */
function addAppCommands(define: Define, host: CliHost, done: Done): void {
  const { app } = host;
  /** Passes the path of the app to an action, also in an executable that contains its app. */
  const withPath =
    <Rest extends unknown[]>(act: (path: string, ...rest: Rest) => Promise<void>) =>
    (...args: unknown[]) =>
      act(...(app === undefined ? args : [app.manifest, ...args]) as [string, ...Rest]);

  const run = withRunOptions(
    define("run", "Run an app until it is done or receives a signal; the default"),
  );
  run.option("--inspect", "show the running app in a browser: prints an address of this machine");
  run.addOption(inspectPortOption());
  // The files of a bundled app cannot change.
  if (app === undefined) run.option("--watch", "reload the app when one of its files changes");
  run.action(withPath(async (path, options: RunOptions) => {
    const { run } = await import("./run.ts");
    done(await run(host, path, options));
  }));
  if (app === undefined) {
    withRunOptions(define("dev", "Run an app with --watch and --inspect"))
      .addOption(inspectPortOption())
      .action(async (path: string, options: RunOptions) => {
        const { run } = await import("./run.ts");
        done(await run(host, path, { ...options, watch: true, inspect: true }));
      });
  }
  withDebugOptions(
    withTimeoutOptions(
      define("exec", "Boot an app, execute one resource, print the result and stop"),
    ),
  )
    .argument("<Kind.Name>", "the resource to execute")
    .option("--input <json>", "the input: JSON, @file, or - for standard input")
    .addOption(roleOption())
    .action(withPath(async (path, urn: string, options: ExecOptions) => {
      const { exec } = await import("./exec.ts");
      done(await exec(host, path, urn, options));
    }));
  define("expand", "Print every resource after templates and references; start nothing")
    .addOption(formatOption("yaml", "json"))
    .action(withPath(async (path, options: ExpandOptions) => {
      const { expand } = await import("./expand.ts");
      done(await expand(host, path, options));
    }));
  define("check", "Report every problem that can be found without running a controller")
    .addOption(formatOption("text", "json"))
    .option("--connect", "ask PostgreSQL databases about queries; nothing is executed there")
    .option("--frozen", "reject remote manifests that are not pinned by a hash")
    .option("--strict", "exit with 1 even if there are only warnings")
    .option("--types", "print the type of every expression")
    .addOption(roleOption())
    .action(withPath(async (path, options: CheckOptions) => {
      const { check } = await import("./check.ts");
      done(await check(host, path, options));
    }));
}
