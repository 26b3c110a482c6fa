/** Where the resources of an app hold values that wait for their controller. */
import {
  type Deferred,
  isDeferred,
  type Path,
  type RuntimeResource,
} from "../../contract/resource.ts";

/** A field whose value waits. */
export interface DeferredPlace {
  readonly urn: string;
  readonly resource: RuntimeResource;
  readonly path: Path;
}

/** A resource and its name. */
export interface Placed {
  readonly urn: string;
  readonly resource: RuntimeResource;
}

/** Finds the field that a deferred value is in. */
export interface DeferredPlaces {
  /**
   * The field of `owner`, or the only one of any resource. A template may put one value into several
   * resources: `undefined` if none of them is `owner`.
   */
  find(deferred: Deferred, owner: string): DeferredPlace | undefined;
}

/** Creates the index of an app, to which resources are only added. */
export function createDeferredPlaces(
  all: () => readonly Placed[],
  mayWait: (placed: Placed) => boolean,
): DeferredPlaces {
  const places = new Map<Deferred, DeferredPlace[]>();
  let indexed = 0;

  function index(): void {
    const entries = all();
    for (; indexed < entries.length; indexed++) {
      const entry = entries[indexed];
      if (entry === undefined || !mayWait(entry)) continue;
      const { urn, resource } = entry;
      for (const { deferred, path } of deferredIn(resource)) {
        const place = { urn, resource, path };
        const others = places.get(deferred);
        if (others === undefined) places.set(deferred, [place]);
        else others.push(place);
      }
    }
  }

  return {
    find(deferred, owner) {
      index();
      const found = places.get(deferred) ?? [];
      return found.length === 1 ? found[0] : found.find(({ urn }) => urn === owner);
    },
  };
}

/** The deferred values in a resource, or in a part of it. */
export function deferredIn(
  resource: unknown,
): { readonly deferred: Deferred; readonly path: Path }[] {
  const found: { deferred: Deferred; path: Path }[] = [];
  const path: (string | number)[] = [];
  const walk = (value: unknown) => {
    if (typeof value !== "object" || value === null) return;
    if (isDeferred(value)) return void found.push({ deferred: value, path: [...path] });
    const isList = Array.isArray(value);
    for (const [key, item] of Object.entries(value)) {
      if (typeof item !== "object") continue;
      path.push(isList ? Number(key) : key);
      walk(item);
      path.pop();
    }
  };
  walk(resource);
  return found;
}
