/** The options of loading an app, made from those of the kernel. */
import { type HeldDiagnostics, withoutConsequences } from "../diagnostics/consequences.ts";
import type { AppOptions } from "../load/options.ts";
import { declaredKinds } from "../load/registry/code_module.ts";
import { VERSION } from "../version.ts";
import { provideValue } from "./boot/provide_value.ts";
import type { KernelParts } from "./parts.ts";
import { withLoggedFiles } from "./step_log.ts";

/** Options of loading, with diagnostics that the checks of the loaded app release. */
export interface KernelLoadOptions extends AppOptions {
  readonly diagnostics: HeldDiagnostics;
}

/** Loading reports to the diagnostics, the event bus and the log of the kernel. */
export function createLoadOptions(
  parts: KernelParts,
): KernelLoadOptions {
  const { options, platform, bus, redaction, registered, logMessage, logStep } = parts;
  const { builtins, env, values, diagnostics } = options;
  return {
    platform,
    values: values === undefined || logStep === undefined
      ? values ?? platform
      : { toPath: values.toPath, files: withLoggedFiles(values, logStep) },
    builtins: builtins.files,
    builtinDocuments: builtins.documents,
    declared: registered.flatMap(declaredKinds),
    // Without a prototype, so that a variable named `constructor` is not set.
    env: Object.assign(Object.create(null), env ?? platform.env),
    limits: options.limits ?? {},
    roles: options.roles ?? [],
    observer: options.observer ?? false,
    version: VERSION,
    checking: options.checking ?? false,
    allowHttp: options.allowHttp ?? false,
    frozen: options.frozen ?? false,
    isolateScripts: options.isolateScripts ?? false,
    diagnostics: withoutConsequences(
      diagnostics ?? {
        error(error) {
          throw error;
        },
        warning: (warning) => logMessage("warn", warning.message),
      },
    ),
    redaction,
    onCondition: options.onCondition,
    onProgress: options.onProgress,
    sources: options.sources,
    provideValue: (entry, kind, resource) => provideValue(entry, kind, resource, parts),
    onImport: logStep &&
      ((path, url) => logStep(`Resolved the import "${path}" to ${platform.toPath(url)}`)),
    onModule: ({ manifest: { name, version } }, kinds) => {
      const number = `${kinds.length} kind${kinds.length === 1 ? "" : "s"}`;
      logStep?.(`Registered the module ${name} with ${number}`);
      void bus.emitKernel("Module.Registered", { module: name, version, kinds }, { module: name });
    },
    onResource: ({ kind, name, manifest: { uri, generationDepth } }) =>
      void bus.emitKernel("Resource.Registered", { uri, generationDepth }, { kind, name }),
  };
}
