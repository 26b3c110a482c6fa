/** An app inside an executable, as `digly bundle` makes it. */
import type { Limits } from "./limits.ts";
import type { DirectoryEntry, HostRuntime } from "./platform.ts";

/** Everything that was read to load an app. Places are paths below {@link BUNDLE_ROOT}. */
export interface BundledFiles {
  /** Content by place. */
  readonly texts: Readonly<Record<string, string>>;
  /** Content that is not text, such as WebAssembly, in base64. */
  readonly binaries: Readonly<Record<string, string>>;
  /** Entries of the folders that were listed. */
  readonly folders: Readonly<Record<string, readonly DirectoryEntry[]>>;
  /** Targets of links. */
  readonly links: Readonly<Record<string, string>>;
  /** What servers answered, by URL. */
  readonly answers: Readonly<Record<string, RecordedAnswer>>;
}

/** What a server answered when the app was bundled. */
export interface RecordedAnswer {
  readonly status: number;
  readonly location?: string;
  readonly contentType?: string;
  readonly text: string;
}

/** The app embedded in an executable. */
export interface BundledApp {
  readonly name: string;
  readonly version: string | undefined;
  /** Place of its `runtime.yaml`. */
  readonly manifest: string;
  /** Whether its manifests may come over `http:` from other machines. */
  readonly allowHttp: boolean;
  /** Limits that were given when it was bundled. */
  readonly limits: Partial<Limits>;
  readonly files: BundledFiles;
  /** Controllers by place, imported when first asked for. */
  readonly controllers: Readonly<Record<string, () => Promise<unknown>>>;
}

/** The virtual folder of a bundled app. */
export const BUNDLE_ROOT = "file:///bundled/";

/** The input of an {@link ExecutableCompiler}. */
export interface ExecutableInput {
  readonly app: Omit<BundledApp, "controllers">;
  /** `file:` URLs of controllers, by place. */
  readonly controllers: Readonly<Record<string, string>>;
  /** `file:` URL of the executable. */
  readonly output: string;
}

/** A mistake in a controller. */
export interface CompileProblem {
  readonly message: string;
  /** Absolute path. */
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
  /** Counted from 1. */
  readonly column?: number;
}

/** Makes executables. */
export interface ExecutableCompiler {
  /** The runtime that the executables are. */
  readonly runtime: HostRuntime;
  /** What the names of executables end in: `.exe` on Windows, nothing elsewhere. */
  readonly suffix: string;
  /** Writes the executable; gives what is wrong with the controllers, if anything. */
  compile(input: ExecutableInput): readonly CompileProblem[];
}
