/** `digly lsp`: the language server, over the standard streams. */
import { checkPath } from "./check.ts";
import type { Checker } from "../lsp/analysis.ts";
import type { CliHost, CommonOptions } from "./host.ts";

/** The options of `lsp`. */
export type LspOptions = Pick<CommonOptions, "envFile" | "limit">;

/** Serves an editor until it says that it is done; resolves with the exit code. */
export async function lsp(host: CliHost, options: LspOptions): Promise<number> {
  host.platform.endStartup?.();
  const { serve } = await import("../lsp/server.ts");
  return await serve({ ...checkerFor(host, options), version: host.version });
}

/** What checks the apps of an editor. */
export function checkerFor(host: CliHost, options: LspOptions): Checker {
  return {
    platform: host.platform,
    builtins: () => host.builtinModules(),
    async check(url, platform, sources) {
      const own: CliHost = {
        ...host,
        platform,
        createKernel: (choices) => host.createKernel({ platform, sources, ...choices }),
      };
      const checked = await checkPath(own, url, { ...options, logLevel: "error" });
      const { findings, session: { kernel, rendering: { redact = String } } } = checked;
      return { findings, kernel, redact };
    },
  };
}
