/**
 * Loads controllers, each module once, and takes what they export.
 * Rules: specification §5 and §10.3, decisions D-15 and D-16.
 */
import { fail, isDiglyError, messageOf } from "../../contract/errors.ts";
import { resolveLocation } from "../../contract/location.ts";
import type { ControllerEntry } from "../../contract/manifest.ts";
import { nearestPath } from "../../contract/near_file.ts";
import { nearest } from "../../contract/nearest.ts";
import type { Check, Controller } from "../../contract/module.ts";
import type { Platform } from "../../contract/platform.ts";

/** Controllers that are part of the program, by URL. */
export type EmbeddedControllers = Readonly<Record<string, () => Promise<unknown>>>;

/** Loads controllers by their entry. */
export interface ControllerLoader {
  /** The URL an entry stands for. */
  urlOf(entry: ControllerEntry): string;
  /** True when there is something to load at the entry's URL. */
  exists(entry: ControllerEntry): boolean;
  /** The entrypoint that was most likely meant by one that does not exist. */
  nearestTo(entry: ControllerEntry): string | undefined;
  /** Imports the controller. Throws `ERR_MODULE_INVALID` when that fails or it exports nothing of use. */
  load(entry: ControllerEntry): Promise<Controller>;
  /** Imports the `check` of a kind. Throws `ERR_MODULE_INVALID` as `load` does. */
  loadCheck(entry: ControllerEntry): Promise<Check>;
}

const EXPORTS = ["register", "create", "execute"] as const;

/** Makes a loader that imports every URL once. */
export function createControllerLoader(
  platform: Platform,
  embedded: EmbeddedControllers,
): ControllerLoader {
  const loaded = new Map<string, Promise<Controller>>();
  const urlOf = (entry: ControllerEntry) => resolveLocation(entry.entrypoint, entry.base);

  async function importFile(
    url: string,
    { origin }: ControllerEntry,
    what: string,
  ): Promise<Record<string, unknown>> {
    try {
      const own = embedded[url];
      return own === undefined
        ? await platform.importModule(url)
        : await own() as Record<string, unknown>;
    } catch (error) {
      if (isDiglyError(error)) throw error;
      throw fail("ERR_MODULE_INVALID", {
        problem: `The ${what} ${platform.toPath(url)} failed to load: ${messageOf(error)}`,
      }, { origin, cause: error });
    }
  }

  async function importController(url: string, entry: ControllerEntry): Promise<Controller> {
    const namespace = await importFile(url, entry, "controller");
    return takeExports(namespace, platform.toPath(url), entry);
  }

  return {
    urlOf,
    exists(entry) {
      if (!URL.canParse(entry.entrypoint, entry.base)) return false;
      const url = urlOf(entry);
      return embedded[url] !== undefined || platform.files.stat(url)?.kind === "file";
    },
    nearestTo: ({ entrypoint, base }) => nearestPath(entrypoint, base, platform.files),
    load(entry) {
      const url = urlOf(entry);
      let controller = loaded.get(url);
      if (controller === undefined) loaded.set(url, controller = importController(url, entry));
      return controller;
    },
    async loadCheck(entry) {
      const url = urlOf(entry);
      const { check } = await importFile(url, entry, "check");
      if (typeof check === "function") return check as Check;
      throw fail("ERR_MODULE_INVALID", {
        problem: `The check ${platform.toPath(url)} exports no function \`check\``,
      }, { origin: entry.origin, help: "Write `export function check(resource, ctx) { … }`" });
    },
  };
}

/** Named exports first, then those of a default export. */
function takeExports(
  namespace: Record<string, unknown>,
  where: string,
  entry: ControllerEntry,
): Controller {
  const fallback = namespace["default"];
  const controller: Record<string, unknown> = {};
  for (const name of EXPORTS) {
    const own = namespace[name];
    if (typeof own === "function") controller[name] = own;
    else if (hasFunction(fallback, name)) controller[name] = fallback[name].bind(fallback);
    else if (own !== undefined) {
      throw fail("ERR_MODULE_INVALID", {
        problem:
          `The controller ${where} exports \`${name}\`, which is no function (${typeof own})`,
      }, { origin: entry.origin, help: `Export a function named ${name}` });
    }
  }
  if (Object.keys(controller).length === 0) {
    throw fail("ERR_MODULE_INVALID", {
      problem: `The controller ${where} exports none of register, create and execute`,
    }, {
      origin: entry.origin,
      help: helpForExports(namespace),
    });
  }
  return controller as Controller;
}

function helpForExports(namespace: Record<string, unknown>): string {
  const fallback = namespace["default"];
  const given = [
    ...Object.keys(namespace),
    ...(typeof fallback === "object" && fallback !== null ? Object.keys(fallback) : []),
  ];
  for (const name of given) {
    const near = nearest(name, EXPORTS);
    if (near !== undefined) return `It exports "${name}": did you mean "${near}"?`;
  }
  return isClass(fallback)
    ? `Its default export is a class: write "export default new ${fallback.name || "Controller"}()"`
    : "Export at least one of them, by name or on the default export";
}

function isClass(value: unknown): value is { readonly name: string } {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}

function hasFunction<Name extends string>(
  value: unknown,
  name: Name,
): value is Record<Name, (...args: never[]) => unknown> {
  return (typeof value === "object" || typeof value === "function") && value !== null &&
    name in value && typeof (value as Record<string, unknown>)[name] === "function";
}
