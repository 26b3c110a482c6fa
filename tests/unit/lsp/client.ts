/** Drives the language server with the client library of editors. */
import { type ChildProcess, spawn } from "node:child_process";
import { pathToFileURL } from "node:url";
import {
  createProtocolConnection,
  type Diagnostic,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  type InitializeResult,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node";

/** How long, in milliseconds, the server may take for anything. */
const PATIENCE = 60_000;

/** A running server and its client. */
export class LspClient {
  readonly child: ChildProcess;
  readonly connection: ProtocolConnection;
  readonly exited: Promise<number | null>;
  initialized: InitializeResult | undefined;
  /** What the server has written to standard error. */
  stderr = "";
  readonly #published = new Map<string, PublishDiagnosticsParams>();
  readonly #versions = new Map<string, number>();
  #waiting: (() => void)[] = [];

  constructor(command: readonly string[], cwd: string) {
    const [program, ...args] = command;
    this.child = spawn(program!, [...args, "lsp", "--stdio"], { cwd, stdio: "pipe" });
    this.exited = new Promise((resolve) => this.child.on("exit", resolve));
    this.child.stderr!.on("data", (chunk: Buffer) => this.stderr += chunk.toString());
    this.connection = createProtocolConnection(
      new StreamMessageReader(this.child.stdout!),
      new StreamMessageWriter(this.child.stdin!),
    );
    this.connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
      this.#published.set(params.uri, params);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    });
    this.connection.onRequest("client/registerCapability", () => null);
    this.connection.listen();
  }

  /** Starts a server for a folder. */
  static async start(command: readonly string[], folder: string): Promise<LspClient> {
    const client = new LspClient(command, folder);
    const uri = pathToFileURL(folder).href;
    client.initialized = await client.connection.sendRequest(InitializeRequest.type, {
      processId: null,
      rootUri: uri,
      workspaceFolders: [{ uri, name: "test" }],
      capabilities: {
        textDocument: { completion: { completionItem: { snippetSupport: true } } },
        workspace: { didChangeWatchedFiles: { dynamicRegistration: true } },
      },
    });
    await client.connection.sendNotification(InitializedNotification.type, {});
    return client;
  }

  async open(uri: string, text: string): Promise<void> {
    this.#versions.set(uri, 1);
    await this.connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId: "yaml", version: 1, text },
    });
  }

  /** Replaces the text of an open document. */
  async replace(uri: string, text: string): Promise<void> {
    await this.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version: this.#next(uri) },
      contentChanges: [{ text }],
    });
  }

  async close(uri: string): Promise<void> {
    await this.connection.sendNotification(DidCloseTextDocumentNotification.type, {
      textDocument: { uri },
    });
  }

  /** The diagnostics of the current version of a document. */
  async diagnostics(uri: string): Promise<readonly Diagnostic[]> {
    const version = this.#versions.get(uri);
    return (await this.#until(() => {
      const found = this.#published.get(uri);
      return found !== undefined && found.version === version ? found : undefined;
    })).diagnostics;
  }

  /** The last diagnostics of a file, once they satisfy a condition. */
  async diagnosticsWhere(
    uri: string,
    isWanted: (diagnostics: readonly Diagnostic[]) => boolean,
  ): Promise<readonly Diagnostic[]> {
    return await this.#until(() => {
      const found = this.#published.get(uri)?.diagnostics;
      return found !== undefined && isWanted(found) ? found : undefined;
    });
  }

  async request<Result>(method: string, params: unknown): Promise<Result> {
    return await this.connection.sendRequest<Result>(method, params);
  }

  /** Ends the session as editors do; resolves with the exit code. */
  async end(): Promise<number | null> {
    await this.connection.sendRequest(ShutdownRequest.type);
    await this.connection.sendNotification(ExitNotification.type);
    const code = await this.exited;
    this.connection.dispose();
    return code;
  }

  #next(uri: string): number {
    const version = (this.#versions.get(uri) ?? 0) + 1;
    this.#versions.set(uri, version);
    return version;
  }

  async #until<T>(read: () => T | undefined): Promise<T> {
    const deadline = Date.now() + PATIENCE;
    for (;;) {
      const value = read();
      if (value !== undefined) return value;
      let timer: NodeJS.Timeout | undefined;
      const isLate = await Promise.race([
        new Promise<boolean>((resolve) => this.#waiting.push(() => resolve(false))),
        new Promise<boolean>((resolve) => {
          timer = setTimeout(() => resolve(true), Math.max(0, deadline - Date.now()));
        }),
        this.exited.then(() => true),
      ]);
      clearTimeout(timer);
      if (isLate) throw new Error(`No diagnostics arrived; the server wrote: ${this.stderr}`);
    }
  }
}
