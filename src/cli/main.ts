/** The command line: reads the arguments and hands over to a command. Rules: decisions D-27, D-39. */
import { Command, CommanderError, Option } from "commander";
import type { BundleOptions } from "./bundle.ts";
import type { CheckOptions } from "./check.ts";
import { parseDuration } from "./duration.ts";
import type { ExecOptions } from "./exec.ts";
import type { ExpandOptions } from "./expand.ts";
import { type CliHost, type StartOptions, versionOfApp } from "./host.ts";
import { renderError } from "./report.ts";
import { exitCodeFor, renderingOn } from "./session.ts";
import { unknownVerb, usageError } from "./usage.ts";

const VERBS = ["run", "exec", "expand", "check", "bundle", "help"];

/** The commands of an executable that was made for one app. */
const APP_VERBS = ["run", "exec", "expand", "check", "help"];

/** Options that are followed by their value. */
const WITH_VALUE = [
  "--env-file",
  "--boot-timeout",
  "--shutdown-timeout",
  "--input",
  "--format",
  "--output",
  "-o",
];

const BOOT_TIMEOUT_MS = 60_000;
const SHUTDOWN_TIMEOUT_MS = 30_000;

const EXIT_CODES = `
Exit codes: 0 fine, 1 the application failed, 2 the command line is wrong,
130 or 143 stopped at once by a signal, or what a controller asked for.`;

/** Runs the command line `args`; resolves with the exit code of the process. */
export async function main(args: readonly string[], host: CliHost): Promise<number> {
  const { platform, app } = host;
  let exitCode = 0;
  const program = createProgram(host, (code) => exitCode = code);
  try {
    if (args.length === 0 && app === undefined) {
      program.outputHelp({ error: true });
      return 2;
    }
    if (args.includes("--version") && args.includes("--verbose") && firstOperand(args) === -1) {
      const { about } = await import("./about.ts");
      platform.stdout.write(await about(host));
      return 0;
    }
    await program.parseAsync(verbFirst(args, host), { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const shown = error instanceof CommanderError
      ? usageError(error, commandOf(args, program))
      : error;
    platform.stderr.write(renderError(shown, renderingOn(host, args.includes("--verbose"))));
    return exitCodeFor(shown);
  }
}

/** The arguments with the command in front, so that options may stand before it as well. */
function verbFirst(args: readonly string[], { platform, app }: CliHost): string[] {
  if (args.includes("--version") && firstOperand(args) === -1) return ["--version"];
  const verbs = app === undefined ? VERBS : APP_VERBS;
  const at = firstOperand(args);
  const word = args[at];
  if (word === undefined) {
    const alone = args.some((arg) => ["--help", "-h"].includes(arg));
    return alone ? [...args] : ["run", ...args];
  }
  const others = args.toSpliced(at, 1);
  if (word === "help") {
    const verb = others[0];
    if (verb === undefined) return ["--help"];
    if (!verbs.includes(verb)) throw unknownVerb(verb, verbs);
    return verb === "help" ? ["--help"] : [verb, "--help"];
  }
  if (verbs.includes(word)) return [word, ...others];
  if (app !== undefined) throw unknownVerb(word, verbs, true);
  const isPath = /[./\\]/.test(word) || platform.files.stat(platform.toUrl(word)) !== undefined;
  if (!isPath) throw unknownVerb(word, VERBS);
  return ["run", ...args];
}

/** Where the first argument stands that is no option and no option's value; -1 for none. */
function firstOperand(args: readonly string[]): number {
  for (let at = 0; at < args.length; at++) {
    if (args[at] === "--") return at + 1 < args.length ? at + 1 : -1;
    if (WITH_VALUE.includes(args[at]!)) at++;
    else if (!args[at]!.startsWith("-")) return at;
  }
  return -1;
}

/** The command that the arguments are for. */
function commandOf(args: readonly string[], program: Command): Command {
  const word = args[firstOperand(args)];
  const byName = (name: string) => program.commands.find((command) => command.name() === name);
  return byName(word ?? "run") ?? byName("run")!;
}

function createProgram(host: CliHost, done: (exitCode: number) => void): Command {
  const { platform, app } = host;
  const program = new Command(app?.command ?? "digly")
    .description(
      app === undefined
        ? "Runs applications that are described as YAML resources."
        : `Runs the application ${app.name}.`,
    )
    .usage(
      app === undefined
        ? "[run] <runtime.yaml|folder> [options]\n       digly <command> <runtime.yaml|folder> [options]"
        : `[run] [options]\n       ${app.command} <command> [options]`,
    )
    .version(
      app === undefined ? host.version : versionOfApp(app, host.version),
      "--version",
      "print the version; with --verbose, of everything below it too",
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

  const withPath = (command: Command) =>
    app === undefined
      ? command.argument("<path>", "a runtime.yaml, or a folder that holds one")
      : command;
  /** The app's own path is the first argument of an action, also where nobody types it. */
  const given =
    <Rest extends unknown[]>(act: (path: string, ...rest: Rest) => Promise<void>) =>
    (...args: unknown[]) =>
      act(...(app === undefined ? args : [app.manifest, ...args]) as [string, ...Rest]);
  const define = (name: string, description: string) =>
    withPath(program.command(name, { hidden: app !== undefined && !APP_VERBS.includes(name) }))
      .description(description)
      .option(
        "--env-file <file>",
        "read environment variables from a file; repeatable",
        (path, paths: readonly string[] = []) => [...paths, path],
      )
      .option("--verbose", "show debug lines, stacks and causes");

  timed(define("run", "Run an app until nothing holds it or a signal comes; the default"))
    .action(given(async (path: string, options: StartOptions) => {
      const { run } = await import("./run.ts");
      done(await run(host, path, options));
    }));
  timed(define("exec", "Boot an app, execute one resource, print its result as JSON, stop"))
    .argument("<Kind.Name>", "the resource to execute")
    .option("--input <json>", "the input: JSON, @file, or - for standard input")
    .action(given(async (path: string, urn: string, options: ExecOptions) => {
      const { exec } = await import("./exec.ts");
      done(await exec(host, path, urn, options));
    }));
  define("expand", "Print every resource as registered and resolved; start nothing")
    .addOption(formats("yaml", "json"))
    .action(given(async (path: string, options: ExpandOptions) => {
      const { expand } = await import("./expand.ts");
      done(await expand(host, path, options));
    }));
  define("check", "Report every mistake that can be found without running a controller")
    .addOption(formats("text", "json"))
    .action(given(async (path: string, options: CheckOptions) => {
      const { check } = await import("./check.ts");
      done(await check(host, path, options));
    }));
  define("bundle", "Make one executable of an app and its controllers")
    .requiredOption("-o, --output <file>", "the executable to write")
    .action(async (path: string, options: BundleOptions) => {
      const { bundle } = await import("./bundle.ts");
      done(await bundle(host, path, options));
    });
  return program;
}

function timed(command: Command): Command {
  return command.addOption(
    new Option("--boot-timeout <time>", "how long the boot may take: 500ms, 30s, 2m")
      .argParser(parseDuration).default(BOOT_TIMEOUT_MS, "60s"),
  ).addOption(
    new Option("--shutdown-timeout <time>", "how long stopping may take: 500ms, 30s, 2m")
      .argParser(parseDuration).default(SHUTDOWN_TIMEOUT_MS, "30s"),
  );
}

function formats(...choices: [string, ...string[]]): Option {
  return new Option("--format <format>", "how to print").choices(choices).default(choices[0]);
}
