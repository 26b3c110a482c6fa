/** Checks the fields that every resource document must have. */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { fail } from "../../contract/errors.ts";
import { didYouMean } from "../../diagnostics/nearest.ts";
import {
  isDeferred,
  isMap,
  type Path,
  Raw,
  type Value,
  type ValueMap,
} from "../../contract/resource.ts";
import type { Anchor, Located } from "../../contract/source.ts";
import { isForbiddenName, isKind, isName, KERNEL_KINDS } from "../../contract/urn.ts";
import { ERROR_VALUE } from "../../template/deferred/error_value.ts";

/** The kind and name of a resource. */
export interface ResourceShape {
  readonly kind: string;
  readonly name: string;
}

/** Fields of `metadata` that only the runtime may set. */
const OWN_METADATA = ["uri", "generationDepth"];
const MANIFEST_KEYS = ["imports", "definitions", "entrypoints", "importEntrypoints", "resources"];

/**
 * The kind and name of a resource document. Reports `ERR_MANIFEST_INVALID` and returns
 * `undefined` for a document that is not a resource.
 */
export function checkResourceShape(
  document: Located & { readonly value: Value },
  diagnostics: Diagnostics,
): ResourceShape | undefined {
  const { value } = document;
  if (value === ERROR_VALUE) return undefined;
  const report = (problem: string, help: string, path: Path, anchor?: Anchor) =>
    diagnostics.error(
      fail("ERR_MANIFEST_INVALID", { problem }, { origin: document.originAt(path, anchor), help }),
    );
  if (!isMap(value)) {
    report(
      `A resource must be a map, and this document is ${describe(value)}`,
      Array.isArray(value) && value.some((item) => isMap(item) && item["kind"] !== undefined)
        ? "Write each resource as a document of its own, with a line `---` between them"
        : "Write at least `kind` and `metadata.name`",
      [],
    );
    return undefined;
  }
  if (value["kind"] === undefined && value["metadata"] === undefined) {
    report(...neither(value), []);
    return undefined;
  }
  const kind = checkKind(value, report);
  const name = checkMetadata(value, kind, report);
  return kind === undefined || name === undefined ? undefined : { kind, name };
}

type Report = (problem: string, help: string, path: Path, anchor?: Anchor) => void;

/** The problem and the help for a document with neither `kind` nor `metadata`. */
function neither(value: ValueMap): [problem: string, help: string] {
  if (MANIFEST_KEYS.some((key) => Array.isArray(value[key]))) {
    return [
      "This document looks like a module manifest, but a resource is expected here",
      "A manifest is the first document of its file and is named by `imports`, or started itself",
    ];
  }
  const near = Object.keys(value).find((key) => didYouMean(key, ["kind", "metadata"]));
  return [
    "The document has neither `kind` nor `metadata.name`",
    near === undefined
      ? "Write both: every resource has them"
      : `${didYouMean(near, ["kind", "metadata"])} It is written "${near}" here`,
  ];
}

function checkKind(value: ValueMap, report: Report): string | undefined {
  const kind = value["kind"];
  if (kind === ERROR_VALUE) return undefined;
  if (kind === undefined) {
    const near = Object.keys(value).find((key) => didYouMean(key, ["kind"]));
    report(
      "The resource has no `kind`",
      near === undefined ? "Add one, such as `kind: Http.Server`" : `Rename "${near}" to "kind"`,
      [near ?? "kind"],
      "key",
    );
    return undefined;
  }
  const path = ["kind"];
  if (isDeferred(kind)) {
    report("`kind` cannot contain a resource-time expression", "Use ${ }, or write it out", path);
  } else if (typeof kind !== "string") {
    report(`\`kind\` must be a string, and it is ${describe(kind)}`, "Write it as a string", path);
  } else if (isKind(kind)) {
    return kind;
  } else {
    report(`"${kind}" is not a valid kind`, helpForKind(kind), path);
  }
  return undefined;
}

