/** Which resources and branches of apps a test run has reached. */
import type { OnCondition, OnSwitch } from "../contract/coverage.ts";
import type { Origin } from "../contract/errors.ts";
import type { EventRecord } from "../contract/events.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { urnsOf } from "./urns.ts";

/** A resource that can be executed, and how often it was. */
export interface CoveredResource {
  readonly urn: string;
  readonly line: number;
  executions: number;
}

/** A condition, and how often it was true and false. */
export interface CoveredCondition {
  readonly line: number;
  readonly column: number;
  whenTrue: number;
  whenFalse: number;
}

/** A `switch`, and how often each of its branches was taken. */
export interface CoveredSwitch {
  readonly line: number;
  readonly column: number;
  readonly branches: readonly CoveredBranch[];
}

/** A branch of a `switch`. */
export interface CoveredBranch {
  readonly line: number;
  readonly isDefault: boolean;
  taken: number;
}

/** The coverage of one manifest. */
export interface CoveredFile {
  /** Its path. */
  readonly file: string;
  readonly resources: readonly CoveredResource[];
  readonly conditions: readonly CoveredCondition[];
  readonly switches: readonly CoveredSwitch[];
}

/** Collects the coverage of a run. */
export interface Coverage {
  /** Takes the conditions of the apps. */
  readonly onCondition: OnCondition;
  /** Takes their `switch`es. */
  readonly onSwitch: OnSwitch;
  /** Adds the resources of an app and their executions, except those of resources that are mocked. */
  addApp(kernel: Kernel, events: readonly EventRecord[], mocked: ReadonlySet<string>): void;
  /** What was collected, by path. */
  files(): readonly CoveredFile[];
}

interface Collected {
  readonly resources: Map<string, CoveredResource>;
  readonly conditions: Map<string, CoveredCondition>;
  readonly switches: Map<string, CoveredSwitch>;
}

/** Begins to collect. */
export function createCoverage(): Coverage {
  const all = new Map<string, Collected>();

  function collectedIn({ file }: Origin): Collected | undefined {
    // The manifests of built-in modules and those of other machines are not under test.
    if (/^[a-z]{2,}:/i.test(file)) return undefined;
    let collected = all.get(file);
    if (collected === undefined) {
      collected = { resources: new Map(), conditions: new Map(), switches: new Map() };
      all.set(file, collected);
    }
    return collected;
  }

  return {
    onCondition(originOf, outcome) {
      const origin = originOf();
      const conditions = origin && collectedIn(origin)?.conditions;
      if (origin === undefined || conditions === undefined) return;
      const { line, column } = origin;
      const key = `${line}:${column}`;
      let condition = conditions.get(key);
      if (condition === undefined) {
        conditions.set(key, condition = { line, column, whenTrue: 0, whenFalse: 0 });
      }
      if (outcome === true) condition.whenTrue++;
      else if (outcome === false) condition.whenFalse++;
    },
    onSwitch({ originOf, branches }, taken) {
      const origin = originOf();
      const switches = origin && collectedIn(origin)?.switches;
      if (origin === undefined || switches === undefined) return;
      const { line, column } = origin;
      const key = `${line}:${column}`;
      let covered = switches.get(key);
      if (covered === undefined) {
        covered = {
          line,
          column,
          branches: branches.map(({ isDefault, originOf }) => ({
            line: originOf()?.line ?? line,
            isDefault,
            taken: 0,
          })),
        };
        switches.set(key, covered);
      }
      const branch = taken === undefined ? undefined : covered.branches[taken];
      if (branch !== undefined) branch.taken++;
    },
    addApp(kernel, events, mocked) {
      const counts = new Map<string, number>();
      for (const { event, kind, resource } of events) {
        if (resource === undefined || event !== `${kind}.Executing`) continue;
        counts.set(resource, (counts.get(resource) ?? 0) + 1);
      }
      for (const urn of urnsOf(kernel)) {
        if (mocked.has(urn) || !kernel.isExecutable(urn)) continue;
        const origin = kernel.originAt(urn);
        const resources = origin && collectedIn(origin)?.resources;
        if (origin === undefined || resources === undefined) continue;
        const executions = counts.get(urn) ?? 0;
        const resource = resources.get(urn);
        if (resource !== undefined) resource.executions += executions;
        else resources.set(urn, { urn, line: origin.line, executions });
      }
    },
    files: () =>
      [...all].map(([file, { resources, conditions, switches }]) => ({
        file,
        resources: [...resources.values()].sort(byPlace),
        conditions: [...conditions.values()].sort(byPlace),
        switches: [...switches.values()].sort(byPlace),
      })).filter(({ resources, conditions, switches }) =>
        resources.length + conditions.length + switches.length > 0
      ).sort((one, other) => one.file < other.file ? -1 : 1),
  };
}

interface Place {
  readonly line: number;
  readonly column?: number;
}

function byPlace(one: Place, other: Place): number {
  return one.line - other.line || (one.column ?? 0) - (other.column ?? 0);
}
