/**
 * Resources that are written inline in a field of another one, if the definition of its kind lists
 * the field in `resources`. They become manifests of their own; a stub with their kind and name
 * takes their place. See docs/decisions.md#inline-resources.
 */
import { type DiglyError, fail } from "../../contract/errors.ts";
import { type PatternSet, patternSetOf } from "../../contract/pattern_set.ts";
import { isMap, type Path, type Value, type ValueMap } from "../../contract/resource.ts";
import type { ExpandedManifest, Located } from "../../contract/source.ts";
import { formatUrn, isKernelKind } from "../../contract/urn.ts";
import { setOwn } from "../../contract/own_key.ts";
import { ERROR_VALUE } from "../deferred/error_value.ts";
import type { ExpandOptions } from "./options.ts";

/** A resource and those that are written in it. */
export interface WithInline {
  readonly owner: ExpandedManifest;
  readonly inline: readonly ExpandedManifest[];
}

/** Options of {@link takeInline}. */
export interface InlineOptions
  extends Pick<ExpandOptions, "checkShape" | "diagnostics" | "inline"> {
  /** True for a kind whose resources are instances of a template. */
  readonly isTemplate: (kind: string, module: string) => boolean;
}

/** Takes the inline resources out of a manifest; invalid ones are reported. */
export function takeInline(manifest: ExpandedManifest, options: InlineOptions): WithInline {
  const fields = options.inline(manifest.kind);
  if (fields === undefined) return { owner: manifest, inline: [] };
  const { mayBeReference, isField } = fields;
  const mayBeDeep = fields.paths.some((path) => path.includes("**"));
  const found: { readonly path: Path; readonly value: ValueMap; readonly name: string }[] = [];
  const value = take(manifest.value, patternSetOf(fields.paths), []);
  if (value === manifest.value) return { owner: manifest, inline: [] };
  const owner: ExpandedManifest = { ...manifest, value };
  const inline = found.map(({ path, value, name }): ExpandedManifest => {
    const kind = value["kind"] as string;
    return {
      ...manifest,
      kind,
      name,
      value,
      uri: `${manifest.uri}/${encodeURI(formatUrn(kind, name))}`,
      originAt: (below, anchor) => manifest.originAt([...path, ...below], anchor),
      inline: { owner, at: path },
    };
  });
  return { owner, inline };

  function take(node: Value, rest: PatternSet | undefined, path: Path): Value {
    if (rest?.isEnd) {
      // At any depth, a field of the same name may be data, such as in the input of a step.
      return isMap(node) && (!mayBeDeep || isField(path)) ? stubOf(node, path) : node;
    }
    if (rest === undefined) return node;
    if (Array.isArray(node)) {
      const items = node.map((item, index) => take(item, rest.next(index), [...path, index]));
      return items.some((item, index) => item !== node[index]) ? items : node;
    }
    if (!isMap(node)) return node;
    let copy: ValueMap | undefined;
    for (const key of Object.keys(node)) {
      // The key is one of its own.
      const item = node[key]!;
      const below = rest.next(key);
      const taken = below === undefined ? item : take(item, below, [...path, key]);
      if (taken !== item) setOwn(copy ??= { ...node }, key, taken);
    }
    return copy ?? node;
  }

  function stubOf(node: ValueMap, path: Path): Value {
    const { metadata } = node;
    if (metadata === undefined && typeof node["name"] === "string" && mayBeReference(path)) {
      return node;
    }
    const derived = nameAt(manifest, path);
    const named: ValueMap = metadata === undefined || metadata === null
      ? { ...node, metadata: { name: derived } }
      : isMap(metadata) && metadata["name"] === undefined
      ? { ...node, metadata: { ...metadata, name: derived } }
      : node;
    const located: Located = {
      source: manifest.source,
      originAt: (below, anchor) => manifest.originAt([...path, ...below], anchor),
    };
    const shape = options.checkShape({ ...located, value: named }, options.diagnostics);
    if (shape === undefined) return ERROR_VALUE;
    const refused = refusal(shape.kind, manifest.source.module, options);
    if (refused !== undefined) {
      options.diagnostics.error(refused(located));
      return ERROR_VALUE;
    }
    found.push({ path, value: named, name: shape.name });
    return { kind: shape.kind, metadata: { name: shape.name } };
  }
}

function refusal(
  kind: string,
  module: string,
  { isTemplate }: InlineOptions,
): ((located: Located) => DiglyError) | undefined {
  const reason = isKernelKind(kind)
    ? "it describes something to the runtime"
    : isTemplate(kind, module)
    ? "it is a template, which may generate any number of resources"
    : undefined;
  return reason && (({ originAt }) =>
    fail("ERR_MANIFEST_INVALID", {
      problem: `A resource of the kind ${kind} cannot be written inline: ${reason}`,
    }, {
      origin: originAt(["kind"]),
      help: "Write it as a document of its own, and refer to it by its URN",
    }));
}

/** `Jobs:Job:Nightly:steps:0:resource`: unique, since the URN of the owner is. */
function nameAt({ kind, name }: ExpandedManifest, path: Path): string {
  const steps = path.map((step) => String(step).replace(/[^\p{L}\p{N}_-]/gu, hexOf));
  return [kind.replaceAll(".", ":"), name, ...steps].join(":");
}

/** A character that names may not contain, as `@2e`. */
function hexOf(character: string): string {
  return `@${(character.codePointAt(0) ?? 0).toString(16)}`;
}
