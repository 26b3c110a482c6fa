/** What the checker knows about one app, for everything that an editor asks. */
import type { DiglyError } from "../contract/errors.ts";
import type { Warning } from "../contract/diagnostics.ts";
import type { Platform } from "../contract/platform.ts";
import { KERNEL_KINDS } from "../contract/urn.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { LoadedApp } from "../kernel/loaded_app.ts";
import type { RegistryEntry } from "../load/registry/registry.ts";
import type { ParsedSources } from "../load/yaml/parsed_sources.ts";
import { overlayPlatform } from "../testing/overlay.ts";
import { TextDocument } from "./text_document.ts";

/** A problem of a check. */
export type Finding =
  | { readonly severity: "error"; readonly problem: DiglyError }
  | { readonly severity: "warning"; readonly problem: Warning };

/** A checked app, or a checked file with tests. */
export interface CheckedApp {
  readonly findings: readonly Finding[];
  readonly kernel: Kernel;
  /** Removes sensitive values. */
  readonly redact: (text: string) => string;
}

/**
 * Checks the app or the tests at a URL as `digly check` does, reading files through a platform. What
 * earlier checks have parsed is not parsed again.
 */
export type CheckApp = (
  url: string,
  platform: Platform,
  sources: ParsedSources,
) => Promise<CheckedApp>;

/** What checks apps and files. */
export interface Checker {
  readonly platform: Platform;
  readonly check: CheckApp;
  /** The names of the built-in modules. */
  readonly builtins: () => Promise<readonly string[]>;
}

/** What checks work with. */
export interface AnalysisOptions extends Checker {
  /** The documents of all checks of a session. */
  readonly sources: ParsedSources;
}

/** The result of checking an app at one moment. */
export interface Analysis {
  readonly findings: readonly Finding[];
  readonly redact: (text: string) => string;
  /** A copy of a value without what is sensitive in it. */
  readonly redactValue: (value: unknown) => unknown;
  /** The app; `undefined` if its manifest cannot be read. */
  readonly app: LoadedApp | undefined;
  /** The texts of the files that were read, by URL. */
  readonly files: ReadonlyMap<string, TextDocument>;
  /** True if manifests of other machines are missing, which are not fetched while editing. */
  readonly isPartial: boolean;
}

/** Thrown instead of reading from the network. */
const OFFLINE = "manifests of other machines are not fetched while editing";

/** Checks the app at a URL with the texts of open documents instead of those on the disk. */
export async function analyse(
  url: string,
  open: ReadonlyMap<string, TextDocument>,
  { platform, check, sources }: AnalysisOptions,
): Promise<Analysis> {
  const texts = Object.fromEntries(Array.from(open, ([url, { text }]) => [url, text]));
  const overlay = overlayPlatform(platform, texts);
  const files = new Map<string, TextDocument>();
  const decoder = new TextDecoder();
  let isPartial = false;
  const { findings, kernel, redact } = await check(url, {
    ...overlay,
    files: {
      ...overlay.files,
      readBytes(file, limit) {
        const bytes = overlay.files.readBytes(file, limit);
        if (/\.ya?ml$/i.test(file)) {
          files.set(file, open.get(file) ?? new TextDocument(file, decoder.decode(bytes)));
        }
        return bytes;
      },
    },
    fetch() {
      isPartial = true;
      return Promise.reject(new Error(OFFLINE));
    },
  }, sources);
  const redactValue = (value: unknown) => kernel.redact(value);
  return { findings, redact, redactValue, app: appOf(kernel), files, isPartial };
}

function appOf(kernel: Kernel): LoadedApp | undefined {
  try {
    return kernel.inspect();
  } catch {
    return undefined; // Its manifest could not be read, which is one of the findings.
  }
}

/** The resources of an app that are templates. */
export function templatesOf(app: LoadedApp): readonly RegistryEntry[] {
  return app.app.registry.ofKind(KERNEL_KINDS.template);
}

/** The template that a kind selects: its name with any prefix that no definition has. */
export function templateOf(kind: string, app: LoadedApp): RegistryEntry | undefined {
  if (app.kinds.get(kind) !== undefined) return undefined;
  const name = kind.slice(kind.lastIndexOf(".") + 1);
  const all = templatesOf(app).filter((template) => template.name === name);
  return all.find(({ manifest }) => `${manifest.source.module}.${name}` === kind) ?? all[0];
}
