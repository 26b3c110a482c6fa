/** An app in a temporary folder that is edited through the language server. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { CompletionItem, Location, Position } from "vscode-languageserver-protocol/node";
import { LspClient } from "./client.ts";

/** A place as tests write it: `file:line:column`, counted from 1. */
export type Place = string;

/** An app and a client that has opened it. */
export class EditedApp {
  readonly folder: string;
  readonly client: LspClient;
  readonly #open = new Set<string>();

  private constructor(folder: string, client: LspClient) {
    this.folder = folder;
    this.client = client;
  }

  /** Writes files to a new folder and starts a server for it. */
  static async start(
    command: readonly string[],
    files: Readonly<Record<string, string>>,
  ): Promise<EditedApp> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "digly-lsp-")));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    return new EditedApp(folder, await LspClient.start(command, folder));
  }

  uri(file: string): string {
    return pathToFileURL(join(this.folder, file)).href;
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  /** Opens a file, or changes what is open. */
  async write(file: string, text: string): Promise<void> {
    const uri = this.uri(file);
    if (this.#open.has(uri)) await this.client.replace(uri, text);
    else await this.client.open(uri, text);
    this.#open.add(uri);
  }

  /** Writes text with a `‸` in it, and asks about that place. */
  async ask<Result>(method: string, file: string, marked: string, more = {}): Promise<Result> {
    const offset = marked.indexOf("‸");
    await this.write(file, marked.replace("‸", ""));
    return await this.client.request<Result>(method, {
      textDocument: { uri: this.uri(file) },
      position: positionAt(marked, offset),
      ...more,
    });
  }

  /** The completions at a `‸`, in the order in which they are shown. */
  async complete(file: string, marked: string): Promise<CompletionItem[]> {
    const { items } = await this.ask<{ items: CompletionItem[] }>(
      "textDocument/completion",
      file,
      marked,
    );
    return items.toSorted((a, b) => a.sortText! < b.sortText! ? -1 : 1);
  }

  /** `file:line:column` of a location. */
  place({ uri, range }: Location): Place {
    const name = uri.startsWith(this.uri("")) ? uri.slice(this.uri("").length) : uri;
    return `${name.replace(/^\//, "")}:${range.start.line + 1}:${range.start.character + 1}`;
  }

  async end(): Promise<number | null> {
    const code = await this.client.end();
    rmSync(this.folder, { recursive: true, force: true });
    return code;
  }
}

/** The position of an offset. */
export function positionAt(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length - 1, character: lines.at(-1)!.length };
}
