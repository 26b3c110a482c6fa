/**
 * Which process of an app runs which resource: the `roles` of its transport, such as `Cluster.Nats`,
 * name resources by URN, by prefix and by the labels in their metadata.
 */
import type { Diagnostics } from "../contract/diagnostics.ts";
import { type DiglyError, fail } from "../contract/errors.ts";
import { isMap, type Path, type Value } from "../contract/resource.ts";
import type { RolePlacement } from "../contract/transport.ts";
import { formatUrn, isKernelKind } from "../contract/urn.ts";
import { didYouMean, didYouMeanUrn, nearest } from "../diagnostics/nearest.ts";
import type { KindTable } from "./registry/kinds.ts";
import type { Registry, RegistryEntry } from "./registry/registry.ts";

/** Where the resources of an app run. */
export interface Placement {
  /** The resource that joins the processes. */
  readonly transport: RegistryEntry;
  /** The roles of this process; none for a process that runs everything. */
  readonly roles: readonly string[];
  /** True if this process joins the others: it has a role, or looks at them. */
  readonly connects: boolean;
  readonly placements: readonly RolePlacement[];
  /** The role that runs a resource; `undefined` for what every process runs. */
  roleOf(urn: string): string | undefined;
  /** True if this process runs the resource. */
  isLocal(urn: string): boolean;
}

/** Reads the placement of an app; `undefined` for one without a transport. Mistakes are reported. */
export function readPlacement(
  registry: Registry,
  kinds: KindTable,
  { roles, observer }: { readonly roles: readonly string[]; readonly observer: boolean },
  diagnostics: Diagnostics,
): Placement | undefined {
  const [transport, second] = registry.entries().filter(({ kind }) => kinds.get(kind)?.transport);
  if (transport === undefined) {
    if (roles.length > 0 || observer) diagnostics.error(noTransport(roles));
    return undefined;
  }
  if (second !== undefined) diagnostics.error(twoTransports(second, transport));
  const placements = readRoles(transport);
  reportUnknownRoles(roles, placements, diagnostics);
  reportConflicts(registry, transport, placements, diagnostics);
  const found = new Map<string, string | undefined>();
  const own = new Set(roles);

  function roleOf(urn: string): string | undefined {
    if (found.has(urn)) return found.get(urn);
    const entry = entryOf(urn, registry);
    if (entry === undefined || isKernelKind(entry.kind)) return undefined;
    const role = placements.find((placement) => places(placement, urn, entry))?.name ??
      ownersRole(entry);
    found.set(urn, role);
    return role;
  }

  /** What is written inline in a resource, and has no place of its own, runs where its owner does. */
  function ownersRole(entry: RegistryEntry): string | undefined {
    const owner = entry.manifest.inline?.owner;
    return owner === undefined ? undefined : roleOf(formatUrn(owner.kind, owner.name));
  }

  return {
    transport,
    roles,
    connects: roles.length > 0 || observer,
    placements,
    roleOf,
    isLocal(urn) {
      if (observer) return false;
      if (roles.length === 0) return true;
      const role = roleOf(urn);
      return role === undefined || own.has(role);
    },
  };
}

/** True if a rule names a URN: itself, `Prefix.*`, or `*`. */
function matches(rule: string, urn: string): boolean {
  return rule === "*" || rule === urn || rule.endsWith(".*") && urn.startsWith(rule.slice(0, -1));
}

function places(
  { runs, labels }: RolePlacement,
  urn: string,
  entry: RegistryEntry,
): boolean {
  return runs.some((rule) => matches(rule, urn)) || hasLabels(entry, labels);
}

/** True if a role has labels, and the metadata of the resource has all of them. */
function hasLabels(entry: RegistryEntry, labels: RolePlacement["labels"]): boolean {
  const names = Object.keys(labels);
  if (names.length === 0) return false;
  const own = entry.resource.metadata["labels"];
  return isMap(own as Value) &&
    names.every((name) => String((own as Record<string, unknown>)[name]) === labels[name]);
}

function entryOf(urn: string, registry: Registry): RegistryEntry | undefined {
  const dot = urn.lastIndexOf(".");
  return registry.get(urn.slice(0, dot), urn.slice(dot + 1));
}

/** The roles as far as they are written as they must be; the schema reports the rest. */
function readRoles({ resource }: RegistryEntry): readonly RolePlacement[] {
  const roles = resource["roles"] as Value | undefined;
  if (!isMap(roles)) return [];
  return Object.entries(roles).map(([name, role]) => {
    const { runs, labels } = isMap(role) ? role : {};
    return {
      name,
      runs: Array.isArray(runs) ? runs.filter((rule) => typeof rule === "string") : [],
      labels: isMap(labels)
        ? Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, String(value)]))
        : {},
    };
  });
}

