/** What can be typed, as the shells need it: taken from the commands themselves. */
import type { Argument, Command, Option } from "commander";

/** What a value can be: one of some words, a file, or what only the user knows. */
export type Value = readonly string[] | "file" | "free";

/** An option of a command. */
export interface KnownOption {
  /** `-o` and `--output`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** The name of its value and what it can be; `undefined` for an option without. */
  readonly value: { readonly name: string; readonly of: Value } | undefined;
  readonly repeatable: boolean;
}

/** A command with what may follow it. */
export interface KnownCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly KnownOption[];
  readonly operands: readonly { readonly name: string; readonly of: Value }[];
}

/** The program with its commands; the command `run` is the one that need not be typed. */
export interface KnownProgram {
  readonly name: string;
  readonly commands: readonly KnownCommand[];
  /** The options where no command is given: those of `run`, and those of the program. */
  readonly options: readonly KnownOption[];
}

/** Arguments and values that are paths. */
const PATHS: ReadonlySet<string> = new Set(["file", "folder", "path"]);

/** Reads what `program` takes. */
export function modelOf(program: Command): KnownProgram {
  const help: KnownOption = {
    flags: ["-h", "--help"],
    description: "show help",
    value: undefined,
    repeatable: false,
  };
  const commands = program.commands.map((command): KnownCommand => ({
    name: command.name(),
    description: command.description(),
    options: [...command.options.map(optionOf), help],
    operands: command.registeredArguments.map(operandOf),
  }));
  const run = commands.find(({ name }) => name === "run");
  return {
    name: program.name(),
    options: [...program.options.map(optionOf), ...run?.options ?? []],
    commands: [...commands, {
      name: "help",
      description: "Show help, of a command if one is named",
      options: [],
      operands: [{ name: "command", of: commands.map(({ name }) => name) }],
    }],
  };
}

function optionOf(option: Option): KnownOption {
  const { short, long, description, flags, argChoices, required, defaultValue } = option;
  const name = /<(.*)>/.exec(flags)?.[1] ?? "";
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
    value: required ? { name, of: valueOf(name, argChoices) } : undefined,
    repeatable: required && defaultValue === undefined && /repeatable/.test(description),
  };
}

function operandOf(argument: Argument): { name: string; of: Value } {
  return { name: argument.name(), of: valueOf(argument.name(), argument.argChoices) };
}

function valueOf(name: string, choices: readonly string[] | undefined): Value {
  return choices ?? (PATHS.has(name) ? "file" : "free");
}

/** Every flag that takes a value, of any command. */
export function flagsWithValue({ commands }: KnownProgram): string[] {
  const flags = commands.flatMap(({ options }) => options)
    .flatMap(({ flags, value }) => value === undefined ? [] : flags);
  return [...new Set(flags)];
}
