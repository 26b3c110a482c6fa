/** The app whose executions are measured: a resource that gives back what it gets. */
import type { Controller } from "../../src/contract/module.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import { diskFiles, toUrl } from "../../src/platform/files.ts";
import { memoryPlatform } from "../../src/platform/memory.ts";
import { type Case, computedEach } from "../measure.ts";

/** Executions of one round. */
export const EXECUTIONS = 20_000;
export const URN = "App.Echo.a";
const APP = {
  "/app/runtime.yaml": "name: App\ndefinitions: [echo.yaml]\n" +
    "---\nkind: App.Echo\nmetadata: { name: a }\n---\nkind: App.Echo\nmetadata: { name: b }\n",
  "/app/echo.yaml": "kind: Runtime.Definition\nmetadata: { name: Echo, resourceKind: Echo }\n" +
    "controllers: [{ runtime: node, entrypoint: ./echo.ts }]\n",
  "/app/echo.ts": "",
};
/** The same app with a role that runs all of it. */
const CLUSTERED = {
  ...APP,
  "/app/runtime.yaml": APP["/app/runtime.yaml"].replace("[echo.yaml]", "[echo.yaml, net.yaml]") +
    "---\nkind: App.Net\nmetadata: { name: Main }\nroles: { all: { runs: [App.Echo.*] } }\n",
  "/app/net.yaml": "kind: Runtime.Definition\nmetadata: { name: Net, resourceKind: Net }\n" +
    "transport: true\ncontrollers: [{ runtime: node, entrypoint: ./net.ts }]\n",
  "/app/net.ts": "",
};

/** A transport that no execution of this process needs. */
const net: Controller = {
  connect: (_, { isLocal }) => ({
    isLocal,
    open: () => Promise.resolve(),
    serve: () => Promise.resolve(),
    execute: () => Promise.reject(new Error("every resource is local")),
    drain: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }),
};

/**
 * A kernel that runs an app whose one resource gives back what it gets, with an interceptor around the
 * executions of `intercepted`, and with `roles`.
 */
export async function started(
  intercepted?: string,
  roles: readonly string[] = [],
): Promise<Kernel> {
  const controller: Controller = {
    create({ metadata: { name } }, ctx) {
      if (name === "a" && intercepted !== undefined) {
        ctx.intercept({ urns: [intercepted] }, (_, next) => next());
      }
      return { execute: (input) => input };
    },
  };
  const platform = memoryPlatform({
    files: roles.length === 0 ? APP : CLUSTERED,
    modules: { "/app/echo.ts": { ...controller }, "/app/net.ts": { ...net } },
  });
  const { openAppend } = diskFiles;
  const kernel = new Kernel({
    // The app is in memory, the stream on the disk.
    platform: { ...platform, toUrl, files: { ...platform.files, openAppend } },
    builtins: { files: {}, controllers: {} },
    roles,
  });
  await kernel.load("/app");
  await kernel.start();
  return kernel;
}

/** A case that executes the resource. */
export function executing(name: string, { execute }: Pick<Kernel, "execute">): Case {
  return computedEach(name, EXECUTIONS, async () => {
    for (let input = 0; input < EXECUTIONS; input++) await execute(URN, input);
  });
}

/** What executes resources of a kernel, without looking up its method. */
export function of(kernel: Kernel): Pick<Kernel, "execute"> {
  return { execute: kernel.execute.bind(kernel) };
}
