/** Loads the kinds of an app for the commands that describe them. */
import type { DiglyError } from "../../contract/errors.ts";
import { isDiglyError } from "../../contract/errors.ts";
import type { KindDescription } from "../../contract/kind_description.ts";
import type { CliHost, CommonOptions } from "../host.ts";
import { openSession, type Session } from "../session.ts";
import { BUILTIN_APP, withBuiltinApp } from "./builtin_app.ts";
import { dependsOnHost } from "../check.ts";
import { RUNTIME_KINDS } from "./runtime_kinds.ts";
import { sampleResource } from "./sample.ts";

/** The kinds of an app, with the errors found on the way. */
export interface LoadedKinds {
  readonly session: Session;
  /** Sorted by name. */
  readonly kinds: readonly DocumentedKind[];
  /** The errors in the app, already reported; some of its kinds may be missing. */
  readonly errors: readonly DiglyError[];
}

/** A kind with an example, which is generated if the author provided none. */
export type DocumentedKind = KindDescription & { readonly example: string };

/**
 * Loads the kinds of the app at `path`, or those of the built-in `modules`, all unless named. Errors in resources are reported
 * but do not hide kinds; values that only a running app needs, such as environment variables, may
 * be missing. Returns `undefined`, after reporting the error, if the app cannot be loaded.
 */
export async function loadKinds(
  host: CliHost,
  path: string | undefined,
  options: CommonOptions,
  modules?: readonly string[],
): Promise<LoadedKinds | undefined> {
  const errors: DiglyError[] = [];
  const session = await openSession(host, options, {
    ...(path === undefined
      ? { platform: withBuiltinApp(host.platform, modules ?? await host.builtinModules()) }
      : {}),
    diagnostics: {
      error(error) {
        if (!dependsOnHost(error)) errors.push(error);
      },
      warning() {},
    },
    checking: true,
  });
  const { kernel, report } = session;
  try {
    await kernel.load(path ?? BUILTIN_APP);
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    [...errors, error].forEach(report);
    return undefined;
  }
  errors.forEach(report);
  const { stringify } = await import("../../observe/yaml.ts");
  const kinds = [...await kernel.kinds(), ...RUNTIME_KINDS].map((kind) => ({
    ...kind,
    example: kind.example ?? stringify(sampleResource(kind.kind, kind.schema)),
  }));
  return { session, kinds: kinds.sort((a, b) => a.kind < b.kind ? -1 : 1), errors };
}
