/** Runs the command line over apps in memory. */
import type { CliHost } from "../../../src/cli/host.ts";
import type { KernelOptions } from "../../../src/kernel/options.ts";
import { Kernel } from "../../../src/kernel/kernel.ts";
import { builtinNames } from "../../../src/contract/location.ts";
import { main } from "../../../src/cli/main.ts";
import type { MemoryPlatform } from "../../../src/platform/memory.ts";
import type { Platform } from "../../../src/contract/platform.ts";
import { app, type AppOptions } from "../app.ts";

/** A command line and the world it works in. */
export interface CommandLine {
  readonly platform: MemoryPlatform;
  /** Runs the arguments; resolves with the exit code. */
  run(...args: string[]): Promise<number>;
  /** Resolves when standard error has `text`. */
  said(text: string): Promise<void>;
}

/** A program that works on `platform`. */
export function testHost(platform: Platform, builtins: KernelOptions["builtins"]): CliHost {
  return {
    platform,
    version: "1.2.3",
    commit: () => Promise.resolve("abc"),
    machine: "linux x64",
    createKernel: (options) => Promise.resolve(new Kernel({ platform, builtins, ...options })),
    builtinModules: () => Promise.resolve(builtinNames(builtins.files)),
    testingKit: () => Promise.resolve({}),
    findCompiler: () => Promise.resolve(undefined),
    serveMcp: () => Promise.reject(new Error("There is no standard input in memory")),
    httpAdapter: () => Promise.reject(new Error("There is no network in memory")),
  };
}

/** A command line over an app in `/app`, which is the working directory. */
export function commandLine(options: AppOptions, change: Partial<Platform> = {}): CommandLine {
  const recorded = app(options).platform;
  const platform: MemoryPlatform = { ...recorded, hasTerminal: () => true, ...change };
  const host = testHost(platform, options.builtins ?? { files: {}, controllers: {} });
  return {
    platform,
    run: (...args) => main(args, host),
    async said(text) {
      while (!platform.stderrText().includes(text)) await new Promise((done) => setTimeout(done));
    },
  };
}
