/** Loads and checks the next version of a running app, without changing anything that runs. */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { ParsedSources } from "../../load/yaml/parsed_sources.ts";
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
    const [first = ""] = changed;
    const { name, version } = platform.runtime;
    const reason = `${platform.toPath(first)} has changed, which ${name} ${version} imports once`;
    throw new RestartRequired(reason, "process");
  }
  const version: KernelParts = {
    ...parts,
    options: {
      ...options,
      ...(env === undefined ? {} : { env }),
      // The files are read and parsed once for both the check and the start.
      sources: options.sources ?? new ParsedSources(),
    },
    // Listeners hear of a version only when it is in use.
    bus: createBus(() => {}),
  };
  await checkTypes(path, version);
  const app = await loadAppWith(path, version);
  await app.checks.verify();
  return app;
}

/**
 * Throws what `digly check` finds and a start does not, such as a field that `request` does not
 * have. An app that is checked cannot be started, hence the copy; it repeats no warning.
 */
async function checkTypes(path: string, parts: KernelParts): Promise<void> {
  const diagnostics: Diagnostics = {
    error(error) {
      throw error;
    },
    warning() {},
  };
  const app = await loadAppWith(path, {
    ...parts,
    options: { ...parts.options, checking: true, diagnostics },
    logStep: undefined,
  });
  await app.checks.verify();
}
