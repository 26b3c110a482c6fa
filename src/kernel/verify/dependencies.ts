/**
 * Which resources must be initialised before others are created: the edges that `digly:ready`
 * fields make (docs/decisions.md#dependencies).
 */
import { type DiglyError, fail } from "../../contract/errors.ts";
import { formatField } from "../../contract/field_path.ts";
import { urnIn } from "../../contract/known_urns.ts";
import { formatUrn } from "../../contract/urn.ts";
import { isDeferred, type Path } from "../../contract/resource.ts";
import {
  type AllField,
  allFieldsOf,
  compileReadyFields,
  type FindReadyFields,
} from "../../schema/ready_fields.ts";
import { ERROR_VALUE } from "../../template/deferred/error_value.ts";
import { waitsForExecution } from "../../load/references/waiting.ts";
import type { Checked, VerifyOptions } from "./checked.ts";

/** A field of a resource, and the resource that it names. */
export interface Dependency {
  readonly urn: string;
  readonly path: Path;
}

/** What each resource depends on, by URN; resources without dependencies are left out. */
export type Dependencies = ReadonlyMap<string, readonly Dependency[]>;

/** Collects the dependencies of resources; reports fields that wait for execution, and cycles. */
export function collectDependencies(
  resources: readonly Checked[],
  options: Pick<VerifyOptions, "kinds" | "urns" | "isA" | "all" | "diagnostics">,
): Dependencies {
  const { kinds, diagnostics } = options;
  const dependencies = new Map<string, readonly Dependency[]>();
  const finders = new Map<string, Finders>();
  const inline = new Map<string, Dependency[]>();
  for (const { urn, manifest: { inline: place } } of resources) {
    if (place === undefined) continue;
    const owner = formatUrn(place.owner.kind, place.owner.name);
    let written = inline.get(owner);
    if (written === undefined) inline.set(owner, written = []);
    written.push({ urn, path: place.at });
  }
  for (const checked of resources) {
    let finder = finders.get(checked.kind);
    if (finder === undefined) finders.set(checked.kind, finder = findersOf(checked.kind, kinds));
    const { find, all } = finder;
    const written = inline.get(checked.urn) ?? [];
    if (find.length === 0 && all.length === 0 && written.length === 0) continue;
    const { kind: _kind, metadata: _metadata, ...fields } = checked.resource;
    const found = new Map(written.map((dependency) => [dependency.urn, dependency]));
    for (const { path, value } of find.flatMap((one) => one(fields))) {
      if (value === ERROR_VALUE) continue;
      if (isDeferred(value)) {
        // Under check, a value may also be unknown because only the app's host has it.
        const scopes = checked.scopes ?? kinds.get(checked.kind)?.scopes ?? [];
        if (waitsForExecution(value, scopes, path)) {
          diagnostics.error(waitingField(checked, path));
        }
        continue;
      }
      const urn = urnIn(value);
      if (urn !== undefined && options.urns.has(urn) && !found.has(urn)) {
        found.set(urn, { urn, path });
      }
    }
    for (const { name, kind } of all) {
      if (fields[name] !== undefined) continue;
      for (const other of options.all()) {
        if (other.urn === checked.urn || !options.isA(other.kind, kind)) continue;
        if (!found.has(other.urn)) found.set(other.urn, { urn: other.urn, path: [name] });
      }
    }
    if (found.size > 0) dependencies.set(checked.urn, [...found.values()]);
  }
  for (const cycle of cyclesIn(dependencies)) diagnostics.error(cycleError(cycle, resources));
  return dependencies;
}

/** What finds the dependencies of a resource. */
interface Finders {
  readonly find: readonly FindReadyFields[];
  readonly all: readonly AllField[];
}

/** The schemas of a kind and of the kind that serves it, whose controller relies on its own. */
function findersOf(name: string, kinds: VerifyOptions["kinds"]): Finders {
  const kind = kinds.get(name);
  const server = kind && kinds.get(kind.servedBy);
  const schemas = [...new Set([kind?.schema, server?.schema])];
  return {
    find: schemas.flatMap((schema) => compileReadyFields(schema) ?? []),
    all: schemas.flatMap(allFieldsOf),
  };
}

/** A step of a cycle: a resource, and its field that leads to the next one. */
interface Step {
  readonly urn: string;
  readonly next: Dependency;
}

/** The cycles; of those that share a resource, the first. */
function cyclesIn(dependencies: Dependencies): Step[][] {
  const cycles: Step[][] = [];
  const done = new Set<string>();
  for (const start of dependencies.keys()) {
    if (done.has(start)) continue;
    // Without recursion, because chains may be long.
    const open = new Map<string, Iterator<Dependency>>();
    const steps: Step[] = [];
    const enter = (urn: string) => open.set(urn, (dependencies.get(urn) ?? []).values());
    enter(start);
    let isCyclic = false;
    for (let urn: string | undefined = start; urn !== undefined;) {
      // Each resource on the way is open until it is left.
      const { done: isLast, value: next } = open.get(urn)!.next() as IteratorResult<Dependency>;
      if (isLast === true || isCyclic) {
        open.delete(urn);
        done.add(urn);
        urn = steps.pop()?.urn;
        continue;
      }
      if (done.has(next.urn)) continue;
      if (open.has(next.urn)) {
        const from = steps.findIndex((step) => step.urn === next.urn);
        cycles.push([...(from < 0 ? [] : steps.slice(from)), { urn, next }]);
        isCyclic = true;
        continue;
      }
      steps.push({ urn, next });
      enter(next.urn);
      urn = next.urn;
    }
  }
  return cycles;
}

function cycleError(cycle: readonly Step[], resources: readonly Checked[]): DiglyError {
  const byUrn = new Map(resources.map((checked) => [checked.urn, checked]));
  const urns = cycle.map(({ urn }) => urn);
  const chain = [...urns, ...urns.slice(0, 1)];
  const [first, ...others] = cycle.flatMap(({ urn, next }) => {
    const manifest = byUrn.get(urn)?.manifest;
    if (manifest === undefined) return [];
    const message = `\`${formatField(next.path)}\` of ${urn} needs ${next.urn}`;
    return { message, origin: manifest.originAt(next.path) };
  });
  return fail("ERR_REFERENCE_CYCLE", {
    problem: cycle.length === 1
      ? `${chain[0]} needs itself to be ready before it is created`
      : `Resources need each other to be ready before they are created: ${chain.join(" → ")}`,
    cycle: chain,
  }, {
    origin: first?.origin,
    related: others,
    help: cycle.length === 1
      ? "Name another resource"
      : "Break the cycle: one of them must do without the other until the app has started",
  });
}

function waitingField({ urn, manifest }: Checked, path: Path): DiglyError {
  return fail("ERR_RESOURCE_INVALID", {
    urn,
    problem:
      `\`${formatField(path)}\` waits for an execution, but names what must be ready before ` +
      "the resource is created",
  }, {
    origin: manifest.originAt(path),
    help: "Write the URN of a resource, or an expression over `env` and other resources",
  });
}
