/** Declares the commands, their arguments and options; a command is imported when it runs. */
import { Argument, Command, Option } from "commander";
import type { BundleOptions } from "./bundle.ts";
import type { CheckOptions } from "./check.ts";
import type { ClusterOptions } from "./cluster.ts";
import { CLUSTER_ACTIONS } from "./cluster_options.ts";
import { type Shell, SHELLS } from "./completions/shells.ts";
import type { DiffOptions } from "./diff.ts";
import type { EvalOptions } from "./eval.ts";
import type { EventsOptions } from "./events.ts";
import type { ExecOptions } from "./exec.ts";
import type { ExpandOptions } from "./expand.ts";
import { GRAPH_FORMATS } from "./graph_formats.ts";
import type { GraphOptions } from "./graph.ts";
import {
  type CliHost,
  type CommonOptions,
  EVENTS_FILE,
  type RunOptions,
  versionOfApp,
} from "./host.ts";
import type { FmtOptions } from "./fmt/fmt.ts";
import type { InitOptions } from "./init/init.ts";
import { JOB_ACTIONS, type JobsOptions } from "./jobs_options.ts";
import type { LspOptions } from "./lsp.ts";
import type { KindsOptions } from "./kinds/kinds.ts";
import { LANGUAGES, TEMPLATES } from "./init/templates.ts";
import {
  addTo,
  formatOption,
  inspectPortOption,
  limitOption,
  logFormatOption,
  logLevelOption,
  parseCount,
  roleOption,
  withDebugOptions,
  withRunOptions,
  withTimeoutOptions,
} from "./options.ts";
import type { SchemaOptions } from "./schema/schema.ts";
import { REPORTERS } from "./test/reporters.ts";
import type { TopOptions } from "./top.ts";
import { SORTS } from "./top_options.ts";
import type { TestOptions } from "./test/run_once.ts";
import type { UpgradeOptions } from "./upgrade.ts";

const EXIT_CODES = `
Exit codes: 0 success, 1 the app failed, 2 usage error, 129, 130 or 143 stopped
immediately by a signal; a controller can set any other.`;

/** Declares a command that works on an app. */
type Define = (name: string, description: string) => Command;

/** Receives the exit code of a command. */
type Done = (exitCode: number) => void;

/** The commands of `digly`, or of an executable that was bundled from one app. */
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
      command.argument("<path>", "a runtime.yaml, or a folder that contains one");
    }
    return addLoadOptions(command);
  };
  addAppCommands(define, host, done);
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

/** Adds the options that every command which loads an app has. */
function addLoadOptions(command: Command): Command {
  return command
    .option(
      "--env-file <file>",
      "read environment variables from a file; repeatable",
      addTo,
    )
    .option("--allow-http", "fetch manifests over http: from other machines")
    .option("--isolate-scripts", "isolate scripts that do not say whether they are")
    .addOption(limitOption())
    .option("--verbose", "show debug logs, stack traces and causes")
    .addOption(logFormatOption())
    .addOption(logLevelOption());
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
    .option("--frozen", "reject remote manifests that are not pinned by a hash")
    .option("--strict", "exit with 1 even if there are only warnings")
    .option("--types", "print the type of every expression")
    .addOption(roleOption())
    .action(withPath(async (path, options: CheckOptions) => {
      const { check } = await import("./check.ts");
      done(await check(host, path, options));
    }));
}

/** Adds the commands for apps of several processes. */
function addCluster(program: Command, host: CliHost, done: Done): void {
  const { app } = host;
  const command = program.command("cluster").description("Show the processes of an app with roles")
    .argument("<action>", `what to do: ${CLUSTER_ACTIONS.join(", ")}`);
  if (app === undefined) {
    command.argument("<path>", "a runtime.yaml, or a folder that contains one");
  }
  withTimeoutOptions(addLoadOptions(command))
    .addOption(formatOption("text", "json"))
    .action(async (...args: unknown[]) => {
      const words = app === undefined ? args : [args[0], app.manifest, ...args.slice(1)];
      const [action, path, options] = words as [string, string, ClusterOptions];
      const { cluster } = await import("./cluster.ts");
      done(await cluster(host, path, { ...options, action }));
    });
}

