/** Options that several commands share. */
import { type Command, Option } from "commander";
import { helpForLimitName, isLimitName, type Limits, parseLimit } from "../contract/limits.ts";
import { fail } from "../contract/errors.ts";
import { parseDuration } from "./duration.ts";
import { EVENTS_FILE, SNAPSHOT_FILE } from "./host.ts";
import { LOG_LEVELS } from "./log_format.ts";

const BOOT_TIMEOUT_MS = 60_000;
const SHUTDOWN_TIMEOUT_MS = 30_000;

/** Adds what leaves files to look into afterwards. */
export function debugged(command: Command): Command {
  return command.option("--debug", `write every event to ${EVENTS_FILE}`)
    .option("--debug-sync", "the same, surviving a power cut: wait for the disk each time")
    .option("--snapshot-on-exit", `write a snapshot to ${SNAPSHOT_FILE} at the end`);
}

/** Collects the values of an option that may stand several times. */
export function repeatable(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}

/** Adds how long the boot and the stop may take. */
export function timed(command: Command): Command {
  return command.addOption(
    new Option("--boot-timeout <time>", "how long the boot may take: 500ms, 30s, 2m")
      .argParser(parseDuration).default(BOOT_TIMEOUT_MS, "60s"),
  ).addOption(
    new Option("--shutdown-timeout <time>", "how long stopping may take: 500ms, 30s, 2m")
      .argParser(parseDuration).default(SHUTDOWN_TIMEOUT_MS, "30s"),
  );
}

/** Changes limits of the program. */
export function limit(): Option {
  return new Option("--limit <name=value>", "change a limit, such as templateDepth=20; repeatable")
    .argParser(addLimit);
}

/** Adds `name=value` to the limits given so far; throws `ERR_USAGE`. */
function addLimit(text: string, limits: Partial<Limits> = {}): Partial<Limits> {
  const [, name, value] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined) {
    throw fail("ERR_USAGE", { problem: `"${text}" is not a limit and its value` }, {
      help: "Write --limit name=value, such as --limit templateDepth=20",
    });
  }
  if (!isLimitName(name)) {
    throw fail("ERR_USAGE", { problem: `Unknown limit "${name}"` }, {
      help: helpForLimitName(name),
    });
  }
  const parsed = parseLimit(name, value);
  if ("value" in parsed) return { ...limits, [name]: parsed.value };
  throw fail("ERR_USAGE", { problem: parsed.problem }, { help: parsed.help });
}

/** How a command prints; the first choice by default. */
export function formats(...choices: [string, ...string[]]): Option {
  return new Option("--format <format>", "how to print").choices(choices).default(choices[0]);
}

/** How log lines are written. */
export function logFormat(): Option {
  return new Option("--log-format <format>", "log lines as text or json; text on a terminal")
    .choices(["text", "json"]);
}

/** Which log lines are written. */
export function logLevel(): Option {
  return new Option("--log-level <level>", "the least urgent log lines to show: info by default")
    .choices(LOG_LEVELS);
}
