/**
 * The resolve stage: evaluates every `${{ }}` that names only `env` and registered resources,
 * in the order the references ask for, leaves to controllers what their kinds' `scope`
 * promises, and freezes the result. Rules: templating §3, decisions D-8 and D-32.
 *
 * A node of the graph is one deferred value, not a resource: two resources may refer to
 * each other as long as no value depends on itself.
 */
import { createRepeats, type Diagnostics } from "../contract/diagnostics.ts";
import { type DiglyError, fail } from "../contract/errors.ts";
import type { Limits } from "../contract/limits.ts";
import {
  type Deferred,
  isDeferred,
  isMap,
  type Path,
  type PathSegment,
  type RuntimeResource,
  type Value,
  type ValueMap,
} from "../contract/resource.ts";
import { KERNEL_KINDS } from "../contract/urn.ts";
import { bindDeferred, evaluateDeferred, type Reference, referencesOf } from "../expr/deferred.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { rootScope } from "../expr/scope.ts";
import { weigh, type Weight } from "../expr/weigh.ts";
import { ensureNamespace, environment, findTargets, setIn } from "./namespaces.ts";
import { missingField, missingResource, unknownName } from "./reference_errors.ts";
import type { KindEntry, KindTable } from "./kinds.ts";
import type { Registry, RegistryEntry } from "./registry.ts";
import { createSchemaRefs, type SchemaRefs } from "./schema_refs.ts";
import { type StandIns, UnknownValue } from "./stand_ins.ts";

/** What {@link resolveReferences} needs beside the registry. */
export interface ResolveOptions {
  readonly kinds: KindTable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The values that resources such as secrets stand for. */
  readonly standIns: StandIns;
  readonly limits: Limits;
  readonly diagnostics: Diagnostics;
}

/** One deferred value of a resource. */
interface Node {
  readonly entry: RegistryEntry;
  readonly path: Path;
  readonly deferred: Deferred;
  state: "waiting" | "running" | "done";
  /** What it became; still a deferred value when the controller provides names later. */
  result: Value;
}

const SCHEMA_KEYS: ReadonlySet<string> = new Set(["schema", "inputSchema", "outputSchema"]);

/** Resolves and freezes every resource of `registry`. */
export function resolveReferences(registry: Registry, options: ResolveOptions): void {
  const { kinds, diagnostics } = options;
  const schemaRefs = createSchemaRefs(registry, diagnostics);
  const nodesOf = new Map<RegistryEntry, Node[]>();
  for (const entry of registry.entries()) {
    // The body of a template is judged where it is expanded.
    if (entry.kind === KERNEL_KINDS.template) continue;
    const nodes: Node[] = [];
    const prepared = prepare(entry, kinds.get(entry.kind), schemaRefs, nodes);
    entry.resource = prepared as RuntimeResource;
    if (nodes.length > 0) nodesOf.set(entry, nodes);
  }
  if (nodesOf.size > 0) evaluateAll(registry, nodesOf, options);
  for (const [entry, nodes] of nodesOf) {
    const results = new Map(nodes.map((node) => [node.deferred, node.result]));
    entry.resource = replace(entry.resource as unknown as Value, results) as RuntimeResource;
  }
  for (const entry of registry.entries()) deepFreeze(entry.resource);
}

