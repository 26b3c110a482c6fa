/** Turns the errors of the argument parser into usage errors. */
import type { Command, CommanderError } from "commander";
import { type DiglyError, fail } from "../contract/errors.ts";
import { either } from "../diagnostics/alternatives.ts";
import { didYouMean, nearest } from "../diagnostics/nearest.ts";

/** The usage error for an error of the argument parser. */
export function usageError(error: CommanderError, command: Command): DiglyError {
  const quoted = Array.from(error.message.matchAll(/'([^']*)'/g), ([, text = ""]) => text);
  const [name = ""] = quoted;
  const called = `${command.parent?.name() ?? "digly"} ${command.name()}`;
  const seeHelp = `See ${called} --help`;
  switch (error.code) {
    case "commander.unknownOption": {
      const flag = name.replace(/=.*$/, "");
      const known = [...command.options.map((option) => option.long ?? ""), "--help"];
      return usage(
        `${called} has no option "${flag}"`,
        didYouMean(flag, known) ?? seeHelp,
      );
    }
    case "commander.missingArgument":
      return usage(`${called} needs ${describeArgument(name)}`, seeHelp);
    case "commander.missingMandatoryOptionValue":
      return usage(`${called} needs ${name}`, seeHelp);
    case "commander.optionMissingArgument":
      return usage(`The option "${flagOf(name)}" needs a value`, `Write ${name}`);
    case "commander.excessArguments":
      return usage(
        `${called} takes ${
          argumentCount(command.registeredArguments.length)
        }, not ${command.args.length}`,
        `Unexpected argument "${command.args[command.registeredArguments.length]}"; ${
          seeHelp.replace("See", "see")
        }`,
      );
    case "commander.invalidArgument": {
      if (error.message.includes("command-argument")) {
        const [value = ""] = quoted;
        const choices = choicesIn(error);
        return usage(
          `"${value}" is not a valid argument of ${called}`,
          didYouMean(value, choices) ?? `Use ${either(choices)}`,
        );
      }
      const [option = "", value = ""] = quoted;
      const choices = choicesIn(error);
      return usage(
        `"${value}" is not a valid value of ${flagOf(option)}`,
        didYouMean(value, choices) ?? `Use ${either(choices)}`,
      );
    }
    default:
      return usage(error.message.replace(/^error: /, "").replace(/\.$/, ""), seeHelp);
  }
}

/** The error for a first argument that is neither a command nor a path. */
export function unknownCommand(word: string, verbs: readonly string[], hasApp = false): DiglyError {
  const meant = nearest(word, verbs);
  const help = meant === undefined
    ? `The commands are ${verbs.join(", ")}`
    : `Did you mean "${meant}"?`;
  if (hasApp) return usage(`"${word}" is not a command`, help);
  return usage(
    `"${word}" is not a command, and no file or folder has that name`,
    `${help}${meant === undefined ? "." : ""} To run an app, pass its runtime.yaml or its folder`,
  );
}

function usage(problem: string, help: string): DiglyError {
  return fail("ERR_USAGE", { problem }, { help });
}

function choicesIn({ message }: CommanderError): string[] {
  return /Allowed choices are (.*?)\.$/.exec(message)?.[1]?.split(", ") ?? [];
}

/** The long flag of `-v, --verbose <x>`. */
function flagOf(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}

function describeArgument(argument: string): string {
  return argument === "path" ? "the path of a runtime.yaml or its folder" : `<${argument}>`;
}

function argumentCount(count: number): string {
  return count === 1 ? "1 argument" : `${count} arguments`;
}
