/** The files that resources of an app name: modules to import, and data to read. */
import { fail, type Origin } from "../contract/errors.ts";
import { formatField } from "../contract/field_path.ts";
import type { AppFile } from "../contract/app_file.ts";
import type { Files } from "../contract/platform.ts";
import type { Path } from "../contract/resource.ts";
import { parseUrn } from "../contract/urn.ts";
import { pathOf } from "../diagnostics/origin.ts";
import type { App } from "../load/load.ts";
import type { ControllerLoader } from "./boot/controllers.ts";
import type { RegistryEntry } from "../load/registry/registry.ts";
import { localModules } from "./reload/local_modules.ts";
import { type FileRole, type NamedFile, namedFiles, urlOfFile } from "./verify/named_files.ts";

/** The largest file of data that is read. */
const LARGEST_FILE = 64 * 1024 * 1024;

/** Imports and reads the files of an app. */
export class AppFiles {
  readonly #app: Pick<App, "registry" | "kinds">;
  readonly #loader: ControllerLoader;
  readonly #files: Files;

  constructor(app: Pick<App, "registry" | "kinds">, loader: ControllerLoader, files: Files) {
    this.#app = app;
    this.#loader = loader;
    this.#files = files;
  }

  /** URLs of the modules that resources name. */
  moduleUrls(): string[] {
    return this.#all("module").map(urlOfFile);
  }

  /** The modules that a resource names. */
  modulesOf(entry: RegistryEntry): string[] {
    return this.#of(entry, "module").map(urlOfFile);
  }

  /** When a module that this process does not import, or a file that it imports, last changed. */
  changedElsewhere(url: string): number {
    const urls = [...localModules([url], this.#files).keys()];
    return Math.max(0, ...urls.map((one) => this.#files.changedAt(one) ?? Infinity));
  }

  /** When a file of data that a resource names last changed; 0 if it names none. */
  dataChangedAt(entry: RegistryEntry): number {
    const urls = this.#of(entry, "data").map(urlOfFile).flatMap((url) => {
      if (this.#files.stat(url)?.kind !== "directory") return [url];
      const folder = url.replace(/\/*$/, "/");
      return [
        url,
        ...this.#files.list(folder).map(({ name }) => folder + encodeURIComponent(name)),
      ];
    });
    return Math.max(0, ...urls.map((url) => this.#files.changedAt(url) ?? Infinity));
  }

  /** Reads all files of data. */
  readAll(): void {
    for (const file of this.#all("data")) this.#read(file);
  }

  /** Imports the module that a field of a resource names. */
  async importModule(
    urn: string,
    path: Path,
    origin: Origin | undefined,
  ): Promise<Record<string, unknown>> {
    const { place, base } = this.#find(urn, path, "module");
    // Fields that name modules have a place in a file.
    const entry = { entrypoint: place, base, runtimes: [], origin: origin! };
    return await this.#loader.importFile(entry, "file");
  }

  /** The URL of the module that a field of a resource names. */
  urlOf(urn: string, path: Path): string {
    return urlOfFile(this.#find(urn, path, "module"));
  }

  /** The files of data that a field of a resource names. */
  read(urn: string, path: Path): readonly AppFile[] {
    return this.#read(this.#find(urn, path, "data"));
  }

  #all(role: FileRole): NamedFile[] {
    return this.#app.registry.entries().flatMap((entry) => this.#of(entry, role));
  }

  #of(entry: RegistryEntry, role: FileRole): NamedFile[] {
    return namedFiles(entry, this.#app.kinds).filter((file) => file.role === role);
  }

  #find(urn: string, path: Path, role: FileRole): NamedFile {
    const { registry, kinds } = this.#app;
    const parsed = parseUrn(urn);
    const entry = parsed && registry.get(parsed.kind, parsed.name);
    const field = formatField(path);
    const file = (entry === undefined ? [] : namedFiles(entry, kinds))
      .find((one) => one.role === role && formatField(one.path) === field);
    if (file !== undefined) return file;
    throw fail("ERR_RESOURCE_INVALID", { urn, problem: `\`${field}\` does not name a file` }, {
      help: `Add \`digly:file: ${role}\` to the field in the schema of its kind`,
    });
  }

  #read(file: NamedFile): AppFile[] {
    const url = urlOfFile(file);
    if (this.#files.stat(url)?.kind !== "directory") return [this.#readFile(url)];
    const folder = url.replace(/\/?$/, "/");
    return this.#files.list(folder)
      .filter(({ kind }) => kind === "file")
      .map(({ name }) => name).sort()
      .map((name) => this.#readFile(folder + encodeURIComponent(name)));
  }

  #readFile(url: string): AppFile {
    const bytes = this.#files.readBytes(url, LARGEST_FILE);
    const path = pathOf(url);
    if (bytes.length > LARGEST_FILE) throw new Error(`${path} is larger than 64 MiB`);
    return { name: path.slice(path.lastIndexOf("/") + 1), path, bytes };
  }
}