/** Puts schema references in and collects the deferred values, in one walk. */
function prepare(
  entry: RegistryEntry,
  kind: KindEntry | undefined,
  schemaRefs: SchemaRefs,
  nodes: Node[],
): Value {
  const schemaPaths = (kind?.schemas ?? []).map((path) => path.split("."));
  const steps: PathSegment[] = [];

  function walk(node: Value): Value {
    if (typeof node !== "object" || node === null) return node;
    if (isDeferred(node)) {
      nodes.push({ entry, path: [...steps], deferred: node, state: "waiting", result: node });
      return node;
    }
    if (Array.isArray(node)) {
      let copy: Value[] | undefined;
      for (let index = 0; index < node.length; index++) {
        const item = node[index]!;
        if (typeof item !== "object" || item === null) continue;
        steps.push(index);
        const value = isSchemaPath()
          ? schemaRefs.resolve(item, [...steps], entry.manifest)
          : walk(item);
        steps.pop();
        if (value !== item) (copy ??= [...node])[index] = value;
      }
      return copy ?? node;
    }
    if (!isMap(node)) return node;
    let copy: ValueMap | undefined;
    for (const key of Object.keys(node)) {
      const item = node[key]!;
      if ((typeof item !== "object" && typeof item !== "string") || item === null) continue;
      steps.push(key);
      const value = isSchemaPath() || (SCHEMA_KEYS.has(key) && !leadsToSchema())
        ? schemaRefs.resolve(item, [...steps], entry.manifest)
        : typeof item === "string"
        ? item
        : walk(item);
      steps.pop();
      if (value !== item) (copy ??= { ...node })[key] = value;
    }
    return copy ?? node;
  }

  const isSchemaPath = () => schemaPaths.some((path) => matches(path, steps, true));
  const leadsToSchema = () => schemaPaths.some((path) => matches(path, steps, false));
  return walk(entry.resource as unknown as Value);
}

/** True when `steps` is `pattern`, or with `whole` off a true beginning of it. */
function matches(pattern: readonly string[], steps: Path, whole: boolean): boolean {
  if (whole ? pattern.length !== steps.length : pattern.length <= steps.length) return false;
  return steps.every((step, index) => pattern[index] === "*" || pattern[index] === String(step));
}

