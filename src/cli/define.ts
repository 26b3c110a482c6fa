/** What all declarations of commands share. */
import type { Command } from "commander";
import { addTo, limitOption, logFormatOption, logLevelOption } from "./options.ts";

/** Declares a command that works on an app. */
export type Define = (name: string, description: string) => Command;

/** Receives the exit code of a command. */
export type Done = (exitCode: number) => void;

/** Adds the options that every command which loads an app has. */
export function addLoadOptions(command: Command): Command {
  return command
    .option(
      "--env-file <file>",
      "read environment variables from a file; repeatable",
      addTo,
    )
    .option("--allow-http", "fetch manifests over http: from other machines")
    .option("--isolate-scripts", "isolate scripts that do not say whether they are")
    .addOption(limitOption())
    .option("--verbose", "show debug logs, stack traces and causes")
    .addOption(logFormatOption())
    .addOption(logLevelOption());
}
