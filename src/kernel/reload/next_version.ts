/** Loads and checks the next version of a running app, without changing anything that runs. */
import { loadAppWith, type LoadedApp } from "../loaded_app.ts";
import type { KernelParts } from "../parts.ts";
import { createBus } from "../run/bus.ts";
import { changedModules } from "./changed_modules.ts";
import type { ReloadOptions } from "./summary.ts";
import { RestartRequired } from "./restart_required.ts";

/** Loads the app at `path` again. Throws the first `DiglyError`, or {@link RestartRequired}. */
export async function loadNextVersion(
  path: string,
  parts: KernelParts,
  env: ReloadOptions["env"],
): Promise<LoadedApp> {
  const { platform, loader, options } = parts;
  loader.forgetChangedWasm();
  const changed = changedModules(platform.imported?.times() ?? new Map(), platform.files);
  if (changed.size > 0 && !loader.forget(changed)) {
    const [first] = changed;
    const { name, version } = platform.runtime;
    const reason = `${platform.toPath(first!)} has changed, which ${name} ${version} imports once`;
    throw new RestartRequired(reason, "process");
  }
  const app = await loadAppWith(path, {
    ...parts,
    options: { ...options, ...(env === undefined ? {} : { env }) },
    // Listeners hear of a version only when it is in use.
    bus: createBus(() => {}),
  });
  await app.checks.verify();
  return app;
}
