/** Checks of what a controller's `create` returns, and of attempts to change its resource. */
import { formatField } from "../../contract/field_path.ts";
import type { ResourceInstance } from "../../contract/module.ts";
import { nearestMember } from "../../diagnostics/nearest.ts";

/** `snapshot` and `locate` are not among them: a wrong one only affects what it would say. */
const METHODS = ["init", "start", "reload", "execute", "drain", "teardown"] as const;

const MEMBERS: ReadonlySet<string> = new Set([...METHODS, "snapshot", "api"]);

/** Why a value is not an instance; `undefined` if it is one. */
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
    return `its controller's create returned an instance whose \`${name}\` is not a function (${what})`;
  }
  return undefined;
}

/** A member of an instance that looks misspelt, and what it was meant to be. */
export interface MisspeltMember {
  readonly name: string;
  readonly nearest: string;
}

/** Prototypes without a misspelt member, which instances of one class share. */
const checkedPrototypes = new WeakSet<object>();

/** More names than that are not kept. */
const MAX_NAMES = 1_000;

/** What other names were probably meant to be: all instances of a kind have the same names. */
const nearestMembers = new Map<string, string | undefined>();

function nearestTo(name: string): string | undefined {
  if (nearestMembers.has(name)) return nearestMembers.get(name);
  const near = nearestMember(name, MEMBERS);
  if (nearestMembers.size < MAX_NAMES) nearestMembers.set(name, near);
  return near;
}

/** The first misspelt member of an instance, own or of its class. */
export function misspeltMember(instance: object): MisspeltMember | undefined {
  for (
    let at: object | null = instance;
    at !== null && at !== Object.prototype && !checkedPrototypes.has(at);
    at = Object.getPrototypeOf(at)
  ) {
    for (const name of Object.getOwnPropertyNames(at)) {
      if (MEMBERS.has(name)) continue;
      const near = nearestTo(name);
      if (near === undefined || near in instance) continue;
      if (near !== "api" && !isMethod(at, name)) continue;
      return { name, nearest: near };
    }
    if (at !== instance) checkedPrototypes.add(at);
  }
  return undefined;
}

function isMethod(owner: object, name: string): boolean {
  return typeof Object.getOwnPropertyDescriptor(owner, name)?.value === "function";
}

/** The messages of V8 and JavaScriptCore for changes to frozen values; V8 names the property. */
const CHANGES = [
  /^Cannot assign to read only property '(?<key>.+?)' of /,
  /^Cannot delete property '(?<key>.+?)' of /,
  /^Cannot add property (?<added>.+), object is not extensible$/,
  /^Cannot define property (?<added>.+), object is not extensible$/,
  /^Attempted to assign to readonly property/,
  /^Attempting to define property on object that is not extensible/,
  /^Unable to delete property/,
];

/** Describes an attempt to change a frozen resource; `undefined` for any other error. */
export function changeProblem(thrown: unknown, resource: unknown): string | undefined {
  if (!(thrown instanceof TypeError)) return undefined;
  for (const pattern of CHANGES) {
    const match = pattern.exec(thrown.message);
    if (match === null) continue;
    const { key, added } = match.groups ?? {};
    const paths = key !== undefined
      ? pathsOf(resource, (value) => Object.hasOwn(value, key) ? key : undefined)
      : added !== undefined && /^\d+$/.test(added)
      ? pathsOf(
        resource,
        (value) => Array.isArray(value) && value.length === +added ? added : undefined,
      )
      : [];
    // The frozen value is not part of the resource.
    if (key !== undefined && paths.length === 0) return undefined;
    const field = paths.length === 1 ? paths[0] : key ?? added;
    const what = field === undefined
      ? "changes its resource"
      : `changes \`${field}\` of its resource`;
    return `its controller ${what}, and resources are frozen`;
  }
  return undefined;
}

/** The paths at which `find` returns a key: `list[1].deep`. */
function pathsOf(
  root: unknown,
  find: (value: object) => string | undefined,
  path: readonly (string | number)[] = [],
): string[] {
  if (typeof root !== "object" || root === null) return [];
  const step = (key: string) => Array.isArray(root) ? Number(key) : key;
  const key = find(root);
  const own = key === undefined ? [] : [formatField([...path, step(key)])];
  return own.concat(
    ...Object.entries(root).map(([name, value]) => pathsOf(value, find, [...path, step(name)])),
  );
}
