/** Errors about definitions of kinds. */
import { type DiglyError, fail, type Origin } from "../../contract/errors.ts";
import { didYouMean, nearest } from "../../diagnostics/nearest.ts";
import type { ValueMap } from "../../contract/resource.ts";
import { isReservedName } from "../../contract/reserved.ts";
import { isKernelKind, KERNEL_KINDS, rootOfKind } from "../../contract/urn.ts";
import type { KindDefinitionInput, KindEntry, KindSources } from "./kinds.ts";

/** True for kernel kinds and kinds that start with a reserved name. */
export function isReservedKind(kind: string): boolean {
  return isReservedName(rootOfKind(kind));
}

/** The error for a definition of a kind that is reserved. */
export function reservedKind(kind: string, origin: Origin | undefined): DiglyError {
  const [first] = kind.split(".");
  return fail("ERR_MODULE_INVALID", {
    problem: isKernelKind(kind)
      ? `${kind} belongs to the runtime and cannot be defined again`
      : `${kind} cannot be defined: kinds that begin with ${first} belong to the runtime`,
  }, { origin, help: "Choose another name for the kind, or another module" });
}

/** The error for a `Runtime.KindDefinition` whose `extends` names nothing. */
export function noParent(name: string, document: KindDefinitionInput["document"]): DiglyError {
  const fields = document.value as ValueMap;
  const near = Object.keys(fields).find((key) => key !== "extends" && nearest(key, ["extends"]));
  const isMissing = fields["extends"] === undefined;
  const what = `${KERNEL_KINDS.kindDefinition} "${name}"`;
  return fail("ERR_MODULE_INVALID", {
    problem: isMissing
      ? `${what} needs \`extends\`, the kind it inherits from`
      : `\`extends\` of the ${what} must be the name of a kind`,
  }, {
    origin: isMissing && near !== undefined
      ? document.originAt([near], "key")
      : document.originAt(["extends"]),
    help: isMissing && near !== undefined
      ? `Rename "${near}" to "extends"`
      : "Add a line such as `extends: Data.Type`",
  });
}

/** The help for a parent that is not a known kind. */
export function helpForParent(
  parent: string,
  known: readonly string[],
  importFor: KindSources["importFor"],
): string {
  if (isKernelKind(parent)) return "It belongs to the runtime, and cannot be extended";
  const importPath = importFor(parent);
  if (importPath !== undefined) return `Add "${importPath}" to \`imports\``;
  return didYouMean(parent, known) ?? "Import the module that defines it";
}

/** The error for a second definition of a kind; both places are named. */
export function duplicateKind(
  entry: Pick<KindEntry, "kind" | "originOf">,
  existing: KindEntry | undefined,
): DiglyError {
  const problem = `The kind ${entry.kind} is defined more than once`;
  if (isKernelKind(entry.kind)) return reservedKind(entry.kind, entry.originOf());
  const places = [existing?.originOf(), entry.originOf()];
  // Built-in definitions cannot be changed, so the error points at the other one.
  if (places[1]?.file.startsWith("digly:")) places.reverse();
  const [other, origin] = places;
  return fail("ERR_MODULE_INVALID", { problem }, {
    origin,
    help: other !== undefined && other.file !== origin?.file
      ? "Rename one of them, or import one module under another name: { from: …, as: … }"
      : "Rename one of them, or remove the import that adds the other",
    related: other === undefined ? [] : [{
      message: other.file.startsWith("digly:") ? "the built-in one" : "the first definition",
      origin: other,
    }],
  });
}
