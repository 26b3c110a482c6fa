/** `digly test`: runs the tests of apps and modules. */
import { fail } from "../../contract/errors.ts";
import type { CliHost } from "../host.ts";
import { runOnce, type TestOptions } from "./run_once.ts";

/** Runs the tests at `paths`; resolves with the exit code. */
export async function test(
  host: CliHost,
  paths: readonly string[],
  options: TestOptions,
): Promise<number> {
  if (options.watch) {
    return await (await import("./watch_tests.ts")).watchTests(host, paths, options);
  }
  const stop = new AbortController();
  const { exitCode, count } = await runOnce(host, paths, options, { stop });
  if (count > 0 || stop.signal.aborted) return exitCode;
  throw fail("ERR_USAGE", { problem: `No test has a name that matches "${options.filter}"` }, {
    help: "Run `digly test` without --filter to see the names",
  });
}
