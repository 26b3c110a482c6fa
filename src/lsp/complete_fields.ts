/** Completions of keys: fields, directives, and what a manifest consists of. */
import { DIRECTIVE_SCHEMAS } from "../contract/directives.ts";
import type { SchemaMap } from "../contract/schema_map.ts";
import { TEST_CASE } from "../testing/test_case.ts";
import { type Completing, item, type ItemOptions } from "./completion_item.ts";
import { isOpaque, schemaOfKind, schemasOf } from "./resource_at.ts";
import { descriptionIn, fieldsIn, requiredIn, typeWords } from "./schema_walk.ts";
import { fieldSnippet } from "./snippets.ts";
import { COMPLETION_KIND, type CompletionItem } from "./protocol.ts";
import type { Cursor } from "./cursor.ts";

/** The keys that can be written at a cursor. */
export function completeFields(completing: Completing): CompletionItem[] {
  const { cursor, resource, app } = completing;
  if (resource === undefined) return [];
  // The path of a key is that of its entry; keys in the place of a value belong below it.
  const path = cursor.isKey ? resource.path.slice(0, -1) : resource.path;
  const present = presentKeys(cursor);
  const schemas = schemasOf(resource, path, app);
  const required = new Set(requiredIn(schemas));
  const root = schemaOfKind(resource, app);
  const items: CompletionItem[] = [];
  for (const [name, schema] of fieldsIn(schemas)) {
    if (present.has(name)) continue;
    items.push(fieldItem(name, schema, { required: required.has(name), root }, completing));
  }
  if (resource.kind === TEST_CASE && path.length === 1 && path[0] === "mock") {
    for (const urn of app?.app.registry.urns ?? []) {
      if (present.has(urn)) continue;
      items.push(keyItem(urn, { detail: "resource", snippet: `${urn}:` }, completing));
    }
  }
  if (!resource.isManifest && !isOpaque({ ...resource, path })) {
    for (const [name, schema] of Object.entries(DIRECTIVE_SCHEMAS)) {
      if (present.has(name)) continue;
      const documentation = String(schema["description"]);
      const snippet = `\\${name}:${schema["type"] === "object" ? "\n  $1" : " $1"}`;
      const options = { detail: "directive", documentation, snippet, group: "8" };
      items.push(keyItem(name, { ...options, kind: COMPLETION_KIND.keyword }, completing));
    }
  }
  return items;
}

function presentKeys({ parents, isKey, node }: Cursor): ReadonlySet<string> {
  const parent = isKey ? parents.at(-1) : undefined;
  if (parent?.type !== "map") return new Set();
  const others = parent.entries.filter(({ key }) => key !== node);
  return new Set(others.map(({ key }) => key.value));
}

function fieldItem(
  name: string,
  schema: SchemaMap,
  { required, root }: { readonly required: boolean; readonly root: unknown },
  completing: Completing,
): CompletionItem {
  const words = typeWords([schema]);
  const { default: value } = schema;
  const documentation = [
    descriptionIn([schema]),
    value === undefined ? undefined : `Default: \`${JSON.stringify(value)}\``,
  ].filter((text) => text !== undefined).join("\n\n");
  return keyItem(name, {
    detail: [words, required ? "required" : ""].filter((text) => text !== "").join(", "),
    documentation,
    snippet: fieldSnippet(name, schema, root),
    group: required ? "0" : "1",
    kind: COMPLETION_KIND.property,
  }, completing);
}

function keyItem(
  name: string,
  options: Omit<ItemOptions, "kind"> & { readonly kind?: number },
  completing: Completing,
): CompletionItem {
  const { cursor } = completing;
  // A key that has its colon already keeps its value; a flow map stays in its line.
  const isFlow = cursor.parents.at(-1)?.isFlow === true;
  const { snippet, ...rest } = options;
  const kind = options.kind ?? COMPLETION_KIND.property;
  if (cursor.hasColon) return item(name, { ...rest, kind }, completing);
  return item(name, {
    ...rest,
    kind,
    snippet: isFlow ? `${name.replace("$", "\\$")}: $1` : snippet,
  }, completing);
}
