/**
 * Everything about resources that can be checked before a controller runs: that their kind
 * is known, that a controller entry fits, that they satisfy their schema.
 * Rules: decisions D-14, D-19 and D-21.
 */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { type DiglyError, fail, type Origin } from "../../contract/errors.ts";
import type { ControllerEntry } from "../../contract/manifest.ts";
import type { Check, UnknownFields } from "../../contract/module.ts";
import { didYouMeanUrn } from "../../contract/nearest.ts";
import type { HostRuntime } from "../../contract/platform.ts";
import type { Path, RuntimeResource } from "../../contract/resource.ts";
import type { GeneratedValidators } from "../../contract/schema.ts";
import type { Anchor, ExpandedManifest } from "../../contract/source.ts";
import type { ValidationBounds } from "../../contract/validation_budget.ts";
import { isKernelKind, KERNEL_KINDS } from "../../contract/urn.ts";
import { checkCode } from "./check_code.ts";
import { checkKindSchemas, checkResourceSchemas } from "./check_schemas.ts";
import { leftoverLines } from "../boot/leftovers.ts";
import { runChecks } from "./run_checks.ts";
import { describeHost, selectEntry } from "../boot/select.ts";
import { verifySchemas } from "./verify_schemas.ts";

/** A resource as far as checking it needs. */
export interface Checked {
  readonly urn: string;
  readonly kind: string;
  readonly manifest: ExpandedManifest;
  readonly resource: RuntimeResource;
}

/** A kind as far as checking its resources needs. */
export interface CheckedKind {
  readonly schema: unknown;
  readonly unknownFields: UnknownFields;
  readonly schemaOriginOf: (path?: Path, anchor?: Anchor) => Origin | undefined;
  /** URL of the file that holds its schema. */
  readonly schemaUrl: string | undefined;
  /** Dotted paths of fields that hold a JSON Schema. */
  readonly schemas: readonly string[];
  /** The kind whose controller serves it. */
  readonly servedBy: string;
  readonly module: string;
  readonly check:
    | { readonly type: "entry"; readonly entry: ControllerEntry }
    | { readonly type: "code"; readonly check: Check }
    | undefined;
  readonly implementation:
    | { readonly type: "entries"; readonly entries: readonly ControllerEntry[] }
    | { readonly type: "code" }
    | { readonly type: "inert" };
}

/** What {@link verifyResources} needs to know. */
export interface VerifyOptions {
  readonly kinds: ReadonlyMap<string, CheckedKind>;
  /** Every URN there is, also of resources that are not checked now. */
  readonly urns: ReadonlySet<string>;
  readonly host: HostRuntime;
  /** True when there is a controller to load for the entry. */
  readonly exists: (entry: ControllerEntry) => boolean;
  /** Where an entry leads, for people. */
  readonly placeOf: (entry: ControllerEntry) => string;
  /** The entrypoint that was most likely meant by one that does not exist. */
  readonly nearestTo: (entry: ControllerEntry) => string | undefined;
  /** The import that would bring a kind, `digly:http`, where one is known. */
  readonly importFor: (kind: string) => string | undefined;
  /** The validators that were generated ahead, by the URL of the file that holds the schema. */
  readonly generated: GeneratedValidators;
  readonly limits: ValidationBounds;
  /** True when nothing will be started: mistakes of all kinds are wanted, and warnings. */
  readonly checking: boolean;
  /** True for a kind itself and for every kind that extends it. */
  readonly isA: (kind: string, wanted: string) => boolean;
  /** Every resource there is, for checks that look at others. */
  readonly all: () => readonly Checked[];
  readonly loadCheck: (entry: ControllerEntry) => Promise<Check>;
  /** The place of a field of a resource. */
  readonly originAt: (urn: string, path: Path) => Origin | undefined;
  readonly diagnostics: Diagnostics;
}

