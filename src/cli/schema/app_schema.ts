/** The JSON Schema of an app's manifests, in draft-07, which editors support. */
import { DIRECTIVE_SCHEMAS } from "../../contract/directives.ts";
import type { KindDescription } from "../../contract/kind_description.ts";
import { KERNEL_KINDS } from "../../contract/urn.ts";
import type { SchemaMap } from "../../contract/schema_map.ts";
import { MANIFEST_SCHEMA } from "../../contract/manifest_schema.ts";
import { SHARED } from "./authoring_parts.ts";
import { toAuthoringSchema } from "./authoring_schema.ts";
import { toStrict } from "./strict_schema.ts";

/** Matches a string with an expression that is not escaped. */
const EXPRESSION = "(^|[^$])\\$\\{";

/** Matches a key that looks like a directive but is none; `$${` begins a computed or escaped key. */
const UNKNOWN_DIRECTIVE = `^\\$(?!(?:${
  Object.keys(DIRECTIVE_SCHEMAS).map((name) => name.slice(1)).join("|")
})$)(?!\\$*\\{)`;

/** Definitions used by several schemas. A value is computed if it contains an expression, a directive or a computed key. */
const shared: SchemaMap = {
  computed: {
    anyOf: [
      { type: "string", pattern: EXPRESSION },
      { $ref: `${SHARED}computedMapping` },
    ],
  },
  computedMapping: {
    type: "object",
    anyOf: [
      { required: ["$if"] },
      { required: ["$for"] },
      { required: ["$include"] },
      { not: { propertyNames: { not: { pattern: EXPRESSION } } } },
    ],
  },
  // Applies to maps only, because the schema may accept other values as well.
  directives: {
    properties: DIRECTIVE_SCHEMAS,
    patternProperties: { [UNKNOWN_DIRECTIVE]: false },
  },
  // Of resources that are documents of their own.
  named: { if: { type: "object" }, then: { required: ["name"] } },
  metadata: {
    type: "object",
    properties: {
      name: {
        type: "string",
        if: { pattern: EXPRESSION },
        else: { pattern: "^[\\p{L}\\p{N}_:@-]+$" },
        description: "The name of the resource, unique within its kind.",
      },
    },
    // Set by the runtime.
    patternProperties: { "^(uri|generationDepth)$": false },
    description: "The name of the resource, and your own labels.",
  },
  definitionMetadata: {
    type: "object",
    required: ["name", "resourceKind"],
    properties: {
      name: { type: "string", minLength: 1, description: "The name of the definition." },
      resourceKind: {
        type: "string",
        minLength: 1,
        description: "The kind, without the name of its module.",
      },
      module: { type: "string", description: "The module's name in the kind; empty for none." },
    },
  },
  kindMetadata: {
    type: "object",
    required: ["name"],
    properties: {
      name: { type: "string", minLength: 1, description: "The new kind." },
    },
  },
  manifest: MANIFEST_SCHEMA,
};

const METADATA: ReadonlyMap<string, string> = new Map([
  [KERNEL_KINDS.definition, "definitionMetadata"],
  [KERNEL_KINDS.kindDefinition, "kindMetadata"],
]);

