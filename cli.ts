/** The program: joins the platform, the kernel and the built-in modules, and runs the CLI. */
import { basename, dirname } from "node:path";
import process from "node:process";
import type { CliHost } from "./src/cli/host.ts";
import { main } from "./src/cli/main.ts";
import { BUNDLE_ROOT, type BundledApp } from "./src/contract/bundle.ts";
import { builtinNames } from "./src/contract/location.ts";
import type { Platform } from "./src/contract/platform.ts";
import type { HttpAdapter } from "./src/inspector/server.ts";
import type { Kernel } from "./src/kernel/kernel.ts";
import type { KernelOptions } from "./src/kernel/options.ts";
import { bundledPlatform, filesNextToExecutable } from "./src/bundle/bundled_platform.ts";
import { embeddedBundle } from "./src/bundle/embedded_bundle.ts";
import { hostPlatform } from "./src/platform/host.ts";
import { isMainModule } from "./src/platform/main_module.ts";
import { CHILD_VARIABLE } from "./src/modules/javascript/process/variable.ts";
import { COMMIT, VERSION } from "./src/version.ts";

/** The longest message of an MCP client. */
const MOST_MCP_BYTES = 4 * 1_024 * 1_024;

/** Runs the command line of this process and exits with its code. */
export async function runCli(): Promise<never> {
  const platform = hostPlatform();
  if (platform.env[CHILD_VARIABLE] !== undefined) return await runScriptProcess(platform);
  return platform.exit(await main(process.argv.slice(2), cliHost(platform)));
}

/** Runs a script for the process that has started this one. */
async function runScriptProcess(platform: Platform): Promise<never> {
  const { serveScript } = await import("./src/modules/javascript/process/child.ts");
  platform.endStartup?.();
  const own = embeddedBundle()?.app?.controllers ?? {};
  await platform.redirectConsole?.();
  await serveScript({
    // The platforms that start script processes read input.
    input: platform.readInput!(),
    write: (text) => platform.stdout.write(text),
    async importFile(url) {
      const embedded = own[url.slice(BUNDLE_ROOT.length)];
      return embedded !== undefined && url.startsWith(BUNDLE_ROOT)
        ? await embedded() as Record<string, unknown>
        : await platform.importModule(url);
    },
  });
  return platform.exit(0);
}

/** What the command line works with on `platform`. */
export function cliHost(platform: Platform): CliHost {
  const app = embeddedBundle()?.app;
  return {
    platform,
    version: VERSION,
    machine: `${process.platform} ${process.arch}`,
    async commit() {
      return COMMIT ?? (await import("./src/platform/commit.ts")).commitOfClone();
    },
    ...(app === undefined
      ? {}
      : { app: { ...app, command: executableName(), manifest: BUNDLE_ROOT + app.manifest } }),
    createKernel: (options) =>
      createKernel({
        ...(app === undefined ? { platform } : {
          platform: bundledPlatform(app, platform),
          values: filesNextToExecutable(app.manifest, executableFolder(platform), platform),
        }),
        ...options,
      }, app?.controllers),
    async builtinModules() {
      return builtinNames((await import("./src/generated/embedded.ts")).embedded.files);
    },
    async testingKit() {
      return { ...await import("./testing.ts") };
    },
    async serveMcp(offer) {
      const { keepOthersOffStdout, serveStdio } = await import("./src/modules/mcp/stdio.ts");
      const write = platform.stdout.write.bind(platform.stdout);
      keepOthersOffStdout();
      await new Promise<void>((onEnd) =>
        serveStdio(offer, { maxMessageBytes: MOST_MCP_BYTES, write, onEnd })
      );
    },
    async httpAdapter() {
      return await inspectorAdapter();
    },
    async findCompiler(from) {
      return (await import("./src/platform/compiler.ts")).findCompiler(from);
    },
  };
}

/** The inspector is served by the server of `Http.Server`, with generous limits: only the user is there. */
async function inspectorAdapter(): Promise<HttpAdapter> {
  const { loadAdapter } = await import("./src/modules/http/listen.ts");
  const adapter = await loadAdapter();
  const timeouts = { header: 10_000, body: 30_000, idle: 75_000, handler: Infinity };
  return {
    Response: adapter.Response,
    async listen({ host, port, fetch, warn }) {
      return await adapter.listen({
        host,
        port,
        timeouts,
        tls: undefined,
        maxMessageBytes: undefined,
        warn,
        fetch: (request) => fetch(request),
      });
    },
  };
}

/** The kernel and the modules are imported when a verb needs them. */
async function createKernel(
  options: Omit<KernelOptions, "builtins">,
  controllers: BundledApp["controllers"] = {},
): Promise<Kernel> {
  const [{ Kernel }, { embedded }] = await Promise.all([
    import("./src/kernel/kernel.ts"),
    import("./src/generated/embedded.ts"),
  ]);
  const own = Object.entries(controllers).map(([place, load]) => [BUNDLE_ROOT + place, load]);
  const builtins = {
    ...embedded,
    controllers: { ...embedded.controllers, ...Object.fromEntries(own) },
  };
  return new Kernel({ builtins, ...options });
}

function executableFolder({ toUrl }: Platform): string {
  return toUrl(dirname(process.execPath) + "/");
}

function executableName(): string {
  return basename(process.execPath).replace(/\.exe$/i, "");
}

declare const DIGLY_COMMIT: string | undefined;

// The build sets the constant; a built program starts itself.
if (typeof DIGLY_COMMIT === "undefined" && isMainModule(import.meta)) void runCli();
