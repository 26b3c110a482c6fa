/**
 * Everything about resources that can be checked before a controller runs: that their kind
 * is known, that a controller entry fits, that they satisfy their schema.
 * Rules: decisions D-14, D-19 and D-21.
 */
import type { ValidateFunction } from "ajv";
import { createRepeats, type Diagnostics } from "../contract/diagnostics.ts";
import { type DiglyError, fail, type Origin } from "../contract/errors.ts";
import type { ControllerEntry } from "../contract/manifest.ts";
import { withUrns } from "../contract/known_urns.ts";
import type { Validator, Violation } from "../contract/module.ts";
import { didYouMean } from "../contract/nearest.ts";
import type { HostRuntime } from "../contract/platform.ts";
import { isDeferred, type Path, type RuntimeResource } from "../contract/resource.ts";
import type { ExpandedManifest } from "../contract/source.ts";
import { formatUrn, isKernelKind, KERNEL_KINDS } from "../contract/urn.ts";
import { loadSchemaCompiler, toValidator } from "../expr/schema.ts";
import { mistakes } from "../expr/violations.ts";
import { describeHost, selectEntry } from "./select.ts";

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
  readonly originOf: () => Origin | undefined;
  /** URL of the file that holds its schema. */
  readonly schemaUrl: string | undefined;
  readonly implementation:
    | { readonly type: "entries"; readonly entries: readonly ControllerEntry[] }
    | { readonly type: "code" }
    | { readonly type: "inert" };
}

/** What {@link verifyResources} needs to know. */
export interface VerifyOptions {
  readonly kinds: ReadonlyMap<string, CheckedKind>;
  readonly host: HostRuntime;
  /** True when there is a controller to load for the entry. */
  readonly exists: (entry: ControllerEntry) => boolean;
  /** The import that would bring a kind, `digly:http`, where one is known. */
  readonly importFor: (kind: string) => string | undefined;
  /** The validators that were generated ahead, by the URL of the file that holds the schema. */
  readonly generated: GeneratedValidators;
  readonly diagnostics: Diagnostics;
}

/** Gives the validators of the program's own schemas. */
export type GeneratedValidators = () => Promise<Readonly<Record<string, ValidateFunction>>>;

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
  await verifySchemas(resources, options);
  return entries;
}

function chooseEntry(
  { kind, urn }: Checked,
  entries: readonly ControllerEntry[],
  { host, exists, diagnostics }: VerifyOptions,
): ControllerEntry | undefined {
  const selection = selectEntry(entries, host);
  if ("entry" in selection) {
    if (exists(selection.entry)) return selection.entry;
    diagnostics.error(fail("ERR_MODULE_INVALID", {
      problem: `The controller "${selection.entry.entrypoint}" of ${kind} does not exist`,
    }, { origin: selection.entry.origin, help: "The path is relative to the file that names it" }));
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
  return fail("ERR_CONTROLLER_NOT_FOUND", {
    problem: unknown.map(({ urn }) => `No controller found for resource: ${urn}`).join("\n"),
    resources: unknown.map(({ urn }) => urn),
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
  return didYouMean(kind, [...kinds.keys(), ...instances]) ??
    "No imported module defines this kind";
}

async function verifySchemas(resources: readonly Checked[], options: VerifyOptions): Promise<void> {
  const { kinds, diagnostics } = options;
  const withSchema = resources.filter(({ kind }) => kinds.get(kind)?.schema !== undefined);
  const validators = new Map<string, Validator | undefined>();
  for (const { kind } of withSchema) {
    if (validators.has(kind)) continue;
    validators.set(kind, await validatorOf(kind, kinds.get(kind)!, options));
  }
  const urns = new Set(resources.map(({ urn }) => urn));
  const isRepeated = createRepeats();
  withUrns((urn) => urns.has(urn), () => {
    for (const checked of withSchema) {
      const validate = validators.get(checked.kind);
      if (validate === undefined) continue;
      const { kind: _kind, metadata: _metadata, ...fields } = checked.resource;
      for (const violation of mistakes(validate(fields))) {
        const error = violationError(checked, fields, violation, urns);
        if (!isRepeated(error, violation.message)) diagnostics.error(error);
      }
    }
  });
}

/** The validator of a kind; an invalid schema is reported and has none. */
async function validatorOf(
  name: string,
  { schema, schemaUrl, originOf }: CheckedKind,
  { generated, diagnostics }: VerifyOptions,
): Promise<Validator | undefined> {
  const ready = schemaUrl?.startsWith("digly:") ? (await generated())[schemaUrl] : undefined;
  if (ready !== undefined) return toValidator(ready);
  try {
    return (await loadSchemaCompiler()).compile(schema);
  } catch (error) {
    const invalid = error as DiglyError;
    diagnostics.error(fail("ERR_SCHEMA_VALIDATION", {
      problem: `The schema of the kind ${name} is invalid: ${invalid.message}`,
    }, { origin: originOf(), help: invalid.help }));
    return undefined;
  }
}

function violationError(
  { urn, manifest }: Checked,
  fields: Readonly<Record<string, unknown>>,
  { path, message, keyword }: Violation,
  urns: ReadonlySet<string>,
): DiglyError {
  const field = path.length === 0 ? "" : `\`${path.join(".")}\` `;
  return fail("ERR_SCHEMA_VALIDATION", { problem: `${urn}: ${field}${message}`, keyword }, {
    origin: manifest.originAt(path, keyword === "additionalProperties" ? "key" : "value"),
    help: nearestUrn(valueAt(fields, path), keyword, urns),
  });
}

/** For a URN that names nothing, the one that was probably meant. */
function nearestUrn(
  value: unknown,
  keyword: string,
  urns: ReadonlySet<string>,
): string | undefined {
  if (keyword !== "format" && keyword !== "diglyUrn") return undefined;
  if (typeof value === "string") return didYouMean(value, urns);
  if (typeof value !== "object" || value === null || isDeferred(value)) return undefined;
  const { kind, name } = value as Record<string, unknown>;
  if (typeof name !== "string") return undefined;
  return didYouMean(typeof kind === "string" ? formatUrn(kind, name) : name, urns);
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as Record<PropertyKey, unknown>)[step];
  }
  return at;
}
