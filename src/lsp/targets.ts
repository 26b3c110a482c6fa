/** What the language server checks: apps, files with tests, and files that are checked by themselves. */
import { CASE_FILE } from "../testing/test_case.ts";
import type { Analysis } from "./analysis.ts";
import type { TextDocument } from "./text_document.ts";

/** An app, or a file that is checked by itself. */
export interface Target {
  /** The last check. */
  analysis: Analysis | undefined;
  /** The last check that gave an app, for the time in which its manifest is broken. */
  lastApp: Analysis | undefined;
  isDirty: boolean;
}

/** The key of a file that is checked by itself. */
export function aloneKey(url: string): string {
  return `alone ${url}`;
}

/** All targets, by the URL of their manifest or by {@link aloneKey}. */
export class Targets {
  readonly #all = new Map<string, Target>();

  get(key: string): Target | undefined {
    return this.#all.get(key);
  }

  has(key: string): boolean {
    return this.#all.has(key);
  }

  delete(key: string): void {
    this.#all.delete(key);
  }

  /** Adds a target that is to be checked, unless there is one already. */
  add(key: string): void {
    if (this.#all.has(key)) return;
    this.#all.set(key, { analysis: undefined, lastApp: undefined, isDirty: true });
  }

  /** Sets the result of checking a file by itself. */
  setAlone(url: string, analysis: Analysis): void {
    this.#all.set(aloneKey(url), { analysis, lastApp: analysis, isDirty: false });
  }

  /** Notes that a file has changed. */
  fileChanged(url: string): void {
    for (const [key, target] of this.#all) {
      if (target.analysis?.files.has(url) || key.endsWith(url)) target.isDirty = true;
    }
  }

  /** Notes that any file may have changed. */
  allChanged(): void {
    for (const target of this.#all.values()) target.isDirty = true;
  }

  /** The next target that is to be checked. */
  nextDirty(): [string, Target] | undefined {
    return [...this.#all].find(([, { isDirty }]) => isDirty);
  }

  /** The last checks of all targets. */
  analyses(): Analysis[] {
    return [...this.#all.values()].flatMap(({ analysis }) => analysis ?? []);
  }

  /** The checks that know about a file; of a manifest that is broken now, the last one that gave an app. */
  analysesOf(url: string): Analysis[] {
    const own = [...this.#all].filter(([, { analysis }]) => analysis?.files.has(url));
    const all = own.length > 0 ? own : [...this.#all].filter(([key]) => key.endsWith(url));
    return all.flatMap(([, { analysis, lastApp }]) => {
      const known = analysis?.app === undefined ? lastApp ?? analysis : analysis;
      return known === undefined ? [] : [known];
    });
  }

  /** The text of a file as a check has read it. */
  fileOf(url: string): TextDocument | undefined {
    for (const { files } of this.analyses()) {
      const document = files.get(url);
      if (document !== undefined) return document;
    }
    return undefined;
  }

  /** The manifests of the apps that load a file. */
  manifestsOf(url: string): string[] {
    return [...this.#all].flatMap(([key, { analysis }]) =>
      key.startsWith("file:") && !CASE_FILE.test(key) && analysis?.files.has(url) ? [key] : []
    );
  }

  /** True for a file that an app loads, or a manifest. */
  isLoaded(url: string): boolean {
    return [...this.#all].some(([key, { analysis }]) =>
      !key.startsWith(aloneKey("")) && (key === url || analysis?.files.has(url))
    );
  }

  /** True if a check that is still to come may know more about a file. */
  isPending(url: string): boolean {
    return [...this.#all].some(([key, { isDirty, analysis }]) =>
      isDirty && (analysis === undefined || key === url || analysis.files.has(url))
    );
  }
}
