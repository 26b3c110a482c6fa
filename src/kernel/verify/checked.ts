/** What the checks before the boot read. */
import type { ModuleIdentity, Services } from "../boot/services.ts";
import type { AppFile } from "../../contract/app_file.ts";
import type { Diagnostics } from "../../contract/diagnostics.ts";
import type { DiglyError, Origin } from "../../contract/errors.ts";
import type { ControllerEntry } from "../../contract/manifest.ts";
import type { Check, KnownCodes } from "../../contract/check.ts";
import type { UnknownFields } from "../../contract/module.ts";
import type { Files, HostRuntime } from "../../contract/platform.ts";
import type { OnProgress } from "../../contract/progress.ts";
import type { Path, RuntimeResource } from "../../contract/resource.ts";
import type { GeneratedValidators } from "../../contract/schema.ts";
import type { Anchor, ExpandedManifest, TextPart } from "../../contract/source.ts";
import type { TypeHints } from "../../load/types/type_hints.ts";
import type { Scopes } from "../../load/registry/scopes.ts";
import type { ValidationBounds } from "../../contract/validation_budget.ts";

/** A resource to check. */
export interface Checked {
  readonly urn: string;
  readonly kind: string;
  readonly manifest: ExpandedManifest;
  readonly resource: RuntimeResource;
  /** True if it is known to have no expressions. */
  readonly isPlain?: boolean;
  /** Where its expressions wait, if that is not what its kind says. */
  readonly scopes?: Scopes;
}

/** What checks need to know about a kind. */
export interface CheckedKind {
  readonly schema: unknown;
  readonly unknownFields: UnknownFields;
  readonly schemaOriginOf: (path?: Path, anchor?: Anchor) => Origin | undefined;
  /** URL of the file that contains its schema. */
  readonly schemaUrl: string | undefined;
  /** Dotted paths of fields that contain a JSON Schema. */
  readonly schemas: readonly string[];
  /** Where its expressions wait for an execution. */
  readonly scopes: Scopes;
  /** Contracts that its resources fulfil. */
  readonly implements: readonly string[];
  /** The events that its definition lists. */
  readonly events: readonly string[];
  /** The kind whose controller serves it. */
  readonly servedBy: string;
  readonly module: string;
  readonly check:
    | { readonly type: "entry"; readonly entry: ControllerEntry }
    | { readonly type: "code"; readonly check: Check }
    | undefined;
  readonly implementation:
    | { readonly type: "entries"; readonly entries: readonly ControllerEntry[] }
    | { readonly type: "code" }
    | { readonly type: "inert" };
}

/** Options of {@link verifyResources}. */
export interface VerifyOptions {
  readonly kinds: ReadonlyMap<string, CheckedKind>;
  /** Every URN of the app, including resources that are not checked now. */
  readonly urns: ReadonlySet<string>;
  readonly host: HostRuntime;
  /** True if the entry's file exists. */
  readonly exists: (entry: ControllerEntry) => boolean;
  /** What is wrong with the file of an entry, if that can be found without running it. */
  readonly problemOf: (
    entry: ControllerEntry,
  ) => Promise<DiglyError<"ERR_MODULE_INVALID"> | undefined>;
  /** True for a resource that another process runs: of this process it needs no controller, code or file. */
  readonly isElsewhere: (urn: string) => boolean;
  /** True for a resource that a test replaces, which needs no controller. */
  readonly isFaked: (urn: string) => boolean;
  /** The path of an entry, for messages. */
  readonly placeOf: (entry: ControllerEntry) => string;
  /** The existing entrypoint that is most similar to a missing one. */
  readonly nearestTo: (entry: ControllerEntry) => string | undefined;
  /** The import that provides a kind, such as `digly:http`, if known. */
  readonly importFor: (kind: string) => string | undefined;
  /** Pregenerated validators, by the URL of the file that contains the schema. */
  readonly generated: GeneratedValidators;
  readonly limits: ValidationBounds;
  /** True if the app will not be started: every mistake is reported, and warnings too. */
  readonly checking: boolean;
  /** True if checks may ask servers. */
  readonly connects: boolean;
  readonly onProgress: OnProgress | undefined;
  /** The module whose controller serves a kind. */
  readonly moduleOf: (kind: string) => ModuleIdentity;
  /** True for a kind itself, every kind that extends it, and a contract that it fulfils. */
  readonly isA: (kind: string, wanted: string) => boolean;
  /** Every resource of the app, for checks that read other resources. */
  readonly all: () => readonly Checked[];
  readonly loadCheck: (entry: ControllerEntry) => Promise<Check>;
  /** The files of the machine, for those that resources name. */
  readonly files: Files;
  /** Reads the files that a field of a resource names. */
  readonly readFiles: (urn: string, path: Path) => readonly AppFile[];
  /** The origin of a field of a resource. */
  readonly originAt: (urn: string, path: Path, part?: TextPart) => Origin | undefined;
  /** The codes that executions may fail with. */
  readonly errorCodes: () => KnownCodes;
  /** Gets what checks say about types, if types are checked. */
  readonly hints: TypeHints | undefined;
  /** What compiling the expressions of resources needs. */
  readonly expressions: Services["expressions"];
  readonly diagnostics: Diagnostics;
}
