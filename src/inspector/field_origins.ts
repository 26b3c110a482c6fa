/** Where the fields of a resource come from. */
import { isDeferred } from "../contract/resource.ts";
import type { RegistryEntry } from "../load/registry/registry.ts";
import type { FieldOrigin } from "./api.ts";
import type { Places } from "./places.ts";

/** The most fields, and the deepest ones, whose origin is shown. */
const MOST_FIELDS = 300;
const MOST_DEPTH = 6;

type FieldPath = readonly (string | number)[];

/** The origin of each field that is not a map or a list; `template` is the one that made the resource. */
export function originsOf(
  { manifest, resource }: RegistryEntry,
  template: string | undefined,
  places: Places,
): FieldOrigin[] {
  const { kind: _kind, metadata: _metadata, ...fields } = resource;
  const own = manifest.originAt([]);
  const origins: FieldOrigin[] = [];

  function add(path: FieldPath): void {
    const origin = manifest.originAt(path);
    const place = places.of(origin);
    const line = origin.excerpt?.lines[origin.line - origin.excerpt.firstLine] ?? "";
    const variable = /\benv(?:\.([A-Za-z_]\w*)|\[["']([^"']+)["']\])/.exec(
      line.slice(origin.column - 1),
    );
    const name = variable?.[1] ?? variable?.[2];
    const included = includedAt(line, origin.column - 1);
    if (!hasField(manifest.value, path)) origins.push({ path, ...place, via: "default" });
    else if (name !== undefined) origins.push({ path, ...place, via: "environment", name });
    else if (origin.file !== own.file) {
      origins.push({ path, ...place, via: "include", name: place.file });
    } else if (included !== undefined) {
      // What a template includes has the place of its $include.
      origins.push({ path, ...place, via: "include", name: included });
    } else if (manifest.generationDepth > 0) {
      const made = template === undefined ? {} : { name: template };
      origins.push({ path, ...place, via: "template", ...made });
    } else origins.push({ path, ...place, via: "manifest" });
  }

  function visit(value: unknown, path: FieldPath): void {
    if (origins.length >= MOST_FIELDS) return;
    const isContainer = typeof value === "object" && value !== null && !isDeferred(value);
    const items = isContainer ? Object.entries(value) : [];
    if (items.length === 0 || path.length >= MOST_DEPTH) {
      if (path.length > 0) add(path);
      return;
    }
    const isList = Array.isArray(value);
    for (const [key, item] of items) visit(item, [...path, isList ? Number(key) : key]);
  }

  visit(fields, []);
  return origins;
}

/** The file of the `$include` at a place in a line: of its map, its key or its value. */
function includedAt(line: string, at: number): string | undefined {
  for (const match of line.matchAll(/\{? *\$include: *["']?([^"'\s,}]+)/g)) {
    if (at >= match.index && at <= match.index + match[0].length) return match[1];
  }
  return undefined;
}

/** True if a manifest has a field itself, or an expression that gives it. */
function hasField(value: unknown, path: FieldPath): boolean {
  let at = value;
  for (const step of path) {
    if (isDeferred(at)) return true;
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return false;
    at = (at as Readonly<Record<string | number, unknown>>)[step];
  }
  return true;
}
