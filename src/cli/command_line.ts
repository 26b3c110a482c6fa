/** Parses the arguments and runs the command that they name. */
import { type Command, CommanderError } from "commander";
import { createProgram } from "./commands.ts";
import type { CliHost } from "./host.ts";
import { reportFailure } from "./report_failure.ts";
import { unknownCommand, usageError } from "./usage.ts";

/** Runs the command line `args`; resolves with the exit code of the process. */
export async function runCommandLine(args: readonly string[], host: CliHost): Promise<number> {
  const { platform, app } = host;
  let exitCode = 0;
  const program = createProgram(host, (code) => exitCode = code, args[0]);
  try {
    if (args.length === 0 && app === undefined) {
      program.outputHelp({ error: true });
      return 2;
    }
    if (asksForVersion(args, program) && args.includes("--verbose")) {
      const { about } = await import("./about.ts");
      platform.stdout.write(await about(host));
      return 0;
    }
    if (args[0] === "__complete" && app === undefined) {
      const { complete } = await import("./completions/complete.ts");
      await complete(host, program, args.slice(1));
      return 0;
    }
    await program.parseAsync(withCommandFirst(args, program, host), { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const shown = error instanceof CommanderError
      ? usageError(error, commandOf(args, program))
      : error;
    return reportFailure(shown, host, args.includes("--verbose"));
  }
}

/** Moves the command to the front, so that options may also precede it. */
function withCommandFirst(args: readonly string[], program: Command, host: CliHost): string[] {
  const { platform, app } = host;
  if (asksForVersion(args, program)) return ["--version"];
  const verbs = [...program.commands.map((command) => command.name()), "help"];
  const at = firstOperand(args, program);
  const word = args[at];
  if (word === undefined) {
    const alone = args.some((arg) => ["--help", "-h"].includes(arg));
    return alone ? [...args] : ["run", ...args];
  }
  const others = args.toSpliced(at, 1);
  if (word === "help") {
    const verb = others[0];
    if (verb === undefined) return ["--help"];
    if (!verbs.includes(verb)) throw unknownCommand(verb, verbs);
    return verb === "help" ? ["--help"] : [verb, "--help"];
  }
  if (verbs.includes(word)) return [word, ...others];
  if (app !== undefined) throw unknownCommand(word, verbs, true);
  const isPath = /[./\\]/.test(word) || platform.files.stat(platform.toUrl(word)) !== undefined;
  if (!isPath) throw unknownCommand(word, verbs);
  return ["run", ...args];
}

/** True for `--version` without a command. */
function asksForVersion(args: readonly string[], program: Command): boolean {
  return args[0] === "--version" ||
    (args.includes("--version") && firstOperand(args, program) === -1);
}

/** The index of the first argument that is not an option or an option's value, or -1. */
function firstOperand(args: readonly string[], program: Command): number {
  const options = program.commands.flatMap((command) => command.options);
  const withValue = options.filter(({ required }) => required)
    .flatMap(({ long, short }) => [long, short]);
  let next = 0;
  for (const [at, word] of args.entries()) {
    if (at < next) continue;
    if (word === "--") return at + 1 < args.length ? at + 1 : -1;
    if (withValue.includes(word)) next = at + 2;
    else if (!word.startsWith("-")) return at;
  }
  return -1;
}

/** The command that the arguments select. */
function commandOf(args: readonly string[], program: Command): Command {
  const word = args[firstOperand(args, program)];
  const byName = (name: string) => program.commands.find((command) => command.name() === name);
  // The program has a command `run`.
  return byName(word ?? "run") ?? byName("run")!;
}
