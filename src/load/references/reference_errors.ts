/** Errors about references, each with the invalid part and a suggestion. */
import { type DiglyError, fail, type Origin } from "../../contract/errors.ts";
import { formatField } from "../../contract/field_path.ts";
import { engine } from "../../template/expr/engine.ts";
import { didYouMean } from "../../diagnostics/nearest.ts";
import { helpForUnset } from "../../diagnostics/unset_variable.ts";
import { isKernelKind } from "../../contract/urn.ts";
import type { ValueMap } from "../../contract/resource.ts";
import type { Reference } from "../../template/deferred/deferred.ts";
import { placeOfPart } from "../../template/expr/expression_error.ts";
import type { DeferredNode } from "./deferred_nodes.ts";
import type { Registry, RegistryEntry } from "../registry/registry.ts";

/**
 * The origin of a reference's steps `first` to `last`, where step 0 is the root; of the whole
 * string if the steps cannot be found in its source.
 */
export function placeOf(
  reference: Reference,
  { entry, path }: DeferredNode,
  first = 0,
  last: number = reference.path.length,
): Origin {
  const { expression, offset, ends } = reference;
  let start = first === 0 ? reference.start : ends[first - 1] ?? reference.start;
  while (first > 0 && /[\s.?]/.test(expression.charAt(start))) start++;
  const origin = entry.manifest.originAt(path);
  return placeOfPart(origin, { expression, offset, start, end: ends[last] ?? expression.length }) ??
    origin;
}

/** The error for an unknown root name. */
export function unknownName(
  reference: Reference,
  node: DeferredNode,
  known: readonly string[],
  registry: Registry,
  env: Readonly<Record<string, string | undefined>>,
): DiglyError {
  const { root, path, expression } = reference;
  const meant = meantByDash(reference, registry);
  const start = meant === undefined ? -1 : expression.indexOf(meant.urn);
  const dashed = { ...reference, start, ends: [start + (meant?.urn.length ?? 0)] };
  return fail("ERR_REFERENCE_UNRESOLVED", {
    problem: `Unknown name "${root}" in \${{ ${expression} }}`,
    expression,
  }, {
    origin: placeOf(meant === undefined ? reference : dashed, node, 0, 0),
    help: meant !== undefined
      ? `A dash is a minus: write ${meant.kind}['${meant.name}']`
      : engine().unknownNameHelp({
        name: root,
        path,
        names: known,
        env,
        expression,
        start: reference.start,
        urns: registry.entries().flatMap(({ name, kind }) =>
          name === root && !isKernelKind(kind) ? [`${kind}.${name}`] : []
        ),
      }) ?? `Known here: ${[...known].sort().join(", ")}`,
  });
}

/** A name that the controller provides to other fields only. */
export function knownElsewhere(
  reference: Reference,
  node: DeferredNode,
  paths: readonly string[],
): DiglyError {
  const { root, expression } = reference;
  const quoted = paths.map((path) => `\`${path}\``);
  const fields = [quoted.slice(0, -1).join(", "), ...quoted.slice(-1)].filter(Boolean).join(
    " and ",
  );
  return fail("ERR_REFERENCE_UNRESOLVED", {
    problem: `"${root}" is not known in \`${formatField(node.path)}\``,
    expression,
  }, {
    origin: placeOf(reference, node, 0, 0),
    help: `In ${node.entry.kind}, only expressions in ${fields} see \`${root}\``,
  });
}

/** The resource that `Kind.my-name`, which is a subtraction, probably means. */
function meantByDash({ expression }: Reference, registry: Registry): RegistryEntry | undefined {
  if (!expression.includes("-")) return undefined;
  let meant: RegistryEntry | undefined;
  for (const entry of registry.entries()) {
    const isLonger = entry.name.length > (meant?.name.length ?? 0);
    if (isLonger && entry.name.includes("-") && expression.includes(entry.urn)) meant = entry;
  }
  return meant;
}

/** The error for an environment variable that is not set. */
export function missingVariable(
  reference: Reference,
  node: DeferredNode,
  env: Readonly<Record<string, string | undefined>>,
): DiglyError {
  const name = reference.path[0] ?? "";
  const set = Object.keys(env).filter((key) => env[key] !== undefined);
  return fail("ERR_REFERENCE_UNRESOLVED", {
    problem: `The environment variable ${name} is not set`,
    variable: name,
    expression: reference.expression,
  }, {
    origin: placeOf(reference, node, 1, 1),
    help: helpForUnset(name, set),
  });
}

/** The error for a resource that does not exist. */
export function missingResource(
  reference: Reference,
  node: DeferredNode,
  registry: Registry,
): DiglyError {
  const steps = [reference.root, ...reference.path];
  const urns = registry.entries().map((entry) => entry.urn);
  // Fields may follow the name, so shorter paths are compared too.
  const lengths = [3, 2, 4, 1].filter((length) => length <= steps.length);
  const wanted = lengths.find((length) => didYouMean(steps.slice(0, length).join("."), urns));
  const kinds = [...registry.kinds()];
  // If the kind exists, the name is wrong.
  const kind = steps.findLastIndex((_, end) => kinds.includes(steps.slice(0, end).join(".")));
  const [first, last] = kind > 0 ? [kind, kind] : [0, (wanted ?? steps.length) - 1];
  return fail("ERR_REFERENCE_UNRESOLVED", {
    problem: `\${{ ${reference.expression} }} names ${steps.join(".")}, which does not exist`,
    expression: reference.expression,
  }, {
    origin: placeOf(reference, node, first, last),
    help: wanted === undefined ? undefined : didYouMean(steps.slice(0, wanted).join("."), urns),
  });
}

/** A field that the resource, or the mapping `at` in it, does not have at `path[index]`. */
export function missingField(
  entry: RegistryEntry,
  path: readonly string[],
  index: number,
  at: ValueMap,
  reference: Reference,
  node: DeferredNode,
): DiglyError {
  const step = reference.path.length - path.length + index + 1;
  return fail("ERR_REFERENCE_UNRESOLVED", {
    problem: `${entry.urn} has no field "${formatField(path.slice(0, index + 1))}"`,
    expression: reference.expression,
  }, {
    origin: placeOf(reference, node, step, step),
    help: didYouMean(path[index] ?? "", Object.keys(at)),
  });
}

/** The error for a value that its controller provides later. */
export function notYet(
  { entry, path }: DeferredNode,
  reference: Reference,
  node: DeferredNode,
): DiglyError {
  const field = formatField(path);
  return fail("ERR_REFERENCE_UNRESOLVED", {
    problem: `${entry.urn} has no value for \`${field}\` yet: its controller provides it later`,
    expression: reference.expression,
  }, { origin: placeOf(reference, node) });
}

/** The error for a value that depends on itself; `chain` is the URNs, `next` the reference from `node`. */
export function referenceCycle(
  chain: readonly string[],
  node: DeferredNode,
  next: Reference | undefined,
): DiglyError {
  return fail("ERR_REFERENCE_CYCLE", {
    problem: `References form a cycle: ${shorten(chain).join(" → ")}`,
    cycle: chain,
  }, {
    origin: next === undefined ? node.entry.manifest.originAt(node.path) : placeOf(next, node),
    help: "Give one of them a value of its own",
  });
}

const MAX_SHOWN = 12;

/** Omits the middle of a long chain. */
function shorten(chain: readonly string[]): readonly string[] {
  if (chain.length <= MAX_SHOWN) return chain;
  const half = MAX_SHOWN / 2;
  return [...chain.slice(0, half), `${chain.length - MAX_SHOWN} more`, ...chain.slice(-half)];
}
