/**
 * The kinds that belong to the runtime itself, and the shape of a manifest: what editors and
 * people are told of them. Rules: specification §10 and §12 to §14, decisions D-10 to D-18.
 */
import { DEFAULT_LIMITS, isLimitName, isManifestLimit } from "../../contract/limits.ts";
import type { KindDescription } from "../../contract/kind_description.ts";
import { KERNEL_KINDS } from "../../contract/urn.ts";

const text = (description: string) => ({ type: "string", minLength: 1, description });
const texts = (description: string) => ({ type: "array", items: { type: "string" }, description });
const schemaField = (description: string) => ({ type: ["object", "boolean"], description });

const controllers = (description: string) => ({
  type: "array",
  description,
  items: {
    type: "object",
    required: ["runtime", "entrypoint"],
    additionalProperties: false,
    properties: {
      runtime: text("The runtime and its versions, such as `node@>=20`, `bun` or `deno`."),
      entrypoint: text("Path of the controller, relative to this file."),
    },
  },
});

/** JSON Schema of the first document of a `runtime.yaml` or `module.yaml`. */
export const MANIFEST_SCHEMA: Readonly<Record<string, unknown>> = {
  type: "object",
  description: "The manifest of an app or a module: the first document of its file.",
  required: ["name"],
  additionalProperties: false,
  properties: {
    name: {
      type: "string",
      pattern: "^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*$",
      not: { enum: ["Runtime", "Template", "Self", "TemplateDefinition"] },
      description: "The name of the module: its kinds begin with it.",
    },
    version: { type: "string", description: "The version of the module." },
    description: { type: "string", description: "What it is for." },
    imports: texts(
      "Modules whose kinds are used: paths, URLs, npm packages, or built-in ones as `digly:http`.",
    ),
    definitions: {
      type: "array",
      description: "The kinds that the module defines.",
      items: {
        if: { type: "object" },
        then: {
          required: ["path"],
          additionalProperties: false,
          properties: {
            path: text("Path of a file with documents of kind Runtime.Definition."),
            controllers: controllers("Its controllers; they win over the definition's own."),
          },
        },
        else: { type: "string" },
      },
    },
    entrypoints: controllers("Controllers of the kinds that name none of their own."),
    importEntrypoints: {
      type: "object",
      description: "Entrypoints that replace those of an import.",
      additionalProperties: controllers("What is used instead of the import's own entrypoints."),
    },
    resources: texts("Files, folders and URLs with resources."),
    limits: {
      type: "object",
      description: "Limits of the program; only the manifest that is started sets them.",
      additionalProperties: false,
      properties: Object.fromEntries(
        Object.keys(DEFAULT_LIMITS).filter(isLimitName).filter(isManifestLimit).map((
          name,
        ) => [name, { type: ["integer", "string"] }]),
      ),
    },
  },
};

const definition = {
  type: "object",
  additionalProperties: false,
  properties: {
    description: { type: "string", description: "What the kind is for." },
    schema: schemaField("JSON Schema of its resources, without `kind` and `metadata`."),
    unknownFields: {
      enum: ["allow", "warn"],
      default: "allow",
      description: "Whether fields that the schema does not name are reported.",
    },
    controllers: controllers("Who executes its resources; without any they are data."),
    events: texts("Names of the events that its controller emits."),
    scope: {
      description: "Names its controller provides to `${{ }}` expressions; `*` for any.",
      if: { type: "string" },
      then: { const: "*" },
      else: { type: "array", items: { type: "string" } },
    },
    scopes: {
      type: "object",
      description: "Names that expressions see, by the dotted path of the fields they are in.",
      additionalProperties: {
        description: "The names, each with its type: a JSON Schema, $field, $inputOf or $outputOf.",
        type: ["object", "array"],
        items: { type: "string" },
      },
    },
    expects: {
      type: "object",
      description: "What values must fit beyond the schema, by their dotted path.",
    },
    execution: {
      type: "object",
      description: "What its resources take and give when they are executed.",
      additionalProperties: false,
      properties: {
        input: { description: "The type of the input, such as { $field: inputSchema }." },
        output: { description: "The type of the result, such as { $field: outputSchema }." },
      },
    },
    opaque: texts("Dotted paths of fields that hold no expressions; `*` is any index or key."),
    schemas: texts("Dotted paths of fields that hold a JSON Schema."),
    value: text("CEL expression of what a resource stands for where others refer to it."),
    sensitive: { type: "boolean", default: false, description: "Whether that value is hidden." },
    example: {
      type: ["string", "object"],
      description: "A resource of the kind, as YAML text or as data, for `digly kinds`.",
    },
  },
};

const kindDefinition = {
  type: "object",
  required: ["extends"],
  additionalProperties: false,
  properties: {
    extends: text("The kind to inherit the controller and the schema from."),
    schema: schemaField("JSON Schema that replaces the inherited one."),
    unknownFields: {
      enum: ["allow", "warn"],
      default: "allow",
      description: "Whether fields that the schema does not name are reported.",
    },
    description: { type: "string", description: "What the kind is for." },
  },
};

const template = {
  type: "object",
  required: ["resources"],
  additionalProperties: false,
  properties: {
    description: { type: "string", description: "What the template is for." },
    schema: schemaField("JSON Schema of the parameters."),
    resources: {
      type: "array",
      description: "What an instance generates; `for` and `if` repeat and leave out.",
      items: { type: "object" },
    },
  },
};

const common = {
  type: "runtime",
  module: "Runtime",
  extends: null,
  definedIn: null,
  runtimes: [],
  events: [],
  scope: [],
  scopes: {},
  unknownFields: "warn",
} as const;

/** The runtime's own kinds, sorted by name. */
export const RUNTIME_KINDS: readonly KindDescription[] = [
  {
    ...common,
    kind: KERNEL_KINDS.definition,
    description: "Defines a kind: its schema and who executes it.",
    opaque: ["example"],
    schema: definition,
    example: `kind: Runtime.Definition
metadata: { name: Note, resourceKind: Note }
schema:
  type: object
  required: [text]
  properties:
    text: { type: string }
  additionalProperties: false
`,
  },
  {
    ...common,
    kind: KERNEL_KINDS.kindDefinition,
    description: "Derives a kind from another one, with a schema of its own.",
    opaque: [],
    schema: kindDefinition,
    example: `kind: Runtime.Definition
metadata: { name: Note, resourceKind: Note, module: "" }
---
kind: Runtime.KindDefinition
metadata: { name: Reminder }
extends: Note
schema:
  type: object
  required: [date]
  properties:
    date: { type: string, format: date }
`,
  },
  {
    ...common,
    kind: KERNEL_KINDS.template,
    description: "Generates resources from parameters, for every resource of its own kind.",
    opaque: ["resources"],
    schema: template,
    example: `kind: Runtime.Definition
metadata: { name: Note, resourceKind: Note, module: "" }
---
kind: TemplateDefinition
metadata: { name: Notes }
schema:
  type: object
  required: [topics]
  properties:
    topics: { type: array, items: { type: string } }
resources:
  - for: topic in topics
    kind: Note
    metadata: { name: "\${{ topic }}" }
    text: About \${{ topic }}
---
kind: Notes
metadata: { name: Mine }
topics: [trees, birds]
`,
  },
];
