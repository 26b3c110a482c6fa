/** Reads a `Runtime.Definition`. Rules: specification §10.2, decisions D-12 and D-13. */
import type { Diagnostics } from "../contract/diagnostics.ts";
import { fail } from "../contract/errors.ts";
import { isMap, type ValueMap } from "../contract/resource.ts";
import type { Located } from "../contract/source.ts";
import { isKernelKind, isKind } from "../contract/urn.ts";
import type { DefinitionInput, KindEntry, ReadControllers } from "./kinds.ts";

/** The kind a definition declares; reports what is wrong with it and gives nothing then. */
export function readDefinition(
  { module, document, controllers, entrypoints }: DefinitionInput,
  readControllers: ReadControllers,
  diagnostics: Diagnostics,
): KindEntry | undefined {
  const { value } = document;
  const metadata = isMap(value) && isMap(value["metadata"]) ? value["metadata"] : undefined;
  if (!isMap(value) || metadata === undefined) return undefined;
  const resourceKind = metadata["resourceKind"];
  if (typeof resourceKind !== "string" || !isKind(resourceKind)) {
    diagnostics.error(fail("ERR_MODULE_INVALID", {
      problem: resourceKind === undefined
        ? "A Runtime.Definition needs metadata.resourceKind"
        : "metadata.resourceKind must be a kind: identifiers joined by dots",
    }, {
      origin: document.originAt(["metadata", "resourceKind"]),
      help: "Write the kind without the module's name, for example `resourceKind: Server`",
    }));
    return undefined;
  }
  const prefix = metadata["module"] ?? module;
  if (typeof prefix !== "string") {
    diagnostics.error(fail("ERR_MODULE_INVALID", {
      problem: "metadata.module must be a string",
    }, { origin: document.originAt(["metadata", "module"]) }));
    return undefined;
  }
  const kind = prefix === "" || resourceKind.startsWith(`${prefix}.`)
    ? resourceKind
    : `${prefix}.${resourceKind}`;
  const originOf = () => document.originAt(["metadata", "resourceKind"]);
  if (isKernelKind(kind)) {
    diagnostics.error(fail("ERR_MODULE_INVALID", {
      problem: `${kind} belongs to the runtime and cannot be defined again`,
    }, { origin: originOf() }));
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
    schema: value["schema"],
    schemaUrl: document.source.url,
    events: stringsOf(value, "events", document, diagnostics),
    scope: value["scope"] === "*" ? "*" : stringsOf(value, "scope", document, diagnostics),
    opaque: stringsOf(value, "opaque", document, diagnostics),
    schemas: stringsOf(value, "schemas", document, diagnostics),
    standsFor: typeof value["value"] === "string"
      ? { expression: value["value"], sensitive: value["sensitive"] === true }
      : undefined,
    originOf,
    sourceUrl: document.source.url,
  };
}

/** An optional text; reports what is none. */
export function textOf(
  value: ValueMap,
  key: string,
  document: Located,
  diagnostics: Diagnostics,
): string | undefined {
  const text = value[key];
  if (text === undefined || typeof text === "string") return text;
  diagnostics.error(fail("ERR_MODULE_INVALID", {
    problem: `\`${key}\` of a ${value["kind"]} must be a text`,
  }, { origin: document.originAt([key]) }));
  return undefined;
}

function stringsOf(
  value: ValueMap,
  key: string,
  document: Located,
  diagnostics: Diagnostics,
): readonly string[] {
  const list = value[key];
  if (list === undefined) return [];
  if (Array.isArray(list) && list.every((item) => typeof item === "string")) return list;
  diagnostics.error(fail("ERR_MODULE_INVALID", {
    problem: `\`${key}\` of a Runtime.Definition must be a list of strings`,
  }, { origin: document.originAt([key]) }));
  return [];
}
