/** Reads a `Runtime.Definition`. */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { type DiglyError, fail } from "../../contract/errors.ts";
import { isRemote } from "../../contract/location.ts";
import { DEFINITION_SCHEMA, keysOf } from "../../contract/manifest_schema.ts";
import type { UnknownFields } from "../../contract/module.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import { parsePattern } from "../../contract/path_pattern.ts";
import { isMap, type ValueMap } from "../../contract/resource.ts";
import type { Located } from "../../contract/source.ts";
import { isKernelKind, isKind } from "../../contract/urn.ts";
import { withLazyOrigin } from "../yaml/fields.ts";
import { describe } from "../../template/expr/values.ts";
import { prefixOf } from "../imports/renamed.ts";
import { readErrors } from "./declared_errors.ts";
import { checkDefinition } from "./definition_checks.ts";
import { isReservedKind, reservedKind } from "./kind_errors.ts";
import type { DefinitionInput, KindEntry, ReadControllers } from "./kinds.ts";
import { readTypeDeclarations } from "./read_scopes.ts";

const KEYS = ["kind", "metadata", ...keysOf(DEFINITION_SCHEMA)];

/** The kind that a definition declares; an invalid one is reported and gives `undefined`. */
export function readDefinition(
  { module: names, document, controllers, entrypoints }: DefinitionInput,
  readControllers: ReadControllers,
  diagnostics: Diagnostics,
): KindEntry | undefined {
  const { value } = document;
  const metadata = isMap(value) && isMap(value["metadata"]) ? value["metadata"] : undefined;
  if (!isMap(value) || metadata === undefined) return undefined;
  reportUnknownKeys(value, KEYS, document, diagnostics);
  // Built-in definitions are checked by a test.
  if (!document.source.url.startsWith("digly:")) checkDefinition(value, document, diagnostics);
  const resourceKind = metadata["resourceKind"];
  if (typeof resourceKind !== "string" || !isKind(resourceKind)) {
    diagnostics.error(noResourceKind(metadata, document));
    return undefined;
  }
  const prefix = prefixOf(metadata, names);
  const module = names.name;
  if (typeof prefix !== "string" || (prefix !== "" && !isKind(prefix))) {
    diagnostics.error(fail("ERR_MODULE_INVALID", {
      problem: typeof prefix === "string"
        ? `"${prefix}" cannot name a module`
        : `metadata.module must be a string, and it is ${describe(prefix)}`,
    }, {
      origin: document.originAt(["metadata", "module"]),
      help: 'Write the name that comes before the kind, or "" for none',
    }));
    return undefined;
  }
  const kind = prefix === "" || resourceKind.startsWith(`${prefix}.`)
    ? resourceKind
    : `${prefix}.${resourceKind}`;
  const originOf = () => document.originAt(["metadata", "resourceKind"]);
  // A module of Digly itself may define kinds of the runtime, such as Runtime.OnStart.
  const isOwn = document.source.url.startsWith("digly:") && !isKernelKind(kind);
  if (isReservedKind(kind) && !isOwn) {
    diagnostics.error(reservedKind(kind, originOf()));
    return undefined;
  }
  const own = controllers ??
    (value["controllers"] === undefined
      ? []
      : readControllers(value["controllers"], document, ["controllers"]));
  const entries = own.length > 0 ? own : entrypoints;
  return {
    kind,
    module,
    servedBy: kind,
    extends: undefined,
    description: textOf(value, "description", document, diagnostics),
    example: value["example"],
    implementation: entries.length > 0 ? { type: "entries", entries } : { type: "inert" },
    check: checkOf(value, document, diagnostics),
    errors: readErrors(value, prefix === "" ? module : prefix, document, diagnostics),
    schema: value["schema"],
    unknownFields: unknownFieldsOf(value, document, diagnostics),
    schemaUrl: document.source.url,
    implements: stringsOf(value, "implements", document, diagnostics),
    concurrentInit: booleanOf(value, "concurrentInit", document, diagnostics),
    idempotent: booleanOf(value, "idempotent", document, diagnostics),
    transport: booleanOf(value, "transport", document, diagnostics),
    events: stringsOf(value, "events", document, diagnostics),
    ...readTypeDeclarations(
      value,
      value["scope"] === "*" ? [] : stringsOf(value, "scope", document, diagnostics),
      document,
      diagnostics,
    ),
    resources: stringsOf(value, "resources", document, diagnostics),
    opaque: stringsOf(value, "opaque", document, diagnostics),
    schemas: stringsOf(value, "schemas", document, diagnostics),
    parts: stringsOf(value, "parts", document, diagnostics).map(parsePattern),
    valueExpression: typeof value["value"] === "string" || value["value"] === true
      ? {
        expression: value["value"] === true ? undefined : value["value"],
        sensitive: value["sensitive"] === true,
      }
      : undefined,
    originOf,
    schemaOriginOf: (path = [], anchor) => document.originAt(["schema", ...path], anchor),
    sourceUrl: document.source.url,
  };
}

