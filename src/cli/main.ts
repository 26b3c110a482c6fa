import type { Platform } from "../contract/platform.ts";
import type { Kernel, KernelOptions } from "../kernel.ts";

export interface CliHost {
  readonly platform: Platform;
  readonly version: string;
  createKernel(options: Omit<KernelOptions, "platform" | "builtins">): Promise<Kernel>;
}

export async function main(args: readonly string[], host: CliHost): Promise<number> {
  const { platform } = host;
  if (args[0] === "--version") {
    platform.stdout.write(host.version + "\n");
    return 0;
  }
  const [verb, path, urn, , input] = ["exec", "run"].includes(args[0]!) ? args : ["run", ...args];
  const kernel = await host.createKernel({
    serve: verb === "run",
    log: (r) => platform.stderr.write(`${r.level} ${r.owner} ${r.message}\n`),
  });
  try {
    await kernel.load(path!);
    await kernel.start();
    if (verb === "exec") {
      platform.stdout.write(
        JSON.stringify(await kernel.execute(urn!, JSON.parse(input ?? "null"))) + "\n",
      );
    } else {
      platform.onSignal(() => void kernel.stop().then((r) => platform.exit(r.exitCode)));
      await kernel.waitUntilIdle();
    }
    return (await kernel.stop()).exitCode;
  } catch (error) {
    platform.stderr.write(String((error as Error).stack) + JSON.stringify(error) + "\n");
    return 1;
  }
}