function reportUnknownRoles(
  roles: readonly string[],
  placements: readonly RolePlacement[],
  diagnostics: Diagnostics,
): void {
  const names = placements.map(({ name }) => name);
  for (const role of roles) {
    if (names.includes(role)) continue;
    diagnostics.error(fail("ERR_USAGE", { problem: `The app has no role "${role}"` }, {
      help: didYouMean(role, names) ??
        (names.length === 0 ? undefined : `Its roles are ${names.join(", ")}`),
    }));
  }
}

/** Reports resources that two roles run, once per pair of rules, and rules without a resource. */
function reportConflicts(
  registry: Registry,
  { manifest, urn }: RegistryEntry,
  placements: readonly RolePlacement[],
  diagnostics: Diagnostics,
): void {
  const claims = placements.flatMap((placement) => {
    const { name, runs, labels } = placement;
    const rules = runs.map((rule, index) => ({
      role: name,
      rule,
      at: ["roles", name, "runs", index] as Path,
      claims: (entry: RegistryEntry) => matches(rule, entry.urn),
      used: false,
    }));
    return Object.keys(labels).length === 0 ? rules : [...rules, {
      role: name,
      rule: undefined,
      at: ["roles", name, "labels"] as Path,
      claims: (entry: RegistryEntry) => hasLabels(entry, labels),
      used: false,
    }];
  });
  const reported = new Set<string>();
  for (const entry of registry.entries()) {
    if (isKernelKind(entry.kind)) continue;
    const [first, ...others] = claims.filter((claim) => claim.claims(entry));
    if (first === undefined) continue;
    first.used = true;
    for (const other of others) {
      other.used = true;
      const pair = JSON.stringify([first.at, other.at]);
      if (other.role === first.role || reported.has(pair)) continue;
      reported.add(pair);
      diagnostics.error(fail("ERR_RESOURCE_INVALID", {
        urn,
        problem: `${entry.urn} is claimed by the roles ${first.role} and ${other.role}`,
      }, {
        origin: manifest.originAt(other.at),
        related: [{ message: "the other claim is here", origin: manifest.originAt(first.at) }],
        help: "A resource runs in one role: make one of the two rules narrower",
      }));
    }
  }
  const urns = registry.entries().map((entry) => entry.urn);
  for (const { rule, used, at } of claims) {
    if (used || rule === undefined) continue;
    const help = rule.endsWith("*")
      ? didYouMeanRule(rule, registry.kinds())
      : didYouMeanUrn(rule, urns);
    const problem = rule.endsWith("*")
      ? `No resource matches "${rule}"`
      : `No resource is named "${rule}"`;
    const origin = manifest.originAt(at);
    if (help === undefined && rule.endsWith("*")) {
      diagnostics.warning({ code: "WARN_UNUSED_ROLE", message: problem, origin });
    } else {
      diagnostics.error(fail("ERR_RESOURCE_INVALID", { urn, problem }, { origin, help }));
    }
  }
}

function didYouMeanRule(rule: string, kinds: Iterable<string>): string | undefined {
  const prefix = nearest(rule.slice(0, -2), prefixesOf(kinds));
  return prefix === undefined ? undefined : `Did you mean "${prefix}.*"?`;
}

/** `Http` and `Http.Server` of the kind `Http.Server`. */
function prefixesOf(kinds: Iterable<string>): string[] {
  const prefixes = new Set<string>();
  for (const kind of kinds) {
    const steps = kind.split(".");
    steps.forEach((_, index) => prefixes.add(steps.slice(0, index + 1).join(".")));
  }
  return [...prefixes];
}

function noTransport(roles: readonly string[]): DiglyError {
  return fail("ERR_USAGE", {
    problem: roles.length === 0
      ? "The app has no roles, so there are no other processes"
      : `The app has no roles, and this process is to have the role "${roles[0]}"`,
  }, {
    help: "Import digly:cluster, and declare the roles in a resource of the kind Cluster.Nats",
  });
}

function twoTransports({ urn, manifest }: RegistryEntry, first: RegistryEntry): DiglyError {
  return fail("ERR_RESOURCE_INVALID", {
    urn,
    problem: `${first.urn} joins the processes of the app already`,
  }, {
    origin: manifest.originAt([]),
    related: [{ message: first.urn, origin: first.manifest.originAt([]) }],
    help: "Declare all roles in one resource",
  });
}
