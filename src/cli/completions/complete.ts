/**
 * `digly __complete <words>`: prints what can follow on a command line, for the scripts that
 * `digly completions` prints. The last word is the one that is being typed, and may be empty.
 *
 * Each line is a candidate, and after a tab what it means. The line `:files` says that names of
 * files fit as well; finding those is left to the shell.
 */
import type { Command } from "commander";
import type { CliHost } from "../host.ts";
import { kindsOf, resourcesOf } from "./app_words.ts";
import { type Choice, type KnownCommand, type KnownProgram, modelOf, type Value } from "./model.ts";

const FILES = ":files";

/** Writes the candidates for the last of `words`; never fails, since nobody would see why. */
export async function complete(
  host: CliHost,
  program: Command,
  words: readonly string[],
): Promise<void> {
  const lines = await candidates(host, modelOf(program), joinEquals(words));
  host.platform.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

/** What was typed before the last word. */
interface Before {
  readonly command: KnownCommand | undefined;
  readonly operands: readonly string[];
  /** The option that the last word is the value of. */
  readonly option: string | undefined;
}

async function candidates(
  host: CliHost,
  program: KnownProgram,
  words: readonly string[],
): Promise<string[]> {
  // PowerShell before 7.3 cannot pass an empty word; its script quotes it.
  const current = words.at(-1)?.replace(/^""$/, "") ?? "";
  const before = readBefore(words.slice(0, -1), program);
  const { command, operands, option } = before;
  const options = command?.options ?? program.options;
  const valueOf = (flag: string) => options.find(({ flags }) => flags.includes(flag))?.value;
  if (option !== undefined) return await offer(valueOf(option) ?? "free", current);
  const [, flag, start] = /^(--[^=]+=)(.*)$/s.exec(current) ?? [];
  if (flag !== undefined) {
    return await offer(valueOf(flag.slice(0, -1)) ?? "free", start!, flag);
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
  return await offer(command.operands[operands.length] ?? "free", current);

  async function offer(value: Value, start: string, prefix = ""): Promise<string[]> {
    switch (value) {
      case "free":
        return [];
      case "file":
        return [FILES];
      case "resource":
        return matching(await resourcesOf(host, operands[0]!), start, prefix);
      case "kind":
        return matching(await kindsOf(host, operands[0]), start, prefix);
      case "kind or file":
        return [...matching(await kindsOf(host, undefined), start, prefix), FILES];
      default:
        return matching(value, start, prefix);
    }
  }
}

/** Reads the words before the one that is typed as the command line itself does. */
function readBefore(words: readonly string[], { commands, options }: KnownProgram): Before {
  const takesValue = new Set(
    [...options, ...commands.flatMap((command) => command.options)]
      .flatMap(({ flags, value }) => value === undefined ? [] : flags),
  );
  const operands: string[] = [];
  let command: KnownCommand | undefined;
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
 * bash splits at an equals sign, so that `--format=json` comes as three words. Its value is
 * then completed like that of `--format json`.
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