/** The file that checks resources of the kind; remote definitions cannot have code. */
function checkOf(
  value: ValueMap,
  document: Located,
  diagnostics: Diagnostics,
): KindEntry["check"] {
  const entrypoint = textOf(value, "check", document, diagnostics);
  if (entrypoint === undefined) return undefined;
  const base = document.source.url;
  if (!isRemote(base)) {
    // Finding the place takes parsing the text, which only an error is worth.
    const entry = withLazyOrigin({ runtimes: [], entrypoint, base }, document, ["check"]);
    return { type: "entry", entry };
  }
  diagnostics.error(fail("ERR_MODULE_INVALID", {
    problem: "A remote definition cannot have a `check`: it would run code",
  }, {
    origin: document.originAt(["check"]),
    help: "Install the module, and import it by path or by the name of its package",
  }));
  return undefined;
}

/** Reports unknown keys: misspelt ones as errors, others as warnings. */
export function reportUnknownKeys(
  value: ValueMap,
  known: readonly string[],
  document: Located,
  diagnostics: Diagnostics,
): void {
  const what = `a ${String(value["kind"])}`;
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const near = nearest(key, known);
    const message = `Unknown key "${key}" in ${what}`;
    const origin = document.originAt([key], "key");
    if (near !== undefined && value[near] === undefined) {
      const help = `Did you mean "${near}"?`;
      diagnostics.error(fail("ERR_MODULE_INVALID", { problem: message }, { origin, help }));
    } else {
      const help = `It has no effect. Valid keys are ${known.join(", ")}`;
      diagnostics.warning({ code: "WARN_UNKNOWN_FIELD", message, origin, help });
    }
  }
}

function noResourceKind(metadata: ValueMap, document: Located): DiglyError {
  const value = metadata["resourceKind"];
  const near = Object.keys(metadata).find((key) => nearest(key, ["resourceKind"]) !== undefined);
  const help = "Write the kind without the module's name, for example `resourceKind: Server`";
  if (value === undefined) {
    return fail("ERR_MODULE_INVALID", {
      problem: "A Runtime.Definition needs metadata.resourceKind",
    }, {
      origin: document.originAt(["metadata", near ?? "resourceKind"], "key"),
      help: near === undefined ? help : `Rename "${near}" to "resourceKind"`,
    });
  }
  return fail("ERR_MODULE_INVALID", {
    problem: typeof value === "string"
      ? `"${value}" in metadata.resourceKind is not a valid kind: identifiers joined by dots`
      : `metadata.resourceKind must be a string, and it is ${describe(value)}`,
  }, { origin: document.originAt(["metadata", "resourceKind"]), help });
}

/** An optional string; anything else is reported. */
export function textOf(
  value: ValueMap,
  key: string,
  document: Located,
  diagnostics: Diagnostics,
): string | undefined {
  const text = value[key];
  if (text === undefined || typeof text === "string") return text;
  diagnostics.error(fail("ERR_MODULE_INVALID", {
    problem: `\`${key}\` of a ${value["kind"]} must be a string, and it is ${describe(text)}`,
  }, { origin: document.originAt([key]), help: "Write a string" }));
  return undefined;
}

/** An optional boolean; anything else is reported. */
function booleanOf(
  value: ValueMap,
  key: string,
  document: Located,
  diagnostics: Diagnostics,
): boolean {
  const written = value[key];
  if (written === undefined || typeof written === "boolean") return written ?? false;
  diagnostics.error(fail("ERR_MODULE_INVALID", {
    problem: `\`${key}\` of a ${value["kind"]} must be true or false, and it is ${sortOf(written)}`,
  }, { origin: document.originAt([key]), help: "Write true or false, without quotes" }));
  return false;
}

const UNKNOWN_FIELDS: readonly string[] = ["allow", "warn"];

/** How a kind handles unknown fields; an invalid setting is reported. */
export function unknownFieldsOf(
  value: ValueMap,
  document: Located,
  diagnostics: Diagnostics,
): UnknownFields {
  const written = value["unknownFields"];
  if (written === undefined) return "allow";
  if (typeof written === "string" && UNKNOWN_FIELDS.includes(written)) {
    return written as UnknownFields;
  }
  diagnostics.error(fail("ERR_MODULE_INVALID", {
    problem: `\`unknownFields\` of a ${value["kind"]} must be warn or allow, and it is ${
      typeof written === "string" ? `"${written}"` : describe(written)
    }`,
  }, {
    origin: document.originAt(["unknownFields"]),
    help: "Write `additionalProperties: false` into the schema to refuse other fields",
  }));
  return "allow";
}

function stringsOf(
  value: ValueMap,
  key: string,
  document: Located,
  diagnostics: Diagnostics,
): readonly string[] {
  const list = value[key];
  if (list === undefined) return [];
  const items = Array.isArray(list) ? list : undefined;
  const wrong = items?.findIndex((item) => typeof item !== "string") ?? 0;
  if (items !== undefined && wrong < 0) return items as string[];
  const name = items === undefined ? key : `${key}[${wrong}]`;
  const what = items === undefined ? "a list of strings" : "a string";
  const found = items === undefined ? list : items[wrong] ?? null;
  diagnostics.error(fail("ERR_MODULE_INVALID", {
    problem: `\`${name}\` of a Runtime.Definition must be ${what}, and it is ${sortOf(found)}`,
  }, {
    origin: document.originAt(items === undefined ? [key] : [key, wrong]),
    help: typeof list === "string" ? `Write [${list}]` : "Write strings, such as [first, second]",
  }));
  return [];
}

/** A description of a value for messages. */
function sortOf(value: unknown): string {
  return typeof value === "string" ? "a string" : describe(value);
}
