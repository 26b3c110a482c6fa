/** Errors about references, each with the nearest right name. */
import { type DiglyError, fail, type Origin } from "../contract/errors.ts";
import { didYouMean } from "../contract/nearest.ts";
import type { ValueMap } from "../contract/resource.ts";
import type { Reference } from "../expr/deferred.ts";
import type { Registry, RegistryEntry } from "./registry.ts";

/** A name that nothing provides. */
export function unknownName(
  reference: Reference,
  origin: Origin,
  known: readonly string[],
  registry: Registry,
): DiglyError {
  return fail("ERR_REFERENCE_UNRESOLVED", {
    problem: `Unknown name "${reference.root}" in \${{ ${reference.expression} }}`,
    expression: reference.expression,
  }, {
    origin,
    help: bracketHelp(reference, registry) ?? didYouMean(reference.root, known) ??
      `Known here: ${[...new Set(known)].sort().join(", ")}`,
  });
}

/** `Kind.my-name` reads as a subtraction: how the resource that was meant is written. */
function bracketHelp({ expression }: Reference, registry: Registry): string | undefined {
  if (!expression.includes("-")) return undefined;
  let meant: RegistryEntry | undefined;
  for (const entry of registry.entries()) {
    const isLonger = entry.name.length > (meant?.name.length ?? 0);
    if (isLonger && entry.name.includes("-") && expression.includes(entry.urn)) meant = entry;
  }
  return meant && `A dash is a minus: write ${meant.kind}['${meant.name}']`;
}

/** A resource that does not exist. */
export function missingResource(
  reference: Reference,
  origin: Origin,
  registry: Registry,
): DiglyError {
  const text = [reference.root, ...reference.path].join(".");
  const urns = registry.entries().map((entry) => entry.urn);
  // The name is compared without the fields that may follow it.
  const help = [3, 2, 4, 1].map((length) =>
    didYouMean([reference.root, ...reference.path].slice(0, length).join("."), urns)
  ).find((found) => found !== undefined);
  return fail("ERR_REFERENCE_UNRESOLVED", {
    problem: `\${{ ${reference.expression} }} names ${text}, and there is no such resource`,
    expression: reference.expression,
  }, { origin, help });
}

/** A field that the resource, or a mapping in it, does not have. */
export function missingField(
  entry: RegistryEntry,
  path: readonly string[],
  at: ValueMap,
  reference: Reference,
  origin: Origin,
): DiglyError {
  return fail("ERR_REFERENCE_UNRESOLVED", {
    problem: `${entry.urn} has no field "${path.join(".")}"`,
    expression: reference.expression,
  }, { origin, help: didYouMean(path.at(-1)!, Object.keys(at)) });
}
