/** Descriptions of the kinds of an app, for people and tools. */
import type { KindDescription } from "../../contract/kind_description.ts";
import { isMap, type Value } from "../../contract/resource.ts";
import { formatUrn, KERNEL_KINDS } from "../../contract/urn.ts";
import type { DeclaredErrors } from "./declared_errors.ts";
import type { KindEntry, KindTable } from "./kinds.ts";
import { opaquePathsOf } from "./opaque_paths.ts";
import type { Registry, RegistryEntry } from "./registry.ts";
import { allNames, type Scopes } from "./scopes.ts";

/** Writes data as YAML. */
export type WriteYaml = (value: unknown) => string;

/** Describes the kinds of definitions, and those of templates, sorted by name. */
export function describeKinds(
  kinds: KindTable,
  registry: Registry,
  writeYaml: WriteYaml,
): KindDescription[] {
  const all = [
    ...Array.from(kinds.values(), (entry) => describeKind(entry, kinds, writeYaml)),
    ...registry.ofKind(KERNEL_KINDS.template).map(describeTemplate),
  ];
  return all.sort((a, b) => a.kind < b.kind ? -1 : 1);
}

function describeKind(entry: KindEntry, kinds: KindTable, writeYaml: WriteYaml): KindDescription {
  const { kind, module, implementation, events, scopes } = entry;
  const origin = entry.originOf();
  return {
    kind,
    type: entry.extends === undefined ? "definition" : "inherited",
    module,
    description: entry.description ?? null,
    extends: entry.extends ?? null,
    definedIn: origin === undefined ? null : { file: origin.file, line: origin.line },
    runtimes: implementation.type === "entries"
      ? implementation.entries.flatMap(({ runtimes }) => runtimes.length > 0 ? runtimes : ["any"])
      : [],
    concurrentInit: entry.concurrentInit,
    implements: entry.implements,
    provides: [...entry.provides.keys()],
    execution: {
      input: entry.execution.input ?? null,
      output: entry.execution.output ?? null,
    },
    events,
    errors: describeErrors(entry.errors),
    scope: allNames(scopes),
    scopes: describeScopes(scopes),
    resources: entry.resources,
    opaque: opaquePathsOf(entry),
    schema: entry.schema ?? null,
    unknownFields: entry.unknownFields,
    example: exampleOf(entry, kinds, writeYaml),
  };
}

function describeErrors(errors: DeclaredErrors): KindDescription["errors"] {
  if (errors === "*") return errors;
  return Object.fromEntries(
    Array.from(errors, ([code, { status = null, description = null }]) => [
      code,
      { status, description },
    ]),
  );
}

function describeScopes(scopes: Scopes): KindDescription["scopes"] {
  if (scopes === "*") return { "": "*" };
  return Object.fromEntries(
    scopes.map(({ path, variables }) => [path.join("."), [...variables.keys()]]),
  );
}

/** The example of a kind, or of the nearest ancestor that has the same schema and one. */
function exampleOf(entry: KindEntry, kinds: KindTable, writeYaml: WriteYaml): string | null {
  let at: KindEntry | undefined = entry;
  while (at !== undefined && at.schema === entry.schema) {
    if (at.example !== undefined) {
      const text = typeof at.example === "string" ? at.example : writeYaml(at.example);
      return text.replaceAll(`kind: ${at.kind}\n`, `kind: ${entry.kind}\n`);
    }
    at = at.extends === undefined ? undefined : kinds.get(at.extends);
  }
  return null;
}

/** The kind that instances of a template are of. */
function describeTemplate({ manifest, resource }: RegistryEntry): KindDescription {
  const { module } = manifest.source;
  const { file, line } = manifest.originAt(["metadata", "name"]);
  const written = manifest.value as { readonly [key: string]: Value };
  const description = written["description"];
  return {
    kind: formatUrn(module, manifest.name),
    type: "template",
    module,
    description: typeof description === "string" ? description : null,
    extends: null,
    definedIn: { file, line },
    runtimes: [],
    concurrentInit: false,
    implements: [],
    provides: [],
    execution: { input: null, output: null },
    events: [],
    errors: {},
    scope: [],
    scopes: {},
    resources: [],
    opaque: [],
    schema: isMap(resource["schema"]) ? resource["schema"] : null,
    unknownFields: "allow",
    example: null,
  };
}
