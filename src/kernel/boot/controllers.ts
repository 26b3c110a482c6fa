/** Loads the modules of controllers, each once, and reads their exports. */
import { isWebAssembly } from "../../contract/code.ts";
import { type DiglyError, fail, isDiglyError, messageOf } from "../../contract/errors.ts";
import { resolveLocation } from "../../contract/location.ts";
import type { ControllerEntry } from "../../contract/manifest.ts";
import { missingPackage } from "../../diagnostics/import_error.ts";
import { nearestPath } from "../../diagnostics/nearest_file.ts";
import { nearest, nearestMember } from "../../diagnostics/nearest.ts";
import type { Check } from "../../contract/check.ts";
import type { Controller } from "../../contract/module.ts";
import type { MisspeltMember } from "./instances.ts";
import type { Platform } from "../../contract/platform.ts";
import { createWasmControllers } from "./wasm_controllers.ts";

/** Controllers that are part of the program, imported on demand, by URL. */
export type EmbeddedControllers = Readonly<Record<string, () => Promise<unknown>>>;

/** Loads controllers by their entry. */
export interface ControllerLoader {
  /** The URL of an entry. */
  urlOf(entry: ControllerEntry): string;
  /** True if there is a file to load at the entry's URL. */
  exists(entry: ControllerEntry): boolean;
  /** The existing entrypoint that is most similar to a missing one. */
  nearestTo(entry: ControllerEntry): string | undefined;
  /** What is wrong with a controller that can be checked without running it, one in WebAssembly. */
  problemOf(entry: ControllerEntry): Promise<DiglyError<"ERR_MODULE_INVALID"> | undefined>;
  /** Imports the controller. Throws `ERR_MODULE_INVALID` if that fails or if it exports no entry function. */
  load(entry: ControllerEntry): Promise<Controller>;
  /** Imports any other module that belongs to the app. Throws as `load` does. */
  importFile(entry: ControllerEntry, role: string): Promise<Record<string, unknown>>;
  /** Imports the `check` of a kind. Throws `ERR_MODULE_INVALID` as `load` does. */
  loadCheck(entry: ControllerEntry): Promise<Check>;
  /** Makes the next load of WebAssembly files that have changed read them again. */
  forgetChangedWasm(): void;
  /** Makes the next load of these modules import them again; false if the runtime cannot. */
  forget(urls: ReadonlySet<string>): boolean;
  /** When a module was last forgotten, in milliseconds since the epoch; 0 if it never was. */
  forgottenAt(url: string): number;
}

const EXPORTS = ["register", "create", "execute", "value", "connect"] as const;

/** Creates a loader that imports every URL once. */
export function createControllerLoader(
  platform: Platform,
  embedded: EmbeddedControllers,
): ControllerLoader {
  const loaded = new Map<string, Promise<Controller>>();
  const forgotten = new Map<string, number>();
  const wasm = createWasmControllers(platform);
  const urlOf = (entry: ControllerEntry) => resolveLocation(entry.entrypoint, entry.base);

  async function importFile(
    url: string,
    entry: ControllerEntry,
    role: string,
  ): Promise<Record<string, unknown>> {
    const importEmbedded = embedded[url];
    try {
      return importEmbedded === undefined
        ? await platform.importModule(url)
        : await importEmbedded() as Record<string, unknown>;
    } catch (error) {
      if (isDiglyError(error)) throw error;
      const missing = importEmbedded === undefined ? undefined : missingPackage(error);
      if (missing !== undefined) {
        throw fail("ERR_MODULE_INVALID", {
          problem: `The package "${missing}", which ${url} needs, is not installed`,
        }, { help: "Run `npm install` in the folder of Digly's sources", cause: error });
      }
      // The place of an entry is looked for in the text of its file, which a good start never needs.
      throw fail("ERR_MODULE_INVALID", {
        problem: `The ${role} ${platform.toPath(url)} failed to load: ${messageOf(error)}`,
      }, { origin: entry.origin, cause: error });
    }
  }

  async function importController(url: string, entry: ControllerEntry): Promise<Controller> {
    const namespace = await importFile(url, entry, "controller");
    return readExports(namespace, platform.toPath(url), entry);
  }

  return {
    urlOf,
    exists(entry) {
      if (!URL.canParse(entry.entrypoint, entry.base)) return false;
      const url = urlOf(entry);
      return embedded[url] !== undefined || platform.files.stat(url)?.kind === "file";
    },
    nearestTo: ({ entrypoint, base }) => nearestPath(entrypoint, base, platform.files),
    problemOf: async (entry) =>
      isWebAssembly(entry.entrypoint) ? await wasm.problemOf(entry) : undefined,
    forgetChangedWasm: () => wasm.forgetChanged(),
    load(entry) {
      const url = urlOf(entry);
      if (isWebAssembly(url)) return wasm.load(entry);
      let controller = loaded.get(url);
      if (controller === undefined) loaded.set(url, controller = importController(url, entry));
      return controller;
    },
    importFile: (entry, role) => importFile(urlOf(entry), entry, role),
    forget(urls) {
      if (platform.imported?.forget([...urls]) !== true) return false;
      for (const url of urls) {
        loaded.delete(url);
        forgotten.set(url, Date.now());
      }
      return true;
    },
    forgottenAt: (url) => forgotten.get(url) ?? 0,
    async loadCheck(entry) {
      const url = urlOf(entry);
      const { check } = await importFile(url, entry, "check");
      if (typeof check === "function") return check as Check;
      throw fail("ERR_MODULE_INVALID", {
        problem: `The check ${platform.toPath(url)} does not export a function \`check\``,
      }, { origin: entry.origin, help: "Write `export function check(resource, ctx) { … }`" });
    },
  };
}

/** Named exports win over members of the default export. */
function readExports(
  namespace: Record<string, unknown>,
  path: string,
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
          `The controller ${path} exports \`${name}\`, which is not a function (${typeof own})`,
      }, { origin: entry.origin, help: `Export a function named ${name}` });
    }
  }
  const misspelt = misspeltExport(namespace, controller);
  if (misspelt !== undefined) {
    throw fail("ERR_MODULE_INVALID", {
      problem: `The controller ${path} exports \`${misspelt.name}\`, which nothing calls`,
    }, { origin: entry.origin, help: `Did you mean "${misspelt.nearest}"?` });
  }
  if (Object.keys(controller).length === 0) {
    throw fail("ERR_MODULE_INVALID", {
      problem:
        `The controller ${path} exports none of register, create, execute, value and connect`,
    }, {
      origin: entry.origin,
      help: helpForExports(namespace),
    });
  }
  return controller as Controller;
}

/** A function that is exported with a name close to one that is not exported. */
function misspeltExport(
  namespace: Record<string, unknown>,
  controller: Record<string, unknown>,
): MisspeltMember | undefined {
  const missing = EXPORTS.filter((name) => controller[name] === undefined);
  const fallback = namespace["default"];
  const isObject = typeof fallback === "object" && fallback !== null;
  for (const exported of [namespace, isObject ? fallback as Record<string, unknown> : {}]) {
    for (const [name, value] of Object.entries(exported)) {
      if (typeof value !== "function" || isClass(value)) continue;
      const near = nearestMember(name, missing);
      if (near !== undefined) return { name, nearest: near };
    }
  }
  return undefined;
}

function helpForExports(namespace: Record<string, unknown>): string {
  const fallback = namespace["default"];
  const exported = [
    ...Object.keys(namespace),
    ...(typeof fallback === "object" && fallback !== null ? Object.keys(fallback) : []),
  ];
  for (const name of exported) {
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
