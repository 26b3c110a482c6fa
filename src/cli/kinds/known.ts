/** The kinds of an app, for the commands that tell about them. */
import type { DiglyError } from "../../contract/errors.ts";
import { isDiglyError } from "../../contract/errors.ts";
import type { KindDescription } from "../../contract/kind_description.ts";
import type { CliHost, CommonOptions } from "../host.ts";
import { openSession, type Session } from "../session.ts";
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
 * Loads the app at `path` as far as its kinds are known; mistakes in its resources are
 * reported and hide no kind. `undefined` where nothing could be loaded, which is reported.
 */
export async function loadKinds(
  host: CliHost,
  path: string,
  options: CommonOptions,
): Promise<KnownKinds | undefined> {
  const errors: DiglyError[] = [];
  const session = await openSession(host, options, {
    diagnostics: { error: (error) => void errors.push(error), warning() {} },
    checking: true,
  });
  const { kernel, report } = session;
  try {
    await kernel.load(path);
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    [...errors, error].forEach(report);
    return undefined;
  }
  errors.forEach(report);
  const { stringify } = await import("yaml");
  const kinds = [...await kernel.kinds(), ...RUNTIME_KINDS].map((kind) => ({
    ...kind,
    example: kind.example ?? stringify(sampleResource(kind.kind, kind.schema)),
  }));
  return { session, kinds: kinds.sort((a, b) => a.kind < b.kind ? -1 : 1), errors };
}
