/**
 * What a controller's `create` may return, and what it may not do to its resource.
 * Rules: specification §5, decision D-19.
 */
import { formatPath } from "../../contract/errors.ts";
import type { ResourceInstance } from "../../contract/module.ts";

/** A wrong `snapshot` costs only its own entry in a snapshot. */
const METHODS = ["init", "execute", "drain", "teardown"] as const;

/** Why a value is no instance; `undefined` for one that is. */
export function instanceProblem(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const what = value === undefined
      ? "nothing"
      : Array.isArray(value)
      ? "a list"
      : `a ${typeof value}`;
    return `its controller's create returned ${what}`;
  }
  for (const name of METHODS) {
    const method: unknown = (value as ResourceInstance)[name];
    if (method === undefined || typeof method === "function") continue;
    const what = method === null ? "null" : typeof method;
    return `its controller's create returned an instance whose \`${name}\` is no function (${what})`;
  }
  return undefined;
}

/** What V8 and JavaScriptCore say of a change to what is frozen; V8 names the property. */
const CHANGES = [
  /^Cannot assign to read only property '(?<key>.+?)' of /,
  /^Cannot delete property '(?<key>.+?)' of /,
  /^Cannot add property (?<added>.+), object is not extensible$/,
  /^Cannot define property (?<added>.+), object is not extensible$/,
  /^Attempted to assign to readonly property/,
  /^Attempting to define property on object that is not extensible/,
  /^Unable to delete property/,
];

/** In words, that a controller changes its resource; `undefined` when it threw something else. */
export function changeProblem(thrown: unknown, resource: unknown): string | undefined {
  if (!(thrown instanceof TypeError)) return undefined;
  for (const pattern of CHANGES) {
    const match = pattern.exec(thrown.message);
    if (match === null) continue;
    const { key, added } = match.groups ?? {};
    const places = key !== undefined
      ? placesOf(resource, (value) => Object.hasOwn(value, key) ? key : undefined)
      : added !== undefined && /^\d+$/.test(added)
      ? placesOf(
        resource,
        (value) => Array.isArray(value) && value.length === +added ? added : undefined,
      )
      : [];
    // Something else that is frozen, and has nothing to do with the resource.
    if (key !== undefined && places.length === 0) return undefined;
    const field = places.length === 1 ? places[0] : key ?? added;
    const what = field === undefined
      ? "changes its resource"
      : `changes \`${field}\` of its resource`;
    return `its controller ${what}, and resources are frozen`;
  }
  return undefined;
}

/** Where `find` gives a key: `list[1].deep`. */
function placesOf(
  root: unknown,
  find: (value: object) => string | undefined,
  path: readonly (string | number)[] = [],
): string[] {
  if (typeof root !== "object" || root === null) return [];
  const step = (key: string) => Array.isArray(root) ? Number(key) : key;
  const key = find(root);
  const own = key === undefined ? [] : [formatPath([...path, step(key)]).replace(/^\$\.?/, "")];
  return own.concat(
    ...Object.entries(root).map(([name, value]) => placesOf(value, find, [...path, step(name)])),
  );
}
