/**
 * `digly __complete <words>`: prints completions for the shell scripts of `digly completions`.
 * The last word is the one being typed and may be empty.
 *
 * Each line is a candidate, followed by a tab and its description. The line `:files` asks the
 * shell to complete file names as well.
 */
import type { Command } from "commander";
import type { CliHost } from "../host.ts";
import { kindsOf, resourcesOf } from "./app_words.ts";
import { type Choice, type CommandModel, modelOf, type ProgramModel, type Value } from "./model.ts";

const FILES = ":files";

/** Prints the candidates for the last of `words`; never fails, because errors would be hidden. */
export async function complete(
  host: CliHost,
  program: Command,
  words: readonly string[],
): Promise<void> {
  const lines = await candidates(host, modelOf(program), joinEquals(words));
  host.platform.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

/** The parsed words before the last one. */
interface ParsedWords {
  readonly command: CommandModel | undefined;
  readonly operands: readonly string[];
  /** The option whose value is the last word. */
  readonly option: string | undefined;
}

async function candidates(
  host: CliHost,
  program: ProgramModel,
  words: readonly string[],
): Promise<string[]> {
  // PowerShell before 7.3 cannot pass an empty word, so its script passes quotes.
  const current = words.at(-1)?.replace(/^""$/, "") ?? "";
  const parsed = parseWords(words.slice(0, -1), program);
  const { command, operands, option } = parsed;
  const options = command?.options ?? program.options;
  const valueOf = (flag: string) => options.find(({ flags }) => flags.includes(flag))?.value;
  if (option !== undefined) return await candidatesFor(valueOf(option) ?? "free", current);
  const [, flag, start = ""] = /^(--[^=]+=)(.*)$/s.exec(current) ?? [];
  if (flag !== undefined) {
    return await candidatesFor(valueOf(flag.slice(0, -1)) ?? "free", start, flag);
  }
  if (current.startsWith("-")) {
    const choices = options.flatMap(({ flags, description }) =>
      flags.map((word) => ({ word, description }))
    );
    return matching(choices, current);
  }
  if (command === undefined) {
    const verbs = program.commands.map(({ name, description }) => ({ word: name, description }));
    return [...matching(verbs, current), FILES];
  }
  return await candidatesFor(command.operands[operands.length] ?? command.others, current);

  async function candidatesFor(value: Value, start: string, prefix = ""): Promise<string[]> {
    switch (value) {
      case "free":
        return [];
      case "file":
        return [FILES];
      case "resource":
        return matching(await resourcesOf(host, operands[0] ?? ""), start, prefix);
      case "kind":
        return matching(await kindsOf(host, operands[0]), start, prefix);
      case "kind or file":
        return [...matching(await kindsOf(host, undefined), start, prefix), FILES];
      default:
        return matching(value, start, prefix);
    }
  }
}

/** Parses the words before the last one as the command line does. */
function parseWords(words: readonly string[], { commands, options }: ProgramModel): ParsedWords {
  const takesValue = new Set(
    [...options, ...commands.flatMap((command) => command.options)]
      .flatMap(({ flags, value }) => value === undefined ? [] : flags),
  );
  const operands: string[] = [];
  let command: CommandModel | undefined;
  let option: string | undefined;
  for (const word of words) {
    if (option !== undefined) option = undefined;
    else if (takesValue.has(word)) option = word;
    else if (word.startsWith("-")) continue;
    else if (command !== undefined) operands.push(word);
    else {
      command = commands.find(({ name }) => name === word);
      if (command !== undefined) continue;
      command = commands.find(({ name }) => name === "run");
      operands.push(word);
    }
  }
  return { command, operands, option };
}

/**
 * Joins words that bash splits at an equals sign: `--format=json` arrives as three words and is
 * completed like `--format json`.
 */
function joinEquals(words: readonly string[]): string[] {
  const joined: string[] = [];
  words.forEach((word, index) => {
    const isSign = word === "=" && /^--./.test(words[index - 1] ?? "");
    if (!isSign) joined.push(word);
    else if (index === words.length - 1) joined.push("");
  });
  return joined;
}

function matching(choices: readonly Choice[], start: string, prefix = ""): string[] {
  return choices.filter(({ word }) => word.startsWith(start)).map(({ word, description }) => {
    const [line = ""] = description.split("\n");
    return prefix + word + (line === "" ? "" : `\t${line}`);
  });
}
