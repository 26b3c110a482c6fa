/**
 * The open documents, the apps that they belong to, and the checks of these apps. Checks run one
 * after the other; what asks for the state after the last change waits for them.
 */
import { messageOf } from "../contract/errors.ts";
import { CASE_FILE } from "../testing/test_case.ts";
import { analyse, type Analysis, type AnalysisOptions, type Checker } from "./analysis.ts";
import { ParsedSources } from "../load/yaml/parsed_sources.ts";
import type { LoadedApp } from "../kernel/loaded_app.ts";
import { checkAlone } from "./check_alone.ts";
import type { KnownModules } from "./complete_values.ts";
import { readModules } from "./known_modules.ts";
import { diagnosticsOf } from "./diagnostics.ts";
import { firstTree } from "./exact_yaml.ts";
import { findApps, ownTarget, testedApp } from "./locate_app.ts";
import { type Publish, PublishedDiagnostics } from "./published_diagnostics.ts";
import { OpenDocuments } from "./open_documents.ts";
import { aloneKey, type Target, Targets } from "./targets.ts";
import type { TextChange, TextDocument } from "./text_document.ts";
import { WarmUp } from "./warm_up.ts";
import type { DocumentTree } from "./yaml_tree.ts";

/** How long to wait for further changes, in milliseconds: a key pressed now and one right after. */
const DEBOUNCE_MS = 20;

/** How many apps of the workspace are tried to find the one that loads a file. */
const MAX_TRIED = 20;

/** Options of {@link Workspace}. */
interface WorkspaceOptions extends Checker {
  readonly publish: Publish;
  readonly log: (message: string) => void;
  /** Where the documents of files are kept. */
  readonly sources?: ParsedSources;
}

