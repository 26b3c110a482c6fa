/** Declares the commands for writing, testing and shipping apps. */
import { Argument, type Command, Option } from "commander";
import type { BundleOptions } from "./bundle.ts";
import { type Shell, SHELLS } from "./completions/shells.ts";
import { addLoadOptions, type Define, type Done } from "./define.ts";
import type { DiffOptions } from "./diff.ts";
import type { EvalOptions } from "./eval.ts";
import type { FmtOptions } from "./fmt/fmt.ts";
import type { GraphOptions } from "./graph.ts";
import { GRAPH_FORMATS } from "./graph_formats.ts";
import type { CliHost, CommonOptions } from "./host.ts";
import type { InitOptions } from "./init/init.ts";
import { LANGUAGES, TEMPLATES } from "./init/templates.ts";
import type { KindsOptions } from "./kinds/kinds.ts";
import type { LspOptions } from "./lsp.ts";
import { addTo, formatOption, limitOption, parseCount, parsePositiveCount } from "./options.ts";
import type { SchemaOptions } from "./schema/schema.ts";
import { REPORTERS } from "./test/reporters.ts";
import type { TestOptions } from "./test/run_once.ts";
import type { UpgradeOptions } from "./upgrade.ts";

/** Adds the commands for writing and shipping apps. */
export function addAuthorCommands(
  program: Command,
  define: Define,
  host: CliHost,
  done: Done,
): void {
  addLoadOptions(
    program.command("kinds")
      .description("List the kinds an app can use, or show one with its fields and an example")
      .argument("[path]", "a runtime.yaml or its folder; default: the built-in kinds")
      .argument("[Kind]", "the kind to show, such as Http.Server"),
  ).addOption(formatOption("text", "json"))
    .option("--errors", "print the errors that modules declare, as a page in Markdown")
    .action(async (path: string | undefined, kind: string | undefined, options: KindsOptions) => {
      const { kinds } = await import("./kinds/kinds.ts");
      done(await kinds(host, [path, kind].filter((word) => word !== undefined), options));
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
    .action(async (path: string | undefined, text: string | undefined, options: EvalOptions) => {
      const { evaluate } = await import("./eval.ts");
      const words = [path, text].filter((word) => word !== undefined);
      done(await evaluate(host, words, options));
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
      new Option("--concurrency <count>", "test cases to run at once").argParser(parsePositiveCount)
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
