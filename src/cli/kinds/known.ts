/** The kinds of an app, for the commands that describe them. */
import type { DiglyError } from "../../contract/errors.ts";
import { isDiglyError } from "../../contract/errors.ts";
import type { KindDescription } from "../../contract/kind_description.ts";
import type { CliHost, CommonOptions } from "../host.ts";
import { openSession, type Session } from "../session.ts";
import { BUILTIN_APP, withBuiltinApp } from "./builtin_app.ts";
import { dependsOnHost } from "../check.ts";
import { RUNTIME_KINDS } from "./runtime_kinds.ts";
import { sampleResource } from "./sample.ts";

/** The kinds, and how the command goes on. */
export interface KnownKinds {
  readonly session: Session;
  /** Sorted by name. */
  readonly kinds: readonly KnownKind[];
  /** What is wrong with the app, which was reported: what is known is not all there is. */
  readonly errors: readonly DiglyError[];
}

/** A kind with an example, made up where its author gave none. */
export type KnownKind = KindDescription & { readonly example: string };

/**
 * Loads the app at `path`, or one of the built-in modules alone, until its kinds are known.
 * Mistakes in its resources are reported and hide no kind, and values that only the running app
 * needs, such as variables of the environment, may be missing. Returns `undefined` if nothing
 * could be loaded, which is reported.
 */
export async function loadKinds(
  host: CliHost,
  path: string | undefined,
  options: CommonOptions,
): Promise<KnownKinds | undefined> {
  const errors: DiglyError[] = [];
  const session = await openSession(host, options, {
    ...(path === undefined
      ? { platform: withBuiltinApp(host.platform, await host.builtinModules()) }
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