/** The files of an editor. */
export class Workspace {
  readonly #options: WorkspaceOptions & AnalysisOptions;
  readonly #documents: OpenDocuments;
  readonly #targets = new Targets();
  readonly #diagnostics: PublishedDiagnostics;
  readonly #warmUp = new WarmUp(async (url) => {
    await analyse(url, this.#documents.all, this.#options);
  });
  #folders: readonly string[] = [];
  #apps: readonly string[] | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #work: Promise<void> | undefined;
  /** The address of the folder with the documentation. */
  docs = "digly:docs/";
  /** True if the client inserts snippets. */
  snippets = false;
  #modules: Promise<KnownModules> | undefined;

  constructor(options: WorkspaceOptions) {
    this.#options = { ...options, sources: options.sources ?? new ParsedSources() };
    this.#documents = new OpenDocuments(options.platform);
    this.#diagnostics = new PublishedDiagnostics(options.publish);
  }

  set folders(uris: readonly string[]) {
    this.#folders = uris.map((uri) => this.urlOf(uri)).filter((url) => url.startsWith("file:"));
    this.#apps = undefined;
  }

  /** The URL of a file as the program writes it. */
  urlOf(uri: string): string {
    return this.#documents.urlOf(uri);
  }

  /** The URI of a URL or a path as the client writes it. */
  uriOf(place: string): string {
    return this.#documents.uriOf(place);
  }

  open(uri: string, text: string, version: number): void {
    this.#changed(this.#documents.open(uri, text, version));
  }

  change(uri: string, changes: readonly TextChange[], version: number): void {
    const url = this.#documents.change(uri, changes, version);
    if (url !== undefined) this.#changed(url);
  }

  close(uri: string): void {
    const url = this.#documents.close(uri);
    this.#changed(url);
    this.#documents.forgetUri(url);
    if (CASE_FILE.test(url) || this.#targets.has(aloneKey(url))) this.#forget(url);
  }

  /** Files on the disk have changed. */
  filesChanged(uris: readonly string[]): void {
    this.#apps = undefined;
    for (const uri of uris) {
      const url = this.urlOf(uri);
      if (!this.#documents.all.has(url)) this.#changed(url);
    }
    // A new file may be what an import or a folder of resources looks for.
    this.#targets.allChanged();
    this.#schedule();
  }

  /** The text of a file: that of the open document, or as an app has read it. */
  document(url: string): TextDocument | undefined {
    return this.#documents.all.get(url) ?? this.#targets.fileOf(url);
  }

  /** The document with a URI. */
  documentOf(uri: string): TextDocument | undefined {
    return this.document(this.urlOf(uri));
  }

  trees(document: TextDocument): readonly DocumentTree[] {
    return this.#documents.trees(document);
  }

  /** The checks that know about a file, as far as there are any yet. */
  analysesOf(url: string): Analysis[] {
    return this.#targets.analysesOf(url);
  }

  /** The same, after everything that has changed was checked. */
  async settledAnalysesOf(url: string): Promise<Analysis[]> {
    await this.settled();
    return this.analysesOf(url);
  }

  /** The app that a file belongs to, as of its last check; of a test, the app that it tests. */
  async appOf(url: string): Promise<LoadedApp | undefined> {
    const read = () => {
      if (!CASE_FILE.test(url)) return this.analysesOf(url).find(({ app }) => app)?.app;
      const tested = this.#testedApp(url);
      return tested === undefined ? undefined : this.#targets.get(tested)?.lastApp?.app;
    };
    const known = read();
    if (known !== undefined) return known;
    await this.settled();
    return read();
  }

  /** The manifests of the apps that load a file. */
  manifestsOf(url: string): string[] {
    return this.#targets.manifestsOf(url);
  }

  /** The last check of an app. */
  analysisWith(app: LoadedApp): Analysis | undefined {
    return this.analyses().find((analysis) => analysis.app === app);
  }

  /** The manifest of the app that a file with tests names. */
  #testedApp(url: string): string | undefined {
    const document = this.document(url);
    return document && testedApp(url, this.trees(document));
  }

  /** The URL of an existing file; of a folder, that of its manifest. */
  fileAt(url: string): string | undefined {
    const { files } = this.#options.platform;
    const isFile = (one: string) =>
      this.#documents.all.has(one) || files.stat(one)?.kind === "file";
    if (isFile(url)) return url;
    const folder = `${url.replace(/\/*$/, "")}/`;
    return ["module.yaml", "runtime.yaml"].map((name) => new URL(name, folder).href).find(isFile);
  }

  /** What a folder contains, whose path is relative to a file; nothing if it cannot be read. */
  entriesOf(path: string, from: string): ReturnType<AnalysisOptions["platform"]["files"]["list"]> {
    try {
      const { href } = new URL(path, from);
      return href.startsWith("file:") ? this.#options.platform.files.list(href) : [];
    } catch {
      return [];
    }
  }

  /** The built-in modules and their kinds. */
  modules(): Promise<KnownModules> {
    return this.#modules ??= readModules(this.#options);
  }

  /** The checks of all apps. */
  analyses(): Analysis[] {
    return this.#targets.analyses();
  }

  /** Resolves when no check is needed or running. */
  async settled(): Promise<void> {
    while (this.#timer !== undefined || this.#work !== undefined) {
      if (this.#timer !== undefined) this.#start();
      await this.#work;
    }
  }

  #changed(url: string): void {
    this.#targets.fileChanged(url);
    const document = this.#documents.all.get(url);
    const own = document && this.#targetOf(document);
    if (own !== undefined) this.#targets.add(own);
    const tested = CASE_FILE.test(url) ? this.#testedApp(url) : undefined;
    if (tested !== undefined) this.#targets.add(tested);
    this.#schedule();
  }

  #targetOf(document: TextDocument): string | undefined {
    if (!document.url.startsWith("file:")) return undefined;
    const { files } = this.#options.platform;
    const stat: typeof files.stat = (url) =>
      this.#documents.all.has(url) ? { kind: "file", size: 0 } : files.stat(url);
    return ownTarget(document.url, [firstTree(document.text)], { stat });
  }

  #schedule(): void {
    this.#warmUp.pause();
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#start(), DEBOUNCE_MS);
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#work !== undefined) return;
    this.#work = this.#checkAll().catch((error: unknown) => {
      this.#options.log(
        `The check failed: ${error instanceof Error ? error.stack : String(error)}`,
      );
    }).finally(() => {
      this.#work = undefined;
    });
  }

  async #checkAll(): Promise<void> {
    await this.#warmUp.ended();
    for (
      let next = this.#targets.nextDirty();
      next !== undefined;
      next = this.#targets.nextDirty()
    ) {
      const [url, target] = next;
      target.isDirty = false;
      await this.#checkTarget(url, target);
      // Changes that arrived during the check are read before the next one.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    for (const document of [...this.#documents.all.values()]) await this.#checkOrphan(document);
    this.#publish();
    this.#forgetDeletedFiles();
    this.#warmUp.schedule();
  }

  /** Forgets the documents of files that are gone. A manifest that is broken for now reads none of its files. */
  #forgetDeletedFiles(): void {
    const read = new Set(this.analyses().flatMap(({ files }) => [...files.keys()]));
    this.#options.sources.retain((url) =>
      !url.startsWith("file:") || read.has(url) || this.#exists(url)
    );
  }

  async #checkTarget(url: string, target: Target): Promise<void> {
    const { log } = this.#options;
    if (!this.#exists(url)) {
      this.#targets.delete(url);
      this.#diagnostics.delete(url);
      return;
    }
    try {
      const started = performance.now();
      const analysis = await analyse(url, this.#documents.all, this.#options);
      this.#warmUp.checked(url, performance.now() - started);
      target.analysis = analysis;
      if (analysis.app !== undefined) target.lastApp = analysis;
      const { docs } = this;
      const uriOf = (file: string) => this.uriOf(file);
      this.#diagnostics.set(url, diagnosticsOf(analysis, { uriOf, fallback: uriOf(url), docs }));
      this.#publish();
    } catch (error) {
      log(`Checking ${url} failed: ${messageOf(error)}`);
    }
  }

  #exists(url: string): boolean {
    return this.#documents.all.has(url) || this.#options.platform.files.stat(url) !== undefined;
  }

  /** Checks a document that no app loads by itself. */
  async #checkOrphan(document: TextDocument): Promise<void> {
    const { url } = document;
    const key = aloneKey(url);
    if (!url.startsWith("file:") || this.#targets.isLoaded(url) || await this.#findLoader(url)) {
      this.#diagnostics.delete(key);
      this.#targets.delete(key);
      return;
    }
    const known = this.#targets.get(key)?.analysis;
    if (known?.files.get(url) === document) return;
    const trees = this.trees(document);
    const analysis = await checkAlone(document, trees, this.#documents.all, this.#options);
    this.#targets.setAlone(url, analysis);
    const uriOf = (file: string) => this.uriOf(file);
    const { docs } = this;
    this.#diagnostics.set(key, diagnosticsOf(analysis, { uriOf, fallback: uriOf(url), docs }));
  }

  /** Checks apps of the workspace until one loads a file. */
  async #findLoader(url: string): Promise<boolean> {
    this.#apps ??= findApps(this.#folders, this.#options.platform.files);
    for (const app of this.#apps.slice(0, MAX_TRIED)) {
      if (this.#targets.has(app)) continue;
      this.#targets.add(app);
      // It was added just now.
      const target = this.#targets.get(app)!;
      target.isDirty = false;
      await this.#checkTarget(app, target);
      if (target.analysis?.files.has(url)) return true;
    }
    return this.#targets.isLoaded(url);
  }

  #forget(url: string): void {
    for (const key of [url, aloneKey(url)]) {
      this.#targets.delete(key);
      this.#diagnostics.delete(key);
    }
  }

  #isPending(url: string): boolean {
    const document = this.#documents.all.get(url);
    const alone = this.#targets.get(aloneKey(url))?.analysis;
    const isOrphan = document !== undefined && url.startsWith("file:") &&
      !this.#targets.isLoaded(url);
    if (isOrphan && alone?.files.get(url) !== document) return true;
    return this.#targets.isPending(url);
  }

  /** Sends the diagnostics that have changed. */
  #publish(): void {
    const open = Array.from(this.#documents.all.values(), ({ url, version }) => ({
      uri: this.uriOf(url),
      version,
    }));
    // A check that is still to come may know more about a file.
    this.#diagnostics.publish(open, (uri) => this.#isPending(this.urlOf(uri)));
  }
}
