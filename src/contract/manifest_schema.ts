/**
 * The keys of manifests and of the runtime's own kinds, as JSON Schemas: the readers, `digly
 * schema`, `digly kinds` and the documentation use them.
 */
import { CODE_LIMITS_SCHEMA } from "./code_limits.ts";
import { DEFAULT_LIMITS, isLimitName, isManifestLimit } from "./limits.ts";
import { RESERVED_NAMES } from "./reserved.ts";

/** The JSON Schema of a map with known keys. */
export interface ObjectSchema {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly [keyword: string]: unknown;
}

/** The keys that a schema allows. */
export function keysOf({ properties }: ObjectSchema): readonly string[] {
  return Object.keys(properties);
}

const text = (description: string) => ({ type: "string", minLength: 1, description });
const texts = (description: string) => ({ type: "array", items: { type: "string" }, description });
const schemaField = (description: string) => ({ type: ["object", "boolean"], description });

/** JSON Schema of an entry of `controllers` or `entrypoints` that is a map. */
export const CONTROLLER_SCHEMA: ObjectSchema = {
  required: ["entrypoint"],
  additionalProperties: false,
  properties: {
    runtime: {
      description: "The runtimes and their versions, such as `node@>=20` or [bun, deno]; " +
        "without it, any.",
      if: { type: "array" },
      then: { minItems: 1, items: { type: "string", minLength: 1 } },
      else: { type: "string", minLength: 1 },
    },
    entrypoint: text("Path of the controller, relative to this file."),
    limits: CODE_LIMITS_SCHEMA,
  },
};

const controllers = (description: string) => ({
  type: "array",
  description,
  items: { if: { type: "object" }, then: CONTROLLER_SCHEMA, else: { type: "string" } },
});

/** JSON Schema of an entry of `imports` that is a map. */
export const IMPORT_SCHEMA: ObjectSchema = {
  required: ["from"],
  additionalProperties: false,
  properties: {
    from: text("The module: a path, a URL, an npm package, or a built-in one."),
    as: text("The name that the module has in this app: its kinds begin with it."),
  },
};

/** JSON Schema of `requires` of a manifest. */
export const REQUIRES_SCHEMA: ObjectSchema = {
  type: "object",
  description: "What the module needs.",
  additionalProperties: false,
  properties: {
    digly: text("The versions of Digly that it works with, such as `>=0.2`."),
  },
};

/** JSON Schema of an entry of a manifest's `definitions` that is a map. */
export const DEFINITION_ENTRY_SCHEMA: ObjectSchema = {
  required: ["path"],
  additionalProperties: false,
  properties: {
    path: text("Path of a file with documents of kind Runtime.Definition."),
    controllers: controllers("Its controllers; they override those of the definition."),
  },
};

/** JSON Schema of the first document of a `runtime.yaml` or `module.yaml`. */
export const MANIFEST_SCHEMA: ObjectSchema = {
  type: "object",
  description: "The manifest of an app or a module: the first document of its file.",
  required: ["name"],
  additionalProperties: false,
  properties: {
    name: {
      type: "string",
      pattern: "^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)*$",
      not: { enum: RESERVED_NAMES },
      description: "The name of the module: its kinds begin with it.",
    },
    version: { type: "string", description: "The version of the module." },
    description: { type: "string", description: "What it is for." },
    requires: REQUIRES_SCHEMA,
    imports: {
      type: "array",
      description: "Modules whose kinds are used: paths, URLs, npm packages, or built-in ones as " +
        "`digly:http`.",
      items: { if: { type: "object" }, then: IMPORT_SCHEMA, else: { type: "string" } },
    },
    definitions: {
      type: "array",
      description: "The kinds that the module defines.",
      items: {
        if: { type: "object" },
        then: DEFINITION_ENTRY_SCHEMA,
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

/** JSON Schema of the fields of a `Runtime.Definition`. */
export const DEFINITION_SCHEMA: ObjectSchema = {
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
    controllers: controllers("The code that executes its resources; without any they are data."),
    check: text("Path of a file that checks its resources beyond what the schema can express."),
    errors: {
      description:
        "The errors of the module, by name: `NotFound` of `Shop` has the code `Shop.NotFound`. " +
        "`*` for a kind that runs code of the app, which may fail with any code.",
      if: { type: "string" },
      then: { const: "*" },
      else: {
        type: "object",
        additionalProperties: {
          type: "object",
          additionalProperties: false,
          properties: {
            status: {
              type: "integer",
              minimum: 400,
              maximum: 599,
              description: "The HTTP status of the error; 500 without details by default.",
            },
            description: { type: "string", description: "When the error occurs." },
          },
        },
      },
    },
    implements: texts(
      "Contracts that its resources fulfil, such as `Http.Mount`; `digly:kind` accepts them like kinds.",
    ),
    concurrentInit: {
      type: "boolean",
      default: false,
      description: "Whether neighbouring resources of such kinds are initialised together.",
    },
    idempotent: {
      type: "boolean",
      default: false,
      description:
        "Whether executing its resources twice does no harm: if the node that runs one is lost, " +
        "another node runs it again.",
    },
    transport: {
      type: "boolean",
      default: false,
      description: "Whether its resources join the processes of an app, as `Cluster.Nats` does.",
    },
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
    provides: {
      type: "object",
      description:
        "What its resources add to expressions of others, such as middleware to `request`: the name of each value with its type.",
    },
    opaque: texts(
      "Dotted paths of fields without expressions; `*` is any index or key, `**` any number of them.",
    ),
    resources: texts("Dotted paths of fields in which resources are written; `*` as in `opaque`."),
    schemas: texts("Dotted paths of fields that hold a JSON Schema."),
    parts: texts(
      "Dotted paths of strings whose expressions stay apart from the text, such as SQL.",
    ),
    value: {
      description:
        "CEL expression of the value that references to a resource give; `true` if the " +
        "controller provides it.",
      if: { type: "boolean" },
      then: { const: true },
      else: { type: "string", minLength: 1 },
    },
    sensitive: { type: "boolean", default: false, description: "Whether that value is hidden." },
    example: {
      type: ["string", "object"],
      description: "A resource of the kind, as YAML text or as data, for `digly kinds`.",
    },
  },
};

/** JSON Schema of the fields of a `Runtime.KindDefinition`. */
export const KIND_DEFINITION_SCHEMA: ObjectSchema = {
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

/** JSON Schema of the fields of a `TemplateDefinition`. */
export const TEMPLATE_SCHEMA: ObjectSchema = {
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
