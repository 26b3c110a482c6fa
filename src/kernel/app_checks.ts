/** The checks of a loaded app that need no controller, and what they found out. */
import type { Origin } from "../contract/errors.ts";
import type { Path } from "../contract/resource.ts";
import type { TextPart } from "../contract/source.ts";
import type { App } from "../load/load.ts";
import { knownCodes } from "../load/registry/declared_errors.ts";
import type { RegistryEntry } from "../load/registry/registry.ts";
import type { TypedExpression } from "../load/types/resource_check.ts";
import type { TypeHints } from "../load/types/type_hints.ts";
import { AppFiles } from "./app_files.ts";
import type { AppKinds } from "./app_kinds.ts";
import type { ExpressionServices } from "./boot/services.ts";
import { type ChosenEntries, logChoices } from "./controller_choices.ts";
import type { LocalResources } from "./local_resources.ts";
import type { KernelLoadOptions } from "./load_options.ts";
import type { KernelParts } from "./parts.ts";
import { collectDependencies, type Dependency } from "./verify/dependencies.ts";
import { verifyResources } from "./verify/verify.ts";

const NO_DEPENDENCIES: readonly Dependency[] = [];

/** What the checks need. */
export interface AppToCheck {
  readonly app: App;
  readonly options: KernelLoadOptions;
  readonly parts: KernelParts;
  readonly kinds: AppKinds;
  readonly local: LocalResources;
  readonly originAt: (urn: string, path: Path, part?: TextPart) => Origin | undefined;
  readonly importFor: (kind: string) => string | undefined;
  readonly expressions: () => ExpressionServices;
}

/** The checks of one app. */
export class AppChecks {
  readonly #checked: AppToCheck;
  #chosen: ChosenEntries | undefined;
  /** What the checks of kinds say about types, for an app that will not be started. */
  #hints: TypeHints | undefined;
  readonly #dependencies = new Map<string, readonly Dependency[]>();

  constructor(checked: AppToCheck) {
    this.#checked = checked;
  }

  /** What the checks of kinds say about types, after {@link verify} of an app that is checked. */
  get hints(): TypeHints | undefined {
    return this.#hints;
  }

  /** Checks every resource, and the types of expressions if the app will not be started. */
  async verify(): Promise<ChosenEntries> {
    try {
      return await this.#verifyAll();
    } finally {
      this.#checked.parts.options.onProgress?.(undefined);
    }
  }

  async #verifyAll(): Promise<ChosenEntries> {
    const { app, options, parts } = this.#checked;
    if (parts.options.checking) {
      const { TypeHints } = await import("../load/types/type_hints.ts");
      this.#hints = new TypeHints();
    }
    const chosen = this.#chosen = await this.verifyEntries(app.registry.entries());
    if (this.#hints !== undefined) {
      const { checkTypesOf } = await import("../load/types/template_check.ts");
      const { diagnostics, onProgress } = options;
      await checkTypesOf(app, { hints: this.#hints, diagnostics, onProgress });
      diagnostics.release();
    }
    return chosen;
  }

  /** Every expression with its place and its type. */
  async expressions(): Promise<readonly TypedExpression[]> {
    const { typedExpressions } = await import("../load/types/type_check.ts");
    return await typedExpressions(this.#checked.app, this.#hints);
  }

  /** The controller entries chosen by {@link verify}, which is called if it was not. */
  async chosenEntries(): Promise<ChosenEntries> {
    return this.#chosen ?? await this.verify();
  }

  /** Checks some resources; returns the controller entry chosen for each of their kinds. */
  async verifyEntries(entries: readonly RegistryEntry[]): Promise<ChosenEntries> {
    const { app, parts, originAt, importFor } = this.#checked;
    const { kinds, registry, limits } = app;
    const { loader, platform, options, logStep } = parts;
    const { diagnostics } = this.#checked.options;
    const isA = (kind: string, wanted: string) => this.#checked.kinds.isA(kind, wanted);
    const chosen = await verifyResources(entries, {
      kinds,
      get urns() {
        return registry.urns;
      },
      host: platform.runtime,
      moduleOf: (kind) => this.#checked.kinds.moduleOf(kind),
      isA,
      all: () => registry.entries(),
      loadCheck: (entry) => loader.loadCheck(entry),
      files: platform.files,
      readFiles: (urn, path) => new AppFiles(app, loader, platform.files).read(urn, path),
      originAt,
      isElsewhere: (urn) => !this.#checked.local.has(urn),
      isFaked: (urn) => options.fakes !== undefined && Object.hasOwn(options.fakes, urn),
      exists: (entry) => loader.exists(entry),
      problemOf: (entry) => loader.problemOf(entry),
      placeOf: (entry) => platform.toPath(loader.urlOf(entry)),
      nearestTo: (entry) => loader.nearestTo(entry),
      importFor,
      generated: options.builtins.validators ?? (async () => await undefined),
      limits,
      checking: options.checking ?? false,
      connects: options.connects ?? false,
      errorCodes: () => knownCodes(kinds, registry),
      hints: this.#hints,
      onProgress: options.onProgress,
      expressions: this.#checked.expressions(),
      diagnostics,
    });
    const added = collectDependencies(entries, {
      kinds,
      get urns() {
        return registry.urns;
      },
      isA,
      all: () => registry.entries(),
      diagnostics,
    });
    for (const [urn, needed] of added) this.#dependencies.set(urn, needed);
    if (logStep !== undefined) logChoices(chosen, kinds, parts, logStep);
    return chosen;
  }

  /** What must be initialised before a resource is created, with the fields that say so. */
  dependenciesOf(urn: string): readonly Dependency[] {
    return this.#dependencies.get(urn) ?? NO_DEPENDENCIES;
  }
}
