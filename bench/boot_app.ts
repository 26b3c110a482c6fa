/** Boots an app as the program does: nobody listens to its events, which `bootApp` of tests records. */
import { Kernel, type KernelOptions } from "../mod.ts";
import { hostPlatform } from "../src/platform/host.ts";
import { overlayPlatform } from "../src/testing/overlay.ts";

/** Boots an app of the library's kinds. */
export async function bootResources(
  resources: string,
  options: KernelOptions = {},
): Promise<Kernel> {
  const platform = overlayPlatform(hostPlatform(), {
    "runtime.yaml": `name: Bench\nimports: [digly:std]\n${resources}`,
  });
  const kernel = new Kernel({ platform, ...options });
  await kernel.load("runtime.yaml");
  await kernel.start();
  return kernel;
}
