/** The program: joins the platform, the kernel and the built-in modules, and runs the CLI. */
import process from "node:process";
import { main } from "./src/cli/main.ts";
import { hostPlatform } from "./src/platform/host.ts";
import { isMainModule } from "./src/platform/main_module.ts";
import { VERSION } from "./src/version.ts";

/** Runs the command line of this process and exits with its code. */
export async function runCli(): Promise<never> {
  const platform = hostPlatform();
  const code = await main(process.argv.slice(2), {
    platform,
    version: VERSION,
    // Imported when a verb needs them: --version and --help start without.
    async createKernel(options) {
      const [{ Kernel }, { embedded }] = await Promise.all([
        import("./src/kernel.ts"),
        import("./src/modules/embedded.ts"),
      ]);
      return new Kernel({ platform, builtins: embedded, ...options });
    },
  });
  return platform.exit(code);
}

if (isMainModule(import.meta)) void runCli();
