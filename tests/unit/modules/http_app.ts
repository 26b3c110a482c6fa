/** Apps that serve on a free port of the loopback interface. */
import type { TestContext } from "node:test";
import type { LogRecord } from "../../../src/contract/log.ts";
import type { DiglyModule } from "../../../src/contract/module.ts";
import type { Context } from "../../../src/contract/execution.ts";
import { Kernel } from "../../../src/kernel/kernel.ts";
import type { KernelOptions } from "../../../src/kernel/options.ts";
import { embedded } from "../../../src/generated/embedded.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";

/** A kernel that was started, and how to reach it. */
export interface HttpApp {
  readonly kernel: Kernel;
  readonly url: string;
  readonly logs: readonly LogRecord[];
}

/** The behaviour of `Test.Handler` resources, which return their input by default. */
export type Handle = (input: unknown, ctx: Context, name: string) => unknown;

/** A loaded kernel over a server `Http.Server.Main` on a free port and these resources. */
export async function loadHttpApp(
  resources: string,
  { handle = (input) => input, mounts = "", modules = [], imports = [], ...options }:
    & {
      handle?: Handle;
      mounts?: string;
      modules?: readonly DiglyModule[];
      /** Beside `digly:core`, `digly:http` and `digly:data`. */
      imports?: readonly string[];
    }
    & Partial<KernelOptions> = {},
): Promise<{ kernel: Kernel; logs: LogRecord[] }> {
  const server = `kind: Http.Server\nmetadata: { name: Main }\nport: 0\n${mounts}\n`;
  const platform = memoryPlatform({
    files: {
      "/app/runtime.yaml": `name: App\nimports: [${
        ["digly:core", "digly:http", "digly:data", ...imports].join(", ")
      }]\n---\n${server}---\n${resources}`,
    },
  });
  const logs: LogRecord[] = [];
  const kernel = new Kernel({
    platform,
    builtins: embedded,
    log: (record) => void logs.push(record),
    ...options,
  });
  kernel.register({
    name: "Test",
    definitions: [{ kind: "Test.Handler" }],
    controllers: {
      "Test.Handler": { execute: (name, input, ctx) => handle(input, ctx, name) },
    },
  });
  for (const module of modules) kernel.register(module);
  await kernel.load("/app/runtime.yaml");
  return { kernel, logs };
}

/** The same kernel, started, and stopped when the test ends. */
export async function startHttpApp(
  t: TestContext,
  ...args: Parameters<typeof loadHttpApp>
): Promise<HttpApp> {
  const { kernel, logs } = await loadHttpApp(...args);
  let url = "";
  kernel.on("Http.Server.Listening", (address) => {
    url = (address as { url: string }).url;
  });
  t.after(() => kernel.stop());
  await kernel.start();
  return { kernel, url, logs };
}

/** An `Http.Route` with these fields, beside the handler `Test.Handler.echo`. */
export function route(...fields: string[]): string {
  const handler = "kind: Test.Handler\nmetadata: { name: echo }\n";
  return [
    handler,
    ...fields.map((text, index) => `kind: Http.Route\nmetadata: { name: R${index} }\n${text}\n`),
  ].join("---\n");
}

/** A promise with its resolver. */
export function gate(): { readonly promise: Promise<void>; readonly open: () => void } {
  let open!: () => void;
  const promise = new Promise<void>((resolve) => open = resolve);
  return { promise, open };
}
