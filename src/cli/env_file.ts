/** Reads environment variables from files. */
import { fail, messageOf } from "../contract/errors.ts";
import { DEFAULT_LIMITS } from "../contract/limits.ts";
import type { Platform } from "../contract/platform.ts";
import { notAFile, readTextFile } from "../contract/read_file.ts";

/**
 * The environment and the variables of the files at `paths`. A later file overrides an earlier
 * one, and the environment overrides all files. Throws `ERR_USAGE` if a file cannot be read.
 */
export async function readEnvFiles(
  paths: readonly string[],
  platform: Platform,
): Promise<Record<string, string | undefined>> {
  const texts = paths.map((path) => readText(path, platform));
  const { parse } = await import("./dotenv.ts");
  const variables: Record<string, string | undefined> = Object.assign(
    {},
    ...texts.map((text) => parse(text)),
  );
  for (const [name, value] of Object.entries(platform.env)) {
    if (value !== undefined) variables[name] = value;
  }
  return variables;
}

function readText(path: string, platform: Platform): string {
  const url = platform.toUrl(path);
  const help = "--env-file takes the path of a file with lines like NAME=value";
  const refused = (reason: string, cause?: unknown) =>
    fail("ERR_USAGE", { problem: `The environment file "${path}" ${reason}` }, { help, cause });
  const reason = notAFile(platform.files.stat(url)?.kind);
  if (reason !== undefined) throw refused(reason);
  let text: string | undefined;
  try {
    text = readTextFile(url, platform.files, DEFAULT_LIMITS.fileBytes);
  } catch (error) {
    throw refused(`cannot be read: ${messageOf(error)}`, error);
  }
  if (text === undefined) throw refused(`is larger than ${DEFAULT_LIMITS.fileBytes} bytes`);
  return text;
}