/** Adds the commands for durable jobs. */
function addJobs(program: Command, host: CliHost, done: Done): void {
  const { app } = host;
  const jobs = program.command("jobs").description(
    "List, show, retry and cancel the durable jobs of an app",
  ).argument("<action>", `what to do: ${JOB_ACTIONS.join(", ")}`);
  if (app === undefined) jobs.argument("<path>", "a runtime.yaml, or a folder that contains one");
  withTimeoutOptions(addLoadOptions(jobs))
    .argument("[id]", "the job to show, retry or cancel")
    .option("--count <count>", "list at most this many jobs", parseCount, 50)
    .option("--json", "print JSON")
    .action(async (...args: unknown[]) => {
      const words = app === undefined ? args : [args[0], app.manifest, ...args.slice(1)];
      const [action, path, id, options] = words as [
        string,
        string,
        string | undefined,
        JobsOptions,
      ];
      const { jobs } = await import("./jobs.ts");
      done(await jobs(host, path, { ...options, action, id }));
    });
}

/** Adds the commands for writing and shipping apps. */
function addAuthorCommands(program: Command, define: Define, host: CliHost, done: Done): void {
  addLoadOptions(
    program.command("kinds")
      .description("List the kinds an app can use, or show one with its fields and an example")
      .argument("[path]", "a runtime.yaml or its folder; default: the built-in kinds")
      .argument("[Kind]", "the kind to show, such as Http.Server"),
  ).addOption(formatOption("text", "json"))
    .option("--errors", "print the errors that modules declare, as a page in Markdown")
    .action(async (...args: [path?: string, kind?: string, options?: KindsOptions]) => {
      const { kinds } = await import("./kinds/kinds.ts");
      const [path, kind, options] = args;
      done(await kinds(host, [path, kind].filter((word) => word !== undefined), options!));
    });
  define("schema", "Write a JSON Schema of an app's manifests, for editors")
    .option("-o, --output <file>", "write to a file instead of standard output")
    .action(async (path: string, options: SchemaOptions) => {
      const { schema } = await import("./schema/schema.ts");
      done(await schema(host, path, options));
    });
  addLoadOptions(
    program.command("eval").description("Evaluate an expression in an app, or each line you type")
      .argument("[path]", "a runtime.yaml or its folder; default: no app")
      .argument("[expression]", "the expression; default: read lines"),
  ).option("--scope <json>", "variables: JSON, @file, or - for standard input")
    .action(async (...args: [path?: string, expression?: string, options?: EvalOptions]) => {
      const { evaluate } = await import("./eval.ts");
      const [path, expression, options] = args;
      const words = [path, expression].filter((word) => word !== undefined);
      done(await evaluate(host, words, options!));
    });
  define("graph", "Show the resources of an app, and why they are connected")
    .addOption(formatOption(...GRAPH_FORMATS))
    .action(async (path: string, options: GraphOptions) => {
      const { graph } = await import("./graph.ts");
      done(await graph(host, path, options));
    });
  define("diff", "Show what differs between two apps, environments or revisions")
    .argument("[other]", "the app to compare with")
    .option("--from <revision>", "compare a revision of git with the working tree")
    .option("--to <revision>", "compare with this revision instead of the working tree")
    .addOption(formatOption("text", "json"))
    .action(async (path: string, other: string | undefined, options: DiffOptions) => {
      const { diff } = await import("./diff.ts");
      done(await diff(host, other === undefined ? [path] : [path, other], options));
    });
  program.command("test").description(
    "Run tests: *.test.yaml, and *.test.ts and *.test.js of modules",
  )
    .argument("[paths...]", "files and folders; default: the current folder")
    .option("--filter <text>", "only tests whose name contains this, or matches /pattern/")
    .addOption(
      new Option("--reporter <format>", "format of the results").choices(REPORTERS).default(
        REPORTERS[0],
      ),
    )
    .option("--watch", "run tests again when a file changes that they are made from")
    .option("--coverage", "show which resources and branches the tests reach")
    .option("--coverage-lcov <file>", "write the coverage to a file in the format of lcov")
    .option("--seed <number>", "repeat a run: its order and random numbers", parseCount)
    .addOption(
      new Option("--concurrency <count>", "test cases to run at once").argParser(parseCount)
        .default(4),
    )
    .option("--env-file <file>", "read variables for the apps from a file; repeatable", addTo)
    .option("--allow-http", "fetch manifests over http: from other machines")
    .option("--isolate-scripts", "isolate scripts that do not say whether they are")
    .addOption(limitOption())
    .option("--verbose", "show stack traces and causes")
    .action(async (paths: readonly string[], options: TestOptions) => {
      const { test } = await import("./test/test.ts");
      done(await test(host, paths, options));
    });
  program.command("fmt").description("Format manifests; comments and meaning stay as they are")
    .argument(
      "[paths...]",
      "files and folders, or - for standard input; default: the current folder",
    )
    .option("--check", "write nothing, and exit with 1 if a file is not formatted")
    .option("--verbose", "show stack traces and causes")
    .action(async (paths: readonly string[], options: FmtOptions) => {
      const { fmt } = await import("./fmt/fmt.ts");
      done(await fmt(host, paths, options));
    });
  program.command("lsp").description("Serve an editor: the language server, over standard streams")
    .option("--stdio", "use the standard streams, which is the default")
    .option("--env-file <file>", "read environment variables from a file; repeatable", addTo)
    .addOption(limitOption())
    .action(async (options: LspOptions) => {
      const { lsp } = await import("./lsp.ts");
      done(await lsp(host, options));
    });
  define("mcp", "Let an agent check, execute and test an app: an MCP server on standard streams")
    .action(async (path: string, options: CommonOptions) => {
      const { mcp } = await import("./mcp.ts");
      done(await mcp(host, path, options));
    });
  program.command("init").description("Create a starter app, or a module with a test")
    .argument("[folder]", "the folder to write to; created if missing", ".")
    .option("--module", "create a module: a kind, its controller and a test")
    .addOption(new Option("--template <name>", "what the app is; default: api").choices(TEMPLATES))
    .addOption(
      new Option(
        "--language <name>",
        "the language of the module's controller; default: typescript",
      )
        .choices(LANGUAGES),
    )
    .action(async (path: string, options: InitOptions) => {
      const { init } = await import("./init/init.ts");
      done(init(host, path, options));
    });
  define("bundle", "Build one executable from an app and its controllers")
    .option("-o, --output <file>", "the executable to write; default: the name of the app")
    .action(async (path: string, options: BundleOptions) => {
      const { bundle } = await import("./bundle.ts");
      done(await bundle(host, path, options));
    });
  program.command("upgrade").description("Check for a newer release; changes nothing")
    // Accepted because scripts written for earlier releases pass it.
    .addOption(new Option("--check").hideHelp())
    .option("--from <address>", "the address of the releases; default: DIGLY_RELEASES")
    .option("--allow-http", "allow http: to other machines")
    .addOption(formatOption("text", "json"))
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

function addTop(program: Command, host: CliHost, done: Done): void {
  program.command("top").description("Show what an app does that runs with --inspect")
    .argument("[app]", "its runtime.yaml or folder, or the address of its inspector")
    .option("--count <count>", "show at most this many resources", parseCount, 20)
    .addOption(
      new Option("--sort <by>", "which resources to show").choices(SORTS).default(SORTS[0]),
    )
    .addOption(formatOption("text", "json"))
    .action(async (target: string | undefined, options: TopOptions) => {
      const { top } = await import("./top.ts");
      done(await top(host, target, options));
    });
}

function addEvents(program: Command, host: CliHost, done: Done): void {
  const command = program.command("events").description(
    "Show the events of an app that is inspected, or those that run or exec wrote with --debug",
  )
    .argument(
      "[path]",
      "the app, the address of its inspector, or an event stream; by default the app that is " +
        `inspected in this folder, or ${EVENTS_FILE}`,
    )
    .option(
      "--type <pattern>",
      "only events with this name: 'Http.*', '*.Failed'; repeatable",
      addTo,
    )
    .option("--resource <Kind.Name>", "only events of this resource")
    .option("--since <when>", "only events since 30s or 2m ago, or 2026-02-01T12:00Z")
    .option("-f, --follow", "keep printing new events")
    .option("--summary", "show counts by type, boot times and the slowest resources")
    .option(
      "--cluster",
      "print the events of all processes of an app as they happen; [path] is its runtime.yaml",
    )
    .addOption(formatOption("text", "json"));
  addLoadOptions(withTimeoutOptions(command))
    .action(async (path: string | undefined, options: EventsOptions) => {
      const { events } = await import("./events.ts");
      done(await events(host, path, options));
    });
}
