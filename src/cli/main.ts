/** The command line: reads the arguments and hands over to a command. Rules: decisions D-27, D-39. */
import { Command, CommanderError, Option } from "commander";
import type { Platform } from "../contract/platform.ts";
import type { CheckOptions } from "./check.ts";
import { parseDuration } from "./duration.ts";
import type { EventsOptions } from "./events.ts";
import type { ExecOptions } from "./exec.ts";
import type { ExpandOptions } from "./expand.ts";
import type { InitOptions } from "./init/init.ts";
import type { KindsOptions } from "./kinds/kinds.ts";
import { type CliHost, EVENTS_FILE, type StartOptions } from "./host.ts";
import { debugged, formats, logFormat, logLevel, repeatable, timed } from "./options.ts";
import { renderError } from "./report.ts";
import { exitCodeFor, renderingOn } from "./session.ts";
import type { SchemaOptions } from "./schema/schema.ts";
import { unknownVerb, usageError } from "./usage.ts";

const VERBS = ["run", "exec", "expand", "check", "kinds", "schema", "init", "events", "help"];

/** Options that are followed by their value. */
const WITH_VALUE = [
  "--env-file",
  "--boot-timeout",
  "--shutdown-timeout",
  "--drain-delay",
  "--input",
  "--format",
  "--output",
  "-o",
  "--type",
  "--resource",
  "--since",
  "--log-format",
  "--log-level",
];

const EXIT_CODES = `
Exit codes: 0 fine, 1 the application failed, 2 the command line is wrong,
130 or 143 stopped at once by a signal, or what a controller asked for.`;

/** Runs the command line `args`; resolves with the exit code of the process. */
export async function main(args: readonly string[], host: CliHost): Promise<number> {
  const { platform } = host;
  let exitCode = 0;
  const program = createProgram(host, (code) => exitCode = code);
  try {
    if (args.length === 0) {
      program.outputHelp({ error: true });
      return 2;
    }
    await program.parseAsync(verbFirst(args, platform), { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const shown = error instanceof CommanderError
      ? usageError(error, commandOf(args, program))
      : error;
    platform.stderr.write(renderError(shown, renderingOn(platform, args.includes("--verbose"))));
    return exitCodeFor(shown);
  }
}

/** The arguments with the command in front, so that options may stand before it as well. */
function verbFirst(args: readonly string[], platform: Platform): string[] {
  if (args[0] === "--version") return ["--version"];
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
    if (!VERBS.includes(verb)) throw unknownVerb(verb, VERBS);
    return verb === "help" ? ["--help"] : [verb, "--help"];
  }
  if (VERBS.includes(word)) return [word, ...others];
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
  const { platform, version } = host;
  const program = new Command("digly")
    .description("Runs applications that are described as YAML resources.")
    .usage(
      "[run] <runtime.yaml|folder> [options]\n       digly <command> <runtime.yaml|folder> [options]",
    )
    .version(version, "--version", "print the version")
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

  const define = (name: string, description: string) =>
    program.command(name).description(description)
      .argument("<path>", "a runtime.yaml, or a folder that holds one")
      .option(
        "--env-file <file>",
        "read environment variables from a file; repeatable",
        repeatable,
      )
      .option("--allow-http", "fetch manifests over http: from other machines")
      .option("--verbose", "show debug lines, stacks and causes")
      .addOption(logFormat())
      .addOption(logLevel());

  debugged(timed(define("run", "Run an app until nothing holds it or a signal comes; the default")))
    .addOption(
      new Option("--drain-delay <time>", "how long to go on after a signal, reported as not ready")
        .argParser(parseDuration).default(0, "0s"),
    )
    .action(async (path: string, options: StartOptions) => {
      const { run } = await import("./run.ts");
      done(await run(host, path, options));
    });
  debugged(timed(define("exec", "Boot an app, execute one resource, print its result, stop")))
    .argument("<Kind.Name>", "the resource to execute")
    .option("--input <json>", "the input: JSON, @file, or - for standard input")
    .action(async (path: string, urn: string, options: ExecOptions) => {
      const { exec } = await import("./exec.ts");
      done(await exec(host, path, urn, options));
    });
  define("expand", "Print every resource as registered and resolved; start nothing")
    .addOption(formats("yaml", "json"))
    .action(async (path: string, options: ExpandOptions) => {
      const { expand } = await import("./expand.ts");
      done(await expand(host, path, options));
    });
  define("check", "Report every mistake that can be found without running a controller")
    .addOption(formats("text", "json"))
    .option("--frozen", "refuse remote manifests that no hash pins")
    .action(async (path: string, options: CheckOptions) => {
      const { check } = await import("./check.ts");
      done(await check(host, path, options));
    });
  define("kinds", "Show every kind an app knows, or one with its fields and an example")
    .argument("[Kind]", "the kind to show, such as Http.Server")
    .addOption(formats("text", "json"))
    .action(async (path: string, name: string | undefined, options: KindsOptions) => {
      const { kinds } = await import("./kinds/kinds.ts");
      done(await kinds(host, path, name, options));
    });
  define("schema", "Write a JSON Schema of an app's manifests, for editors")
    .option("-o, --output <file>", "write it to a file instead of standard output")
    .action(async (path: string, options: SchemaOptions) => {
      const { schema } = await import("./schema/schema.ts");
      done(await schema(host, path, options));
    });
  program.command("init").description("Write an app to begin with, or a module with a test")
    .argument("[folder]", "where to write; made where there is none", ".")
    .option("--module", "write a module: a kind of your own, its controller and a test")
    .action(async (path: string, options: InitOptions) => {
      const { init } = await import("./init/init.ts");
      done(init(host, path, options));
    });
  program.command("events").description("Show the events that run or exec wrote with --debug")
    .argument("[file]", "the event stream", EVENTS_FILE)
    .option(
      "--type <pattern>",
      "only events of this name: 'Http.*', '*.Failed'; repeatable",
      repeatable,
    )
    .option("--resource <Kind.Name>", "only events of this resource")
    .option("--since <when>", "only events since 30s or 2m ago, or 2026-02-01T12:00Z")
    .option("-f, --follow", "go on with the events to come")
    .option("--summary", "count by type, time the boot and name the slowest resources")
    .addOption(formats("text", "json"))
    .action(async (path: string, options: EventsOptions) => {
      const { events } = await import("./events.ts");
      done(await events(platform, path, options));
    });
  return program;
}