/** The schema of the manifests of an app with these kinds. */
export function appSchema(kinds: readonly KindDescription[]): SchemaMap {
  const templates = kinds.filter(({ type }) => type === "template");
  const others = kinds.filter(({ type }) => type !== "template");
  const inline = others.filter(({ type }) => type !== "runtime");
  return toStrict({
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Manifests of a Digly app",
    // Repeated here so that editors suggest the kinds in an empty document.
    properties: { kind: { $ref: `${SHARED}kind` } },
    if: { $ref: `${SHARED}computedMapping` },
    then: { $ref: `${SHARED}computedDocument` },
    else: {
      if: { type: "object", anyOf: [{ required: ["kind"] }, { required: ["metadata"] }] },
      then: { $ref: `${SHARED}resource` },
      // A document may be empty.
      else: { if: { type: "null" }, else: { $ref: `${SHARED}manifest` } },
    },
    definitions: {
      ...shared,
      // A directive that produces whole documents, or one next to the fields of a resource.
      computedDocument: {
        properties: { kind: { $ref: `${SHARED}kind` } },
        if: { required: ["kind"] },
        else: {
          properties: Object.fromEntries(
            ["$then", "$else", "$do"].map((key) => [key, {
              if: { type: "object" },
              then: { $ref: "#" },
            }]),
          ),
        },
        allOf: [{ $ref: `${SHARED}directives` }],
      },
      kind: kindName(others, templates),
      resource: {
        type: "object",
        required: ["kind", "metadata"],
        properties: { kind: { $ref: `${SHARED}kind` }, metadata: { $ref: `${SHARED}named` } },
        allOf: [
          ...others.map(ifOfKind),
          ...templates.map((kind) => ({
            if: { properties: { kind: instanceOf(kind, others, templates) }, required: ["kind"] },
            then: reference(kind),
          })),
        ],
      },
      // The name of a resource that is written in another one is optional.
      inlineResource: {
        type: "object",
        required: ["kind"],
        properties: { kind: kindName(inline, []) },
        allOf: inline.map(ifOfKind),
      },
      ...Object.fromEntries(kinds.map((kind) => [keyOf(kind), schemaOf(kind)])),
    },
  });
}

/** Applies the schema of a kind to its resources. */
function ifOfKind(kind: KindDescription): SchemaMap {
  return {
    if: { properties: { kind: { const: kind.kind } }, required: ["kind"] },
    then: reference(kind),
  };
}

/** The key of a kind's definition; its hyphen keeps it apart from the shared definitions. */
function keyOf({ kind }: KindDescription): string {
  return `kind-${kind}`;
}

function reference(kind: KindDescription): SchemaMap {
  return { $ref: SHARED + keyOf(kind) };
}

function schemaOf(kind: KindDescription): SchemaMap {
  const { schema, opaque, resources, description } = kind;
  const pointer = SHARED + keyOf(kind);
  const fields = toAuthoringSchema(schema, { pointer, opaque, resources });
  const about = [description, kind.type === "template" ? `A template of ${kind.module}.` : null]
    .filter((text) => text !== null);
  return {
    ...fields,
    ...(about.length === 0 ? {} : { description: about.join(" ") }),
    properties: {
      ...fields["properties"] as object | undefined,
      kind: { description: about.join(" ") || "The kind of the resource." },
      metadata: { $ref: SHARED + (METADATA.get(kind.kind) ?? "metadata") },
    },
  };
}

/** Matches every kind, computed kinds, and template names with any prefix. */
function kindName(
  kinds: readonly KindDescription[],
  templates: readonly KindDescription[],
): SchemaMap {
  const names = templates.map(({ kind }) => kind.slice(kind.lastIndexOf(".") + 1));
  const free = [EXPRESSION, ...names.map((name) => `\\.${name}$`)];
  return {
    type: "string",
    description: "The kind of the resource.",
    // Editors suggest the values of an enum only if it is not behind a condition.
    anyOf: [
      { enum: [...new Set([...kinds, ...templates].map(({ kind }) => kind).concat(names))] },
      { pattern: free.join("|") },
    ],
  };
}

/** Matches the kinds that select a template: its name with any prefix that no definition has. */
function instanceOf(
  { kind }: KindDescription,
  kinds: readonly KindDescription[],
  templates: readonly KindDescription[],
): SchemaMap {
  const name = kind.slice(kind.lastIndexOf(".") + 1);
  const isUnique = templates.filter((other) => other.kind.endsWith(`.${name}`)).length === 1;
  const claimed = kinds.filter((other) => `.${other.kind}`.endsWith(`.${name}`))
    .map((other) => other.kind);
  return isUnique
    ? {
      pattern: `(^|\\.)${name}$`,
      ...(claimed.length === 0 ? {} : { not: { enum: claimed } }),
    }
    : { const: kind };
}
