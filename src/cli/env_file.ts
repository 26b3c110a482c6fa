/** Environment variables from files. Rules: decision D-34. */
import { fail, messageOf } from "../contract/errors.ts";
import type { Platform } from "../contract/platform.ts";

/**
 * The environment together with the variables of the files at `paths`. A later file wins over
 * an earlier one, and the environment over all. Throws `ERR_USAGE` when a file is not there.
 */
export async function readEnvFiles(
  paths: readonly string[],
  platform: Platform,
): Promise<Record<string, string | undefined>> {
  const texts = paths.map((path) => readText(path, platform));
  const { parse } = await import("dotenv");
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
  const kind = platform.files.stat(url)?.kind;
  if (kind !== "file") {
    const problem = kind === undefined ? "does not exist" : "is a folder";
    throw fail("ERR_USAGE", { problem: `The environment file "${path}" ${problem}` }, {
      help: "--env-file takes the path of a file with lines like NAME=value",
    });
  }
  try {
    return new TextDecoder().decode(platform.files.readBytes(url));
  } catch (error) {
    throw fail("ERR_USAGE", {
      problem: `The environment file "${path}" cannot be read: ${messageOf(error)}`,
    }, { cause: error });
  }
}