function evaluateAll(
  registry: Registry,
  nodesOf: ReadonlyMap<RegistryEntry, readonly Node[]>,
  { kinds, env, standIns, limits, diagnostics }: ResolveOptions,
): void {
  const weights = new Map<RegistryEntry, Weight>();
  let text = 0;
  const roots = new Set<string>();
  for (const kind of registry.kinds()) roots.add(kind.split(".", 1)[0]!);
  for (const kind of kinds.keys()) roots.add(kind.split(".", 1)[0]!);
  const isRepeated = createRepeats();
  const running: Node[] = [];
  const unknown = new Set<Node>();

  for (const nodes of nodesOf.values()) {
    for (const node of nodes) evaluate(node);
  }

  /** Evaluates a node after all that it reads. Chains may be long: they must not use the stack. */
  function evaluate(start: Node): void {
    if (start.state === "done") return;
    const needed: Iterator<Node>[] = [];
    const begin = (node: Node) => {
      node.state = "running";
      running.push(node);
      needed.push(neededBy(node).values());
    };
    begin(start);
    for (let node = running.at(-1); node !== undefined; node = running.at(-1)) {
      const next = needed.at(-1)!.next();
      if (next.done !== true) {
        if (next.value.state === "waiting") begin(next.value);
        else if (next.value.state === "running") failed(node, cycleError(next.value));
        continue;
      }
      running.pop();
      needed.pop();
      if (!unknown.has(node)) finish(node);
      node.state = "done";
    }
  }

  function finish(node: Node): void {
    try {
      const result = valueOf(node);
      addWeight(node, result);
      node.result = result;
    } catch (error) {
      // It stays as it is, and what depends on it is unknown too.
      if (error instanceof UnknownValue) {
        unknown.add(node);
        return;
      }
      failed(node, error);
    }
  }

  function failed(node: Node, error: unknown): void {
    // One mistake, one error: what depends on this value is not judged.
    node.result = null;
    unknown.add(node);
    const known = toDiglyError(error, node);
    if (!isRepeated(known)) diagnostics.error(known);
  }

  /** The values that must be known before `node` can be evaluated. */
  function neededBy(node: Node): readonly Node[] {
    const kind = kinds.get(node.entry.kind);
    if (kind?.scope === "*") return [];
    return referencesOf(node.deferred).flatMap((reference) => {
      if (reference.root === "env" || kind?.scope?.includes(reference.root)) return [];
      return (findTargets(reference, registry) ?? []).flatMap(({ entry, rest }) => {
        const path = kinds.get(entry.kind)?.standsFor === undefined ? rest : [];
        return (nodesOf.get(entry) ?? []).filter((other) => overlaps(other.path, path));
      });
    });
  }

  /** Counts what values shared by many resources come to (decision D-30). */
  function addWeight({ entry }: Node, result: Value): void {
    if (isDeferred(result)) return;
    const added = weigh(result);
    const weight = weights.get(entry) ?? { nodes: 0, text: 0, depth: 0 };
    weight.nodes += added.nodes;
    weight.text += added.text;
    weights.set(entry, weight);
    text += added.text;
    if (weight.nodes > limits.nodes) throw tooLarge("nodes", entry.urn, "nodes");
    if (weight.text > limits.documentText) throw tooLarge("documentText", entry.urn, "characters");
    if (added.depth > limits.nesting) throw tooLarge("nesting", entry.urn, "levels of nesting");
    if (text > limits.totalText) throw tooLarge("totalText", "The app", "characters");
  }

  function tooLarge(limit: keyof Limits, what: string, unit: string): DiglyError {
    return fail("ERR_LIMIT_EXCEEDED", {
      problem: `${what} grows beyond ${limits[limit]} ${unit}`,
      limit,
    }, { help: `Raise the limit \`${limit}\` if it has to be this large` });
  }

  function valueOf(node: Node): Value {
    const kind = kinds.get(node.entry.kind);
    const scope = kind?.scope ?? [];
    if (scope === "*") return node.deferred;
    const references = referencesOf(node.deferred);
    const later = references.filter(({ root }) => scope.includes(root));
    const now = references.filter(({ root }) => !scope.includes(root));
    for (const reference of now) {
      if (reference.root === "env" || roots.has(reference.root)) continue;
      // Without a definition the kind itself is the mistake, and reported as such.
      if (kind === undefined) return node.deferred;
      const known = [...scope, "env", ...node.entry.manifest.knownNames?.() ?? [], ...roots];
      throw unknownName(reference, originOf(node), known, registry);
    }
    const names = namespaces(now, node);
    if (later.length > 0) return bindDeferred(node.deferred, rootScope(names));
    return evaluateDeferred(node.deferred, rootScope(names)) as Value;
  }

  /** For each root, a namespace that holds just what the expression names. */
  function namespaces(references: readonly Reference[], node: Node): ReadonlyMap<string, unknown> {
    const names = new Map<string, unknown>();
    // Shorter paths first: a whole resource covers its own fields.
    const sorted = [...references].sort((a, b) => a.path.length - b.path.length);
    for (const reference of sorted) {
      if (reference.root === "env") {
        names.set("env", environment(reference, names.get("env"), env));
        continue;
      }
      const target = findTargets(reference, registry);
      if (target === undefined) {
        if (reference.optional) {
          ensureNamespace(names, [reference.root, ...reference.path.slice(0, -1)]);
          continue;
        }
        throw missingResource(reference, originOf(node), registry);
      }
      for (const { entry, rest, steps } of target) {
        const standsFor = kinds.get(entry.kind)?.standsFor;
        if (standsFor !== undefined) {
          const fields = read(entry, [], reference, node) as RuntimeResource;
          setIn(names, [reference.root, ...steps], standIns.valueOf(entry, standsFor, fields));
          continue;
        }
        const value = read(entry, rest, reference, node);
        const path = [reference.root, ...steps, ...rest];
        if (value === MISSING) ensureNamespace(names, path.slice(0, -1));
        else setIn(names, path, value);
      }
    }
    return names;
  }

  /** The value at `rest` of a resource, with its own deferred values evaluated first. */
  function read(
    entry: RegistryEntry,
    rest: readonly string[],
    reference: Reference,
    node: Node,
  ): unknown {
    for (const other of nodesOf.get(entry) ?? []) {
      if (!overlaps(other.path, rest)) continue;
      if (unknown.has(other)) throw new UnknownValue();
      if (isDeferred(other.result)) {
        throw fail("ERR_REFERENCE_UNRESOLVED", {
          problem: `${entry.urn} has no value for \`${
            other.path.join(".")
          }\` yet: its controller provides it later`,
          expression: reference.expression,
        }, { origin: originOf(node) });
      }
    }
    const results = new Map(
      (nodesOf.get(entry) ?? []).map((other) => [other.deferred, other.result]),
    );
    let value = entry.resource as unknown as Value | undefined;
    for (const [index, step] of rest.entries()) {
      if (!isMap(value) || !Object.hasOwn(value, step)) {
        if (reference.optional) return MISSING;
        // What is no mapping, CEL judges: strings and lists have their own operations.
        if (!isMap(value)) return value === undefined ? MISSING : replace(value, results);
        throw missingField(entry, rest.slice(0, index + 1), value, reference, originOf(node));
      }
      value = value[step];
      if (isDeferred(value)) value = results.get(value) ?? value;
    }
    return value === undefined ? MISSING : replace(value, results);
  }

  function cycleError(node: Node): DiglyError {
    const chain = [...running.slice(running.indexOf(node)), node].map(({ entry }) => entry.urn);
    return fail("ERR_REFERENCE_CYCLE", {
      problem: `References form a circle: ${shorten(chain).join(" → ")}`,
      cycle: chain,
    }, { origin: originOf(node), help: "Give one of them a value of its own" });
  }
}

