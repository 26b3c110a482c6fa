/** Options of loading, and what the steps of loading hand to each other. */
import { type LoadedModule } from "./imports/modules.ts";
import type { OnCondition } from "../contract/coverage.ts";
import type { Diagnostics } from "../contract/diagnostics.ts";
import { type Limits } from "../contract/limits.ts";
import type { ControllerEntry } from "../contract/manifest.ts";
import type { OnProgress } from "../contract/progress.ts";
import type { RuntimeResource } from "../contract/resource.ts";
import type { Platform } from "../contract/platform.ts";
import { type KindEntry } from "./registry/kinds.ts";
import type { Redaction } from "./redaction/redaction.ts";
import { type RegistryEntry } from "./registry/registry.ts";
import type { ParsedSources } from "./yaml/parsed_sources.ts";

/** Options of {@link loadApp}. */
export interface AppOptions extends Omit<LoadOptions, "limits"> {
  /** Limits that override those of the manifest. */
  readonly limits: Partial<Limits>;
}

/** Options of the loading stages. */
export interface LoadOptions {
  readonly platform: Platform;
  /** Reads the `file` of a secret or variable. */
  readonly values: Pick<Platform, "files" | "toPath">;
  /** Texts of the built-in modules by URL. */
  readonly builtins: Readonly<Record<string, string>>;
  /** Their documents as JSON, by the same URLs. */
  readonly builtinDocuments?: Readonly<Record<string, string>> | undefined;
  /** Kinds of modules registered in code. */
  readonly declared: readonly KindEntry[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly limits: Limits;
  /** The roles of this process; none for a process that runs everything. */
  readonly roles: readonly string[];
  /** True for a process that only looks at the others. */
  readonly observer: boolean;
  /** The version of Digly, which `requires` of a manifest is compared with. */
  readonly version: string;
  readonly diagnostics: Diagnostics;
  /** True under `check`: values that are available only where the app runs may be missing. */
  readonly checking: boolean;
  /** True to allow `http:` for manifests on other machines. */
  readonly allowHttp: boolean;
  /** True to reject remote manifests without a hash. */
  readonly frozen: boolean;
  /** True to isolate the scripts that do not say whether they are. */
  readonly isolateScripts: boolean;
  /** The documents of sources that were parsed before. */
  readonly sources?: ParsedSources | undefined;
  /** Collects the sensitive values. */
  readonly redaction: Redaction;
  /** Asks the controller of a kind for the value of a resource. */
  readonly provideValue: (
    entry: RegistryEntry,
    kind: KindEntry,
    resource: RuntimeResource,
  ) => Promise<unknown>;
  /** Takes the outcome of every condition of templates. */
  readonly onCondition?: OnCondition | undefined;
  /** Called for each file that is read, and for each resource. */
  readonly onProgress?: OnProgress | undefined;
  /** Called for each import that is read, with the URL of its manifest. */
  readonly onImport?: ((path: string, url: string) => void) | undefined;
  readonly onModule: (module: LoadedModule, kinds: readonly string[]) => void;
  readonly onResource: (entry: RegistryEntry) => void;
}

/** A document and its module. */
export interface Item<Document> {
  readonly document: Document;
  /** Set for documents of `definitions`, which are kinds, not resources. */
  readonly definition?: { readonly controllers: readonly ControllerEntry[] | undefined };
  readonly module: LoadedModule;
}
