/** What can be typed after `digly`, read from the definitions of the commands. */
import type { Argument, Command, Option } from "commander";

/** What a word can be: one of some choices, a file, something from the app, or free text. */
export type Value = readonly Choice[] | "file" | "resource" | "kind" | "kind or file" | "free";

/** A word that can be typed, and what it means. */
export interface Choice {
  readonly word: string;
  readonly description: string;
}

/** An option of a command. */
export interface KnownOption {
  /** `-o` and `--output`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** What its value can be; `undefined` for an option without a value. */
  readonly value: Value | undefined;
}

/** A command with what may follow it. */
export interface KnownCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly KnownOption[];
  readonly operands: readonly Value[];
}

/** The program with its commands. */
export interface KnownProgram {
  readonly commands: readonly KnownCommand[];
  /** The options before any command: those of `run`, the default, and those of the program. */
  readonly options: readonly KnownOption[];
}

/** Names of arguments and values → what they can be. */
const VALUES: Readonly<Record<string, Value>> = {
  file: "file",
  folder: "file",
  path: "file",
};

/** What the arguments of these commands can be, where their names are not enough. */
const OPERANDS: Readonly<Record<string, readonly Value[]>> = {
  exec: ["file", "resource"],
  kinds: ["kind or file", "kind"],
};

/** Reads what `program` takes. */
export function modelOf(program: Command): KnownProgram {
  const help: KnownOption = { flags: ["-h", "--help"], description: "show help", value: undefined };
  const commands = program.commands.map((command): KnownCommand => ({
    name: command.name(),
    description: command.description(),
    options: [...command.options.filter(({ hidden }) => !hidden).map(optionOf), help],
    operands: OPERANDS[command.name()] ??
      command.registeredArguments.map((argument) => valueOf(argument)),
  }));
  const run = commands.find(({ name }) => name === "run");
  return {
    options: [...program.options.map(optionOf), ...run?.options ?? []],
    commands: [...commands, {
      name: "help",
      description: "Show help, of a command if one is named",
      options: [],
      operands: [commands.map(({ name, description }) => ({ word: name, description }))],
    }],
  };
}

function optionOf(option: Option): KnownOption {
  const { short, long, description, flags, argChoices, required } = option;
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
    value: required ? valueNamed(/<(.*)>/.exec(flags)?.[1] ?? "", argChoices) : undefined,
  };
}

function valueOf(argument: Argument): Value {
  return valueNamed(argument.name(), argument.argChoices);
}

function valueNamed(name: string, choices: readonly string[] | undefined): Value {
  if (choices !== undefined) return choices.map((word) => ({ word, description: "" }));
  return Object.hasOwn(VALUES, name) ? VALUES[name]! : "free";
}
