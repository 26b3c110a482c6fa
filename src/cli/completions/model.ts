/** A model of the command line for completions, read from the declared commands. */
import type { Argument, Command, Option } from "commander";
import { ownValue } from "../../contract/own_key.ts";

/** What completes a word: fixed choices, files, names from the app, or nothing (`free`). */
export type Value = readonly Choice[] | "file" | "resource" | "kind" | "kind or file" | "free";

/** A candidate and its description. */
export interface Choice {
  readonly word: string;
  readonly description: string;
}

/** An option of a command. */
export interface OptionModel {
  /** `-o` and `--output`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Completes its value; `undefined` for an option without a value. */
  readonly value: Value | undefined;
}

/** A command with its options and operands. */
export interface CommandModel {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionModel[];
  readonly operands: readonly Value[];
  /** Completes every further operand. */
  readonly others: Value;
}

/** The program with its commands. */
export interface ProgramModel {
  readonly commands: readonly CommandModel[];
  /** Options allowed without a command: those of the program and of `run`, the default. */
  readonly options: readonly OptionModel[];
}

/** Names of arguments and values → what completes them. */
const VALUES: Readonly<Record<string, Value>> = {
  file: "file",
  folder: "file",
  path: "file",
  paths: "file",
  other: "file",
};

/** Operands of commands whose argument names do not say what completes them. */
const OPERANDS: Readonly<Record<string, readonly Value[]>> = {
  exec: ["file", "resource"],
  kinds: ["kind or file", "kind"],
};

/** Reads the model of `program`. */
export function modelOf(program: Command): ProgramModel {
  const help: OptionModel = { flags: ["-h", "--help"], description: "show help", value: undefined };
  const commands = program.commands.map((command): CommandModel => ({
    name: command.name(),
    description: command.description(),
    options: [...command.options.filter(({ hidden }) => !hidden).map(optionOf), help],
    operands: OPERANDS[command.name()] ??
      command.registeredArguments.map((argument) => valueOf(argument)),
    others: othersOf(command),
  }));
  const run = commands.find(({ name }) => name === "run");
  return {
    options: [...program.options.map(optionOf), ...run?.options ?? []],
    commands: [...commands, {
      name: "help",
      description: "Show help for digly or for a command",
      options: [],
      operands: [commands.map(({ name, description }) => ({ word: name, description }))],
      others: "free",
    }],
  };
}

function optionOf(option: Option): OptionModel {
  const { short, long, description, flags, argChoices, required } = option;
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
    value: required ? valueNamed(/<(.*)>/.exec(flags)?.[1] ?? "", argChoices) : undefined,
  };
}

function othersOf({ registeredArguments }: Command): Value {
  const last = registeredArguments.at(-1);
  return last?.variadic === true ? valueOf(last) : "free";
}

function valueOf(argument: Argument): Value {
  return valueNamed(argument.name(), argument.argChoices);
}

function valueNamed(name: string, choices: readonly string[] | undefined): Value {
  if (choices !== undefined) return choices.map((word) => ({ word, description: "" }));
  return ownValue(VALUES, name) ?? "free";
}