const MAX_SHOWN = 12;

/** A long chain without its middle. */
function shorten(chain: readonly string[]): readonly string[] {
  if (chain.length <= MAX_SHOWN) return chain;
  const half = MAX_SHOWN / 2;
  return [...chain.slice(0, half), `${chain.length - MAX_SHOWN} more`, ...chain.slice(-half)];
}

const MISSING: unique symbol = Symbol("missing");

function overlaps(path: Path, other: Path): boolean {
  const length = Math.min(path.length, other.length);
  for (let i = 0; i < length; i++) if (String(path[i]) !== String(other[i])) return false;
  return true;
}

/** `value` with deferred values replaced by what they became; untouched parts are shared. */
function replace(value: Value, results: ReadonlyMap<Deferred, Value>): Value {
  if (typeof value !== "object" || value === null) return value;
  if (isDeferred(value)) return results.get(value) ?? null;
  if (Array.isArray(value)) {
    let copy: Value[] | undefined;
    value.forEach((item, index) => {
      const replaced = replace(item, results);
      if (replaced !== item) (copy ??= [...value])[index] = replaced;
    });
    return copy ?? value;
  }
  if (!isMap(value)) return value;
  let copy: ValueMap | undefined;
  for (const key of Object.keys(value)) {
    const replaced = replace(value[key]!, results);
    if (replaced !== value[key]) (copy ??= { ...value })[key] = replaced;
  }
  return copy ?? value;
}

/** Freezes everything but deferred values, which are immutable by themselves. */
function deepFreeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || isDeferred(value)) {
    return;
  }
  Object.freeze(value);
  for (const key of Object.keys(value)) deepFreeze((value as Record<string, unknown>)[key]);
}

function originOf(node: Node): ReturnType<RegistryEntry["manifest"]["originAt"]> {
  return node.entry.manifest.originAt(node.path);
}

function toDiglyError(error: unknown, node: Node): DiglyError {
  if (error instanceof ExpressionError) {
    return error.toDiglyError("ERR_REFERENCE_UNRESOLVED", originOf(node));
  }
  const known = error as DiglyError;
  return known.origin !== undefined ? known : fail(known.code, known.details as never, {
    origin: originOf(node),
    help: known.help,
    cause: known.cause,
  });
}
