/** The documents that an editor has open. */
import type { Platform } from "../contract/platform.ts";
import { treesOf } from "./exact_yaml.ts";
import { type TextChange, TextDocument } from "./text_document.ts";
import type { DocumentTree } from "./yaml_tree.ts";

/** The open documents, and how the client writes their URIs. */
export class OpenDocuments {
  readonly #platform: Pick<Platform, "toUrl" | "toPath">;
  readonly #open = new Map<string, TextDocument>();
  /** The URIs of open documents as the client writes them, by URL. */
  readonly #uris = new Map<string, string>();
  readonly #trees = new WeakMap<TextDocument, readonly DocumentTree[]>();

  constructor(platform: Pick<Platform, "toUrl" | "toPath">) {
    this.#platform = platform;
  }

  /** By URL. */
  get all(): ReadonlyMap<string, TextDocument> {
    return this.#open;
  }

  /** The URL of a file as the program writes it. */
  urlOf(uri: string): string {
    if (!/^file:/i.test(uri)) return uri;
    const { toUrl, toPath } = this.#platform;
    return toUrl(toPath(new URL(uri).href));
  }

  /** The URI of a URL or a path as the client writes it. */
  uriOf(place: string): string {
    const url = /^[a-z][a-z0-9+.-]+:/.test(place) ? place : this.#platform.toUrl(place);
    return this.#uris.get(url) ?? url;
  }

  /** Adds a document; gives its URL, as the other changes do. */
  open(uri: string, text: string, version: number): string {
    const url = this.urlOf(uri);
    this.#uris.set(url, uri);
    this.#open.set(url, new TextDocument(url, text, version));
    return url;
  }

  /** Changes a document; `undefined` if it is not open. */
  change(uri: string, changes: readonly TextChange[], version: number): string | undefined {
    const url = this.urlOf(uri);
    const document = this.#open.get(url);
    if (document === undefined) return undefined;
    this.#open.set(url, document.changed(changes, version));
    return url;
  }

  close(uri: string): string {
    const url = this.urlOf(uri);
    this.#open.delete(url);
    return url;
  }

  /** Forgets how the client writes the URL of a document that is closed. */
  forgetUri(url: string): void {
    this.#uris.delete(url);
  }

  /** The trees of a document, which are read once. */
  trees(document: TextDocument): readonly DocumentTree[] {
    let trees = this.#trees.get(document);
    if (trees === undefined) this.#trees.set(document, trees = treesOf(document.text));
    return trees;
  }
}