function checkMetadata(
  value: ValueMap,
  kind: string | undefined,
  report: Report,
): string | undefined {
  const metadata = value["metadata"];
  if (metadata === ERROR_VALUE) return undefined;
  if (metadata === undefined || metadata === null) {
    // `metadata` is empty and `name` follows: `name` was probably meant to be indented.
    if (metadata === null && value["name"] !== undefined) {
      const help = "Indent `name` by two spaces, so that it belongs to `metadata` above it";
      report("`name` must be indented below `metadata`", help, ["name"], "key");
      return undefined;
    }
    const near = Object.keys(value).find((key) =>
      key !== "metadata" && didYouMean(key, ["metadata"])
    );
    const help = near === undefined
      ? typeof value["name"] === "string"
        ? `Write \`metadata: { name: ${value["name"]} }\` instead of \`name\``
        : "Add `metadata: { name: … }`"
      : `Did you mean "metadata"? It is written "${near}" here`;
    report("The resource has no `metadata.name`", help, ["metadata", "name"]);
    return undefined;
  }
  if (!isMap(metadata)) {
    report(
      `\`metadata\` must be a map, and it is ${describe(metadata)}`,
      helpForMetadata(metadata),
      ["metadata"],
    );
    return undefined;
  }
  for (const key of OWN_METADATA) {
    if (metadata[key] === undefined) continue;
    report(`\`metadata.${key}\` is set by the runtime`, "Remove it", ["metadata", key], "key");
  }
  return checkName(metadata, kind, report);
}

function helpForKind(kind: string): string {
  const forbidden = kind.split(".").find(isForbiddenName);
  if (forbidden !== undefined) return `"${forbidden}" cannot be a part of a kind`;
  const comment = /^(\S+)\s*(?:\/\/|\/\*|--)/.exec(kind)?.[1];
  if (comment !== undefined) return "A comment begins with a space and #";
  return "A kind is made of letters, digits and _, in parts joined by dots, such as Http.Server";
}

/** A suggestion for metadata that is not a map. */
function helpForMetadata(metadata: Value): string {
  if (Array.isArray(metadata)) return "Remove the dash: write `name: …` indented below `metadata`";
  const name = typeof metadata === "string"
    ? /^name[:=\s]\s*(\S+)$/.exec(metadata)?.[1]
    : undefined;
  return name === undefined ? "Write `metadata: { name: … }`" : `Write \`name: ${name}\``;
}

function checkName(
  metadata: ValueMap,
  kind: string | undefined,
  report: Report,
): string | undefined {
  const name = metadata["name"];
  const path = ["metadata", "name"];
  if (name === ERROR_VALUE) return undefined;
  if (name === undefined || name === null) {
    const near = Object.keys(metadata).find((key) => key !== "name" && didYouMean(key, ["name"]));
    report(
      name === null ? "`metadata.name` is null" : "The resource has no `metadata.name`",
      near === undefined ? "Add one: it is unique within the kind" : `Rename "${near}" to "name"`,
      near === undefined ? path : ["metadata", near],
      name === null ? "value" : "key",
    );
  } else if (isDeferred(name)) {
    report(
      "`metadata.name` cannot contain a resource-time expression",
      "Use ${ }, or write it out",
      path,
    );
  } else if (typeof name === "number" || typeof name === "boolean") {
    report(
      `\`metadata.name\` must be a string, and it is ${describe(name)}`,
      `Quote it: name: "${name}"`,
      path,
    );
  } else if (typeof name !== "string") {
    report(
      `\`metadata.name\` must be a string, and it is ${describe(name)}`,
      "Write a string",
      path,
    );
  } else if (isName(name, kind ?? "")) {
    return name;
  } else {
    report(...wrongName(name, kind), path);
  }
  return undefined;
}

function wrongName(name: string, kind: string | undefined): [problem: string, help: string] {
  if (name === "") return ["`metadata.name` is empty", "Name the resource"];
  if (isForbiddenName(name)) return [`"${name}" cannot be a name`, "Choose another name"];
  if (kind === KERNEL_KINDS.kindDefinition) {
    return [
      `"${name}" is not a valid kind, which the name of a ${kind} must be`,
      "A kind is made of letters, digits and _, in parts joined by dots",
    ];
  }
  if (name.includes(".")) {
    return [
      `The name "${name}" contains a dot`,
      `A resource is referred to as Kind.Name, split at the last dot: write "${
        name.replaceAll(".", "-")
      }" for instance`,
    ];
  }
  const wrong = /[^\p{L}\p{N}_:@-]/u.exec(name)?.[0];
  return [
    `The name "${name}" contains ${wrong === " " ? "a space" : `"${wrong}"`}`,
    /[“”„‘’«»]/.test(wrong ?? "")
      ? `${wrong} is a typographic quote: write " or '`
      : "A name is made of letters, digits and the characters _ - : @",
  ];
}

/** A description of a value for messages. */
export function describe(value: Value | undefined): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (isDeferred(value)) return "an expression";
  if (value instanceof Raw) return "tagged !raw";
  if (typeof value === "object") return "a map";
  if (typeof value === "string") return "a string";
  return `the ${typeof value} ${value}`;
}