/** Checks all resources; returns the controller entry chosen for each kind in use. */
export async function verifyResources(
  resources: readonly Checked[],
  options: VerifyOptions,
): Promise<ReadonlyMap<string, ControllerEntry>> {
  const entries = new Map<string, ControllerEntry>();
  const seen = new Set<string>();
  const unknown: Checked[] = [];
  for (const checked of resources) {
    const kind = options.kinds.get(checked.kind);
    if (kind === undefined) {
      if (!isKernelKind(checked.kind)) unknown.push(checked);
    } else if (!seen.has(checked.kind)) {
      seen.add(checked.kind);
      if (kind.implementation.type !== "entries") continue;
      const entry = chooseEntry(checked, kind.implementation.entries, options);
      if (entry !== undefined) entries.set(checked.kind, entry);
    }
  }
  if (unknown.length > 0) {
    const templates = resources.filter(({ kind }) => kind === KERNEL_KINDS.template);
    options.diagnostics.error(unknownKinds(unknown, templates, options));
  }
  checkKindSchemas(options);
  const unsound = new Set<string>();
  await checkResourceSchemas(resources, unsound, options);
  await checkCode(resources, options);
  await verifySchemas(resources, unsound, options);
  await runChecks(resources, unsound, options);
  return entries;
}

function chooseEntry(
  { kind, urn }: Checked,
  entries: readonly ControllerEntry[],
  { host, exists, placeOf, nearestTo, diagnostics }: VerifyOptions,
): ControllerEntry | undefined {
  const selection = selectEntry(entries, host);
  if ("entry" in selection) {
    if (exists(selection.entry)) return selection.entry;
    const { entrypoint, origin } = selection.entry;
    const near = nearestTo(selection.entry);
    diagnostics.error(fail("ERR_MODULE_INVALID", {
      problem: `The controller "${entrypoint}" of ${kind} does not exist`,
    }, {
      origin,
      help: /^(?!file:)[a-z][a-z0-9+.-]+:/i.test(entrypoint)
        ? "A controller is a file of this machine: download it, and name the file"
        : near === undefined
        ? `Looked at ${placeOf(selection.entry)}`
        : `Did you mean "${near}"?`,
    }));
    return undefined;
  }
  const list = selection.refused.map(({ entry, reason }) => `${entry.runtime}: ${reason}`);
  diagnostics.error(fail("ERR_RUNTIME_MISMATCH", {
    problem: `No controller of ${kind} fits ${describeHost(host)}\n  ${list.join("\n  ")}`,
  }, {
    origin: selection.refused[0]?.entry.origin,
    help: `${urn} needs one: add an entry for ${host.name}, or run it on a runtime that is listed`,
  }));
  return undefined;
}

/** One error for all resources whose kind nobody defines. */
function unknownKinds(
  unknown: readonly Checked[],
  templates: readonly Checked[],
  options: VerifyOptions,
): DiglyError {
  const [first, ...rest] = unknown as [Checked, ...Checked[]];
  const urns = unknown.map(({ urn }) => urn);
  return fail("ERR_CONTROLLER_NOT_FOUND", {
    problem: leftoverLines(urns),
    resources: urns,
  }, {
    origin: first.manifest.originAt(["kind"]),
    help: helpForKind(first.kind, templates, options),
    related: rest.map((other) => ({
      message: [other.urn, helpForKind(other.kind, templates, options)].filter(Boolean).join(": "),
      origin: other.manifest.originAt(["kind"]),
    })),
  });
}

function helpForKind(
  kind: string,
  templates: readonly Checked[],
  { kinds, importFor }: VerifyOptions,
): string | undefined {
  const brings = importFor(kind);
  if (brings !== undefined) return `Add "${brings}" to \`imports\` of the runtime.yaml`;
  const instances = templates.flatMap(({ resource: { metadata: { name } }, manifest }) => [
    kind.includes(".") ? kind.replace(/[^.]*$/, name) : name,
    `${manifest.source.module}.${name}`,
  ]);
  return didYouMeanUrn(kind, [...kinds.keys(), ...instances, ...Object.values(KERNEL_KINDS)]) ??
    "No imported module defines this kind";
}
