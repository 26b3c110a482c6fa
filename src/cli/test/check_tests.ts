/** The tests that `digly check` checks: those in a file, or in the folder of an app. */
import type { DiglyError } from "../../contract/errors.ts";
import { resolveLocation } from "../../contract/location.ts";
import type { ProgressLine } from "../progress.ts";
import { readEnvFiles } from "../env_file.ts";
import type { CliHost, CommonOptions } from "../host.ts";

/** What files with test cases are called. */
export const TEST_FILE: RegExp = /\.test\.ya?ml$/;

/** The result of checking tests. */
export interface TestCheckResult {
  readonly errors: readonly DiglyError[];
  /** The number of test cases. */
  readonly count: number;
  /** Removes the sensitive values of the apps. */
  readonly redact: (text: string) => string;
}

/** The URL of the file with test cases at `path`. Throws `ERR_USAGE` if it does not exist. */
export async function testsAt(path: string, { platform }: CliHost): Promise<string[]> {
  const { findTests } = await import("../../testing/mod.ts");
  return findTests([path], platform);
}

/** URLs of the files with test cases in the folder of the app at `path`; none if there is no app. */
export function testsBeside(path: string, { platform, app }: CliHost): string[] {
  if (app !== undefined) return [];
  const { files, toUrl } = platform;
  if (/^https?:/i.test(path)) return [];
  const url = toUrl(path);
  const isFolder = files.stat(url)?.kind === "directory";
  const folder = isFolder ? url.replace(/\/*$/, "/") : new URL(".", url).href;
  try {
    return files.list(folder)
      .filter(({ name, kind }) => kind === "file" && TEST_FILE.test(name) && !name.startsWith("."))
      .map(({ name }) => resolveLocation(`./${name}`, folder)).sort();
  } catch {
    return []; // What is wrong with the folder is an error of the app.
  }
}

/** How test cases are checked. */
export interface TestCheckChoices {
  /** True to check their apps as well, beyond that they load. */
  readonly verify: boolean;
  readonly progress: ProgressLine;
}

/** Checks the test cases of some files, and loads their apps. */
export async function checkTestFiles(
  { platform, createKernel }: CliHost,
  urls: readonly string[],
  { envFile = [], limit = {}, allowHttp = false, isolateScripts = false }: CommonOptions,
  { verify, progress }: TestCheckChoices,
): Promise<TestCheckResult> {
  const { checkTests } = await import("../../testing/mod.ts");
  const errors: DiglyError[] = [];
  let done = 0;
  const show = () => progress.update(() => `Checking test cases: ${done}`);
  const { count, redact } = await checkTests(urls, {
    platform,
    createKernel: (options) =>
      createKernel({ ...options, limits: limit, allowHttp, isolateScripts, onProgress: show }),
    env: await readEnvFiles(envFile, { ...platform, env: {} }),
    diagnostics: { error: (error) => void errors.push(error), warning() {} },
    verify,
    onCase: () => void done++,
  });
  progress.end();
  return { errors, count, redact };
}
