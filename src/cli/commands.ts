/** The commands with their arguments and options; what they do is imported when one is used. */
import { Argument, Command, Option } from "commander";
import type { BundleOptions } from "./bundle.ts";
import type { CheckOptions } from "./check.ts";
import { type Shell, SHELLS } from "./completions/shells.ts";
import { parseDuration } from "./duration.ts";
import type { EventsOptions } from "./events.ts";
import type { ExecOptions } from "./exec.ts";
import type { ExpandOptions } from "./expand.ts";
import { type CliHost, EVENTS_FILE, type StartOptions, versionOfApp } from "./host.ts";
import type { InitOptions } from "./init/init.ts";
import type { KindsOptions } from "./kinds/kinds.ts";
import { debugged, formats, limit, logFormat, logLevel, repeatable, timed } from "./options.ts";
import type { SchemaOptions } from "./schema/schema.ts";
import type { UpgradeOptions } from "./upgrade.ts";

const EXIT_CODES = `
Exit codes: 0 fine, 1 the application failed, 2 the command line is wrong,
129, 130 or 143 stopped at once by a signal, or what a controller asked for.`;

/** Adds a command that works on an app. */
type Define = (name: string, description: string) => Command;

/** Where a command reports the exit code. */
type Done = (exitCode: number) => void;

/** The commands of `digly`, or those of an executable that was made for one app. */
export function createProgram(host: CliHost, done: Done): Command {
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
      command.argument("<path>", "a runtime.yaml, or a folder that holds one");
    }
    return addLoadOptions(command);
  };
  addAppCommands(define, host, done);
  if (app === undefined) addAuthorCommands(program, define, host, done);
  addEvents(program, host, done);
  return program;
}

function createCommand({ platform, app, version }: CliHost, name: string): Command {
  return new Command(name)
    .version(
      app === undefined ? version : versionOfApp(app, version),
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
}

/** Adds the options of every command that loads an app. */
function addLoadOptions(command: Command): Command {
  return command
    .option(
      "--env-file <file>",
      "read environment variables from a file; repeatable",
      repeatable,
    )
    .option("--allow-http", "fetch manifests over http: from other machines")
    .addOption(limit())
    .option("--verbose", "show debug lines, stacks and causes")
    .addOption(logFormat())
    .addOption(logLevel());
}

/** What can be done with an app, also with the one that an executable carries. */
function addAppCommands(define: Define, host: CliHost, done: Done): void {
  const { app } = host;
  /** The path of the app is the first argument of an action, also where nobody types it. */
  const given =
    <Rest extends unknown[]>(act: (path: string, ...rest: Rest) => Promise<void>) =>
    (...args: unknown[]) =>
      act(...(app === undefined ? args : [app.manifest, ...args]) as [string, ...Rest]);

  debugged(timed(define("run", "Run an app until it is done or receives a signal; the default")))
    .addOption(
      new Option(
        "--drain-delay <time>",
        "keep serving this long after a signal, while reporting not ready",
      )
        .argParser(parseDuration).default(0, "0s"),
    )
    .action(given(async (path, options: StartOptions) => {
      const { run } = await import("./run.ts");
      done(await run(host, path, options));
    }));
  debugged(timed(define("exec", "Boot an app, execute one resource, print its result, stop")))
    .argument("<Kind.Name>", "the resource to execute")
    .option("--input <json>", "the input: JSON, @file, or - for standard input")
    .action(given(async (path, urn: string, options: ExecOptions) => {
      const { exec } = await import("./exec.ts");
      done(await exec(host, path, urn, options));
    }));
  define("expand", "Print every resource as registered and resolved; start nothing")
    .addOption(formats("yaml", "json"))
    .action(given(async (path, options: ExpandOptions) => {
      const { expand } = await import("./expand.ts");
      done(await expand(host, path, options));
    }));
  define("check", "Report every mistake that can be found without running a controller")
    .addOption(formats("text", "json"))
    .option("--frozen", "refuse remote manifests that no hash pins")
    .option("--strict", "exit with 1 also if there are only warnings")
    .action(given(async (path, options: CheckOptions) => {
      const { check } = await import("./check.ts");
      done(await check(host, path, options));
    }));
}

/** What helps to write and to ship an app. */
function addAuthorCommands(program: Command, define: Define, host: CliHost, done: Done): void {
  addLoadOptions(
    program.command("kinds")
      .description("List the kinds an app can use, or show one with its fields and an example")
      .argument("[path]", "a runtime.yaml or its folder; without it, the built-in kinds are shown")
      .argument("[Kind]", "the kind to show, such as Http.Server"),
  ).addOption(formats("text", "json"))
    .action(async (...args: [path?: string, kind?: string, options?: KindsOptions]) => {
      const { kinds } = await import("./kinds/kinds.ts");
      const [path, kind, options] = args;
      done(await kinds(host, [path, kind].filter((word) => word !== undefined), options!));
    });
  define("schema", "Write a JSON Schema of an app's manifests, for editors")
    .option("-o, --output <file>", "write it to a file instead of standard output")
    .action(async (path: string, options: SchemaOptions) => {
      const { schema } = await import("./schema/schema.ts");
      done(await schema(host, path, options));
    });
  program.command("init").description("Create a starter app, or a module with a test")
    .argument("[folder]", "where to write; made where there is none", ".")
    .option("--module", "write a module: a kind of your own, its controller and a test")
    .action(async (path: string, options: InitOptions) => {
      const { init } = await import("./init/init.ts");
      done(init(host, path, options));
    });
  define("bundle", "Make one executable of an app and its controllers")
    .option("-o, --output <file>", "the executable to write; named after the app by default")
    .action(async (path: string, options: BundleOptions) => {
      const { bundle } = await import("./bundle.ts");
      done(await bundle(host, path, options));
    });
  program.command("upgrade").description("Check for a newer release; nothing is changed")
    // Spelled out in scripts of earlier releases.
    .addOption(new Option("--check").hideHelp())
    .option("--from <address>", "where the releases are; DIGLY_RELEASES when it is not given")
    .option("--allow-http", "ask over http: on other machines")
    .addOption(formats("text", "json"))
    .action(async (options: UpgradeOptions) => {
      const { upgrade } = await import("./upgrade.ts");
      done(await upgrade(host, options));
    });
  program.command("completions").description("Print a shell completion script")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS))
    .action(async (shell: Shell) => {
      const { SCRIPTS } = await import("./completions/scripts.ts");
      host.platform.stdout.write(SCRIPTS[shell]);
    });
}

function addEvents(program: Command, host: CliHost, done: Done): void {
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
      done(await events(host.platform, path, options));
    });
}
