/** Options shared by several commands. */
import { type Command, Option } from "commander";
import { isLimitName, type Limits, parseLimit } from "../contract/limits.ts";
import { helpForLimitName } from "../diagnostics/limit_names.ts";
import { fail } from "../contract/errors.ts";
import { parseDuration } from "./duration.ts";
import { DEFAULT_RUN_OPTIONS, EVENTS_FILE, SNAPSHOT_FILE } from "./host.ts";
import { LOG_LEVELS } from "./log_format.ts";

/** Adds the options that write files for debugging. */
export function withDebugOptions(command: Command): Command {
  return command.option("--debug", `write every event to ${EVENTS_FILE}`)
    .option("--debug-sync", "like --debug, but flush each event to disk")
    .option("--snapshot-on-exit", `write a snapshot to ${SNAPSHOT_FILE} on exit`);
}

/** Collects the values of a repeatable option. */
export function addTo(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}

/** Adds the timeouts of boot and shutdown. */
export function withTimeoutOptions(command: Command): Command {
  return command.addOption(
    new Option("--boot-timeout <time>", "maximum boot time: 500ms, 30s, 2m")
      .argParser(parseDuration).default(DEFAULT_RUN_OPTIONS.bootTimeout, "60s"),
  ).addOption(
    new Option("--shutdown-timeout <time>", "maximum shutdown time: 500ms, 30s, 2m")
      .argParser(parseDuration).default(DEFAULT_RUN_OPTIONS.shutdownTimeout, "30s"),
  );
}

/** Adds the options of the commands that keep an app running. */
export function withRunOptions(command: Command): Command {
  return withDebugOptions(withTimeoutOptions(command)).addOption(
    new Option(
      "--drain-delay <time>",
      "keep serving this long after a signal, while reporting not ready",
    )
      .argParser(parseDuration).default(DEFAULT_RUN_OPTIONS.drainDelay, "0s"),
  ).addOption(roleOption());
}

/** Reads a whole number that is not negative. Throws `ERR_USAGE` for anything else. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw fail("ERR_USAGE", { problem: `"${text}" is not a whole number` }, {
    help: "Write digits, such as 42",
  });
}

/** Reads a whole number that is at least 1. Throws `ERR_USAGE` for anything else. */
export function parsePositiveCount(text: string): number {
  if (parseCount(text) > 0) return parseCount(text);
  throw fail("ERR_USAGE", { problem: `"${text}" is less than 1` }, { help: "Write 1 or more" });
}

/** `--limit`: changes a limit. */
export function limitOption(): Option {
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

/** `--format`, with the first choice as default. */
export function formatOption(...choices: [string, ...string[]]): Option {
  return new Option("--format <format>", "output format").choices(choices).default(choices[0]);
}

/** `--log-format`. */
export function logFormatOption(): Option {
  return new Option(
    "--log-format <format>",
    "format of log lines; default: text on a terminal, else json",
  )
    .choices(["text", "json"]);
}

/** `--inspect-port`. */
export function inspectPortOption(): Option {
  return new Option("--inspect-port <port>", "port of the inspector; default: a free one")
    .argParser(parsePort);
}

/** Reads the number of a port. Throws `ERR_USAGE` for anything else. */
function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw fail("ERR_USAGE", { problem: `"${text}" is not a port` }, {
    help: "Write a number from 0 to 65535; 0 takes a free port",
  });
}

/** `--role`. */
export function roleOption(): Option {
  return new Option(
    "--role <name>",
    "run only the resources of this role; repeatable; default: DIGLY_ROLE",
  ).argParser(addTo);
}

/** `--log-level`. */
export function logLevelOption(): Option {
  return new Option("--log-level <level>", "lowest level of log lines to show; default: info")
    .choices(LOG_LEVELS);
}
