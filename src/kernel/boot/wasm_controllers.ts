/** Reads and compiles controllers in WebAssembly, each file once. */
import { MOST_WASM_BYTES } from "../../contract/code.ts";
import { DEFAULT_CODE_LIMITS } from "../../contract/code_limits.ts";
import { type DiglyError, fail, messageOf } from "../../contract/errors.ts";
import { resolveLocation } from "../../contract/location.ts";
import type { ControllerEntry } from "../../contract/manifest.ts";
import type { Controller } from "../../contract/module.ts";
import type { Platform } from "../../contract/platform.ts";
import type { CompiledModule, UnusableModule } from "../../wasm/module.ts";

/** The WebAssembly controllers of a process. */
export interface WasmControllers {
  /** Why the file of an entry is not a controller. Runs nothing of it. */
  problemOf(entry: ControllerEntry): Promise<DiglyError<"ERR_MODULE_INVALID"> | undefined>;
  /** The controller of an entry. Throws `ERR_MODULE_INVALID`. */
  load(entry: ControllerEntry): Promise<Controller>;
  /** Forgets files that have changed since they were read. */
  forgetChanged(): void;
}

/** A file, compiled once for each limit of memory. */
interface CompiledFile {
  readonly changedAt: number | undefined;
  readonly modules: Map<number, Promise<CompiledModule | UnusableModule>>;
  readonly controllers: Map<string, Promise<Controller>>;
}

/** Creates the cache of the WebAssembly controllers. */
export function createWasmControllers({ files, toPath }: Platform): WasmControllers {
  const compiled = new Map<string, CompiledFile>();
  const urlOf = (entry: ControllerEntry) => resolveLocation(entry.entrypoint, entry.base);
  const limitsOf = ({ limits }: ControllerEntry) => limits ?? DEFAULT_CODE_LIMITS;

  function fileOf(url: string): CompiledFile {
    let file = compiled.get(url);
    if (file === undefined) {
      const changedAt = files.changedAt(url);
      compiled.set(url, file = { changedAt, modules: new Map(), controllers: new Map() });
    }
    return file;
  }

  function compile(entry: ControllerEntry): Promise<CompiledModule | UnusableModule> {
    const url = urlOf(entry);
    const { memory } = limitsOf(entry);
    const { modules } = fileOf(url);
    let module = modules.get(memory);
    if (module === undefined) modules.set(memory, module = read(url, memory));
    return module;
  }

  async function read(url: string, memory: number): Promise<CompiledModule | UnusableModule> {
    const { compileModule } = await import("../../wasm/module.ts");
    let bytes: Uint8Array;
    try {
      bytes = files.readBytes(url, MOST_WASM_BYTES);
    } catch (error) {
      return { problem: `cannot be read: ${messageOf(error)}`, help: undefined };
    }
    if (bytes.length > MOST_WASM_BYTES) {
      return { problem: `is larger than ${MOST_WASM_BYTES / 2 ** 20} MiB`, help: undefined };
    }
    return await compileModule(bytes as Uint8Array<ArrayBuffer>, { memory });
  }

  function unusable(
    { problem, help }: UnusableModule,
    entry: ControllerEntry,
  ): DiglyError<"ERR_MODULE_INVALID"> {
    return fail("ERR_MODULE_INVALID", {
      problem: `The controller ${toPath(urlOf(entry))} ${problem}`,
    }, { origin: entry.origin, help });
  }

  async function makeController(entry: ControllerEntry): Promise<Controller> {
    const module = await compile(entry);
    if ("problem" in module) throw unusable(module, entry);
    const { wasmController } = await import("../../wasm/controller.ts");
    const path = toPath(urlOf(entry));
    return wasmController(module, { limits: limitsOf(entry), path, origin: entry.origin });
  }

  return {
    async problemOf(entry) {
      const module = await compile(entry);
      return "problem" in module ? unusable(module, entry) : undefined;
    },
    load(entry) {
      const { controllers } = fileOf(urlOf(entry));
      const key = JSON.stringify(Object.values(limitsOf(entry)));
      let controller = controllers.get(key);
      if (controller === undefined) controllers.set(key, controller = makeController(entry));
      return controller;
    },
    forgetChanged() {
      for (const [url, { changedAt }] of compiled) {
        if (files.changedAt(url) !== changedAt) compiled.delete(url);
      }
    },
  };
}
