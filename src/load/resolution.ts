/** The stage of loading that evaluates the expressions which use only `env` and other resources. */
import { type DiglyError, fail } from "../contract/errors.ts";
import { raiseLimit } from "../contract/limits.ts";
import { isRemote, resolveLocation } from "../contract/location.ts";
import { notAFile, readTextFile } from "../contract/read_file.ts";
import type { OnEvaluated } from "../template/expr/evaluated.ts";
import type { LoadOptions } from "./options.ts";
import { createSensitivity } from "./redaction/sensitivity.ts";
import type { Evaluation } from "./references/evaluate_text.ts";
import { type ResolveOptions, resolveReferences } from "./references/references.ts";
import { createValueResolver, type NeededValue } from "./references/value_resolver.ts";
import type { KindTable } from "./registry/kinds.ts";
import type { Registry, RegistryEntry } from "./registry/registry.ts";

/** The resolution of an app's resources. */
export interface Resolution {
  /** Resolves all registered resources; waits for values that code provides. */
  resolveAll(): Promise<void>;
  /** Resolves resources that were added during the boot. Throws for one that needs such a value. */
  resolveAdded(entries: readonly RegistryEntry[]): void;
  /** Evaluates an expression that may use `variables`, `env` and resources. */
  evaluate(text: string, variables: Readonly<Record<string, unknown>>): Promise<Evaluation>;
}

/** What resolution needs besides the resources and their kinds. */
export interface ResolutionOptions extends Pick<ResolveOptions, "isResolved" | "mayBeUnset"> {
  readonly options: LoadOptions;
  readonly onEvaluated: OnEvaluated | undefined;
}

/** Prepares the resolution of the resources in `registry`. */
export function createResolution(
  registry: Registry,
  kinds: KindTable,
  { options, onEvaluated, isResolved, mayBeUnset }: ResolutionOptions,
): Resolution {
  const { env, redaction, diagnostics } = options;
  const valueResolver = createValueResolver({
    env,
    redaction,
    warn: options.checking
      ? ({ message, origin, help }) =>
        diagnostics.warning({ code: "WARN_UNKNOWN_VALUE", message, origin, help })
      : undefined,
    readFile: (file, base) => readText(file, base, options),
  });
  const sensitivity = createSensitivity(registry, { kinds, redaction });
  const provide = async ({ entry, resource }: NeededValue) => {
    // The kind of a registered resource is known.
    const kind = kinds.get(entry.kind)!;
    const result = await options.provideValue(entry, kind, resource).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    valueResolver.provide(entry, kind.valueExpression?.sensitive ?? false, result);
  };
  function* resolve(entries: readonly RegistryEntry[]) {
    const { limits } = options;
    const sensitive = entries.flatMap((entry) => {
      const valueExpression = kinds.get(entry.kind)?.valueExpression;
      return valueExpression?.sensitive ? [{ entry, valueExpression }] : [];
    });
    // Hidden before references are resolved, so that their errors do not show sensitive fields.
    for (const { entry, valueExpression } of sensitive) {
      valueResolver.hideWritten(entry, valueExpression);
    }
    yield* resolveReferences(registry, entries, {
      kinds,
      env,
      limits,
      valueResolver,
      sensitivity,
      diagnostics,
      onEvaluated,
      checking: options.checking,
      isResolved,
      mayBeUnset,
    });
    for (const { entry, valueExpression } of sensitive) valueResolver.hide(entry, valueExpression);
  }

  return {
    async resolveAll() {
      for (const needed of resolve(registry.entries())) await Promise.all(needed.map(provide));
    },
    resolveAdded(entries) {
      for (const [needed] of resolve(entries)) {
        if (needed !== undefined) throw noValueYet(needed.entry);
      }
    },
    async evaluate(text, variables) {
      const { evaluateText } = await import("./references/evaluate_text.ts");
      return await evaluateText(text, variables, {
        registry,
        kinds,
        env,
        valueResolver,
        sensitivity,
        diagnostics,
        provide,
      });
    },
  };
}

/** A resource that is registered while the app boots cannot wait for the value of another one. */
function noValueYet({ urn }: RegistryEntry): DiglyError {
  return fail("ERR_REFERENCE_UNRESOLVED", {
    problem: `The value of ${urn} is provided by code, and only while the app is loaded`,
  }, { help: "Refer to it in a resource of a manifest as well" });
}

/** The text of a file that a secret or a variable names, without the line break at its end. */
function readText(file: string, base: string, { values, limits }: LoadOptions): string {
  if (isRemote(base)) {
    throw fail("ERR_MANIFEST_INVALID", {
      problem: `A remote manifest names "${file}", a file of this machine`,
    });
  }
  const { files, toPath } = values;
  const url = resolveLocation(file, base);
  const path = toPath(url);
  const found = files.stat(url);
  const reason = notAFile(found?.kind);
  if (reason !== undefined) {
    const code = found === undefined ? "ERR_MANIFEST_NOT_FOUND" : "ERR_MANIFEST_INVALID";
    throw fail(code, { problem: `The file ${path} ${reason}` });
  }
  const text = readTextFile(url, files, limits.fileBytes);
  if (text !== undefined) return text.replace(/\r?\n$/, "");
  throw fail("ERR_LIMIT_EXCEEDED", {
    problem: `The file ${path} is larger than ${limits.fileBytes} bytes`,
    limit: "fileBytes",
  }, { help: raiseLimit("fileBytes", limits.fileBytes) });
}
