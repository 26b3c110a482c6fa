/** The kinds of a loaded app, and the modules that serve them. */
import type { DiglyModule } from "../contract/module.ts";
import type { App } from "../load/load.ts";
import {
  declaredBy,
  declaredError,
  type DeclaredErrors,
} from "../load/registry/declared_errors.ts";
import type { KindEntry } from "../load/registry/kinds.ts";
import type { KindEvents, ModuleIdentity } from "./boot/services.ts";

/** The kinds of an app. */
export class AppKinds {
  readonly #kinds: App["kinds"];
  readonly #modules: App["modules"];
  readonly #registered: readonly DiglyModule[];

  /** `registered` are the modules from code. */
  constructor({ kinds, modules }: App, registered: readonly DiglyModule[]) {
    this.#kinds = kinds;
    this.#modules = modules;
    this.#registered = registered;
  }

  get(name: string): KindEntry | undefined {
    return this.#kinds.get(name);
  }

  /** What a module declares about one of its error codes. */
  error(code: string): { readonly status: number | undefined } | undefined {
    return declaredError(this.#kinds, code);
  }

  /** The errors that the module of a kind declares. */
  declaredBy(kind: string): DeclaredErrors | undefined {
    return declaredBy(this.#kinds, kind);
  }

  /** The module whose controller serves `kind`. */
  moduleOf(kind: string): ModuleIdentity {
    const entry = this.get(kind);
    const name = (entry && this.get(entry.servedBy)?.module) ?? "";
    const loaded = this.#modules.find(({ manifest }) => manifest.name === name);
    const version = loaded?.manifest.version ?? this.registeredModule(name)?.version;
    return { name, ownName: loaded?.manifest.ownName ?? name, version };
  }

  /** The module registered from code whose controller serves `kind`. */
  registeredModuleOf(kind: string): DiglyModule | undefined {
    return this.registeredModule(this.moduleOf(kind).name);
  }

  /** The module of this name that was registered from code. */
  registeredModule(name: string): DiglyModule | undefined {
    return this.#registered.find((module) => module.name === name);
  }

  /** True for a kind itself, for every kind that extends it, and for a contract that one fulfils. */
  isA(kind: string, wanted: string): boolean {
    return this.withBases(kind).some((name) =>
      name === wanted || this.get(name)?.implements.includes(wanted) === true
    );
  }

  /** A kind and those that it extends, directly or not. */
  withBases(kind: string): readonly string[] {
    const kinds: string[] = [];
    for (let at: string | undefined = kind; at !== undefined; at = this.get(at)?.extends) {
      kinds.push(at);
    }
    return kinds;
  }

  /** True for a kind that a controller of a module that is not built in serves. */
  runsOwnCode(kind: string): boolean {
    const entry = this.get(this.get(kind)?.servedBy ?? "");
    if (entry === undefined || entry.implementation.type === "inert") return false;
    return entry.sourceUrl?.startsWith("digly:") !== true;
  }

  names(): Iterable<string> {
    return this.#kinds.keys();
  }

  /** The events of a kind, and the modules that may emit them; `undefined` for an unknown kind. */
  eventsOf(kind: string): KindEvents | undefined {
    const entry = this.get(kind);
    if (entry === undefined) return undefined;
    const modules = [...new Set([entry.module, this.moduleOf(kind).name])];
    return {
      modules,
      events: this.withBases(kind).flatMap((name) => this.get(name)?.events ?? []),
    };
  }
}
