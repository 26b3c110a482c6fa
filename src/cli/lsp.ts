/** `digly lsp`: the language server, over the standard streams. */
import { checkPath } from "./check.ts";
import type { CliHost, CommonOptions } from "./host.ts";

/** The options of `lsp`. */
export type LspOptions = Pick<CommonOptions, "envFile" | "limit">;

/** Serves an editor until it says that it is done; resolves with the exit code. */
export async function lsp(host: CliHost, options: LspOptions): Promise<number> {
  const { serve } = await import("../lsp/server.ts");
  return await serve({
    platform: host.platform,
    version: host.version,
    builtins: () => host.builtinModules(),
    async check(url, platform) {
      const own: CliHost = {
        ...host,
        platform,
        createKernel: (choices) => host.createKernel({ platform, ...choices }),
      };
      const checked = await checkPath(own, url, { ...options, logLevel: "error" });
      const { findings, session: { kernel, rendering: { redact = String } } } = checked;
      return { findings, kernel, redact };
    },
  });
}
