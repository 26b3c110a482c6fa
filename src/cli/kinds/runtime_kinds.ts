/** Descriptions of the kinds of the runtime itself, for editors and people. */
import type { KindDescription } from "../../contract/kind_description.ts";
import {
  DEFINITION_SCHEMA,
  KIND_DEFINITION_SCHEMA,
  TEMPLATE_SCHEMA,
} from "../../contract/manifest_schema.ts";
import { KERNEL_KINDS } from "../../contract/urn.ts";

const common = {
  type: "runtime",
  module: "Runtime",
  extends: null,
  definedIn: null,
  runtimes: [],
  concurrentInit: false,
  implements: [],
  provides: [],
  execution: { input: null, output: null },
  resources: [],
  events: [],
  errors: {},
  scope: [],
  scopes: {},
  unknownFields: "warn",
} as const;

/** The runtime's own kinds, sorted by name. */
export const RUNTIME_KINDS: readonly KindDescription[] = [
  {
    ...common,
    kind: KERNEL_KINDS.definition,
    description: "Defines a kind: its schema and its controllers.",
    opaque: ["example"],
    schema: DEFINITION_SCHEMA,
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
    description: "Derives a kind from another kind, with its own schema.",
    opaque: [],
    schema: KIND_DEFINITION_SCHEMA,
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
    description: "Defines a template: each of its instances generates resources.",
    opaque: ["resources"],
    schema: TEMPLATE_SCHEMA,
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
