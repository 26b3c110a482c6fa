/**
 * The language server: the life of a session, and what each message of the protocol does. It never
 * executes a controller and connects to nothing.
 */
import { isMap } from "../contract/resource.ts";
import type { Checker } from "./analysis.ts";
import { Connection, type RequestHandler } from "./connection.ts";
import { ResponseError } from "./protocol.ts";
import { changesOf, openingOf, uriIn } from "./params.ts";
import { Workspace } from "./workspace.ts";
import type { Feature } from "./feature.ts";
import { FEATURES } from "./features.ts";

/** What the server works with. */
export interface ServerOptions extends Checker {
  readonly version: string;
}

/** Serves one client over the standard streams; resolves with the exit code. */
export async function serve(options: ServerOptions): Promise<number> {
  const { platform } = options;
  await platform.redirectConsole?.();
  const input = platform.readInput?.();
  if (input === undefined) throw new Error("This platform has no standard input");
  const session = new Session(options);
  for await (const chunk of input) {
    if (!session.receive(chunk)) break;
    if (session.exitCode !== undefined) return session.exitCode;
  }
  // A client that goes without saying so has failed.
  return session.exitCode ?? 1;
}

type State = "new" | "initialized" | "shut down";

/** The state of one session. */
class Session {
  readonly #connection: Connection;
  readonly #workspace: Workspace;
  readonly #options: ServerOptions;
  #state: State = "new";
  #watches = false;
  exitCode: number | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    const { platform } = options;
    const log = (message: string) => platform.stderr.write(`${message}\n`);
    this.#connection = new Connection(platform.stdout, {
      requests: this.#requests(),
      notifications: this.#notifications(),
      refusal: (method) => this.#refusal(method),
      log,
    });
    this.#workspace = new Workspace({
      ...options,
      log,
      publish: (uri, diagnostics, version) => {
        const about = version === undefined ? { uri } : { uri, version };
        this.#connection.notify("textDocument/publishDiagnostics", { ...about, diagnostics });
      },
    });
  }

  receive(bytes: Uint8Array): boolean {
    return this.#connection.receive(bytes);
  }

  #refusal(method: string): ResponseError | undefined {
    if (method === "exit") return undefined;
    if (this.#state === "new" && method !== "initialize") {
      return new ResponseError("serverNotInitialized", "The server is not initialized");
    }
    if (this.#state === "shut down") {
      return new ResponseError("invalidRequest", "The server is shut down");
    }
    if (this.#state === "initialized" && method === "initialize") {
      return new ResponseError("invalidRequest", "The server is initialized already");
    }
    return undefined;
  }

  #requests(): Readonly<Record<string, RequestHandler>> {
    const asked = (feature: Feature): RequestHandler => (params, signal) =>
      feature(params, this.#workspace, signal);
    return {
      initialize: (params) => this.#initialize(params),
      shutdown: () => {
        this.#state = "shut down";
        return null;
      },
      ...Object.fromEntries(
        Object.entries(FEATURES).map(([method, feature]) => [method, asked(feature)]),
      ),
    };
  }

  #notifications(): Readonly<Record<string, (params: unknown) => void>> {
    return {
      initialized: () => this.#watchFiles(),
      exit: () => {
        this.exitCode = this.#state === "shut down" ? 0 : 1;
      },
      "textDocument/didOpen": (params) => {
        const { uri, text, version } = openingOf(params);
        this.#workspace.open(uri, text, version);
      },
      "textDocument/didChange": (params) => {
        const { uri, changes, version } = changesOf(params);
        this.#workspace.change(uri, changes, version);
      },
      "textDocument/didClose": (params) => this.#workspace.close(uriIn(params)),
      "workspace/didChangeWatchedFiles": (params) => {
        const changes = isMap(params) && Array.isArray(params["changes"]) ? params["changes"] : [];
        this.#workspace.filesChanged(changes.map((change) => String(Object(change).uri)));
      },
      "workspace/didChangeWorkspaceFolders": () => {},
    };
  }

  #initialize(params: unknown): unknown {
    this.#state = "initialized";
    const { capabilities, workspaceFolders, rootUri, initializationOptions } = Object(params);
    const folders = Array.isArray(workspaceFolders)
      ? workspaceFolders.map((folder) => Object(folder).uri)
      : [rootUri];
    this.#workspace.folders = folders.filter((uri) => typeof uri === "string");
    const { docs } = Object(initializationOptions);
    if (typeof docs === "string") this.#workspace.docs = docs.replace(/\/*$/, "/");
    const completion = Object(Object(Object(capabilities).textDocument).completion);
    this.#workspace.snippets = Object(completion.completionItem).snippetSupport === true;
    const watching = Object(Object(capabilities).workspace).didChangeWatchedFiles;
    this.#watches = Object(watching).dynamicRegistration === true;
    return {
      capabilities: {
        positionEncoding: "utf-16",
        textDocumentSync: { openClose: true, change: 2 },
        completionProvider: { triggerCharacters: [".", ":", " ", "$", "{", '"', "-"] },
        hoverProvider: true,
        definitionProvider: true,
        referencesProvider: true,
        renameProvider: { prepareProvider: true },
        documentSymbolProvider: true,
        workspaceSymbolProvider: true,
        codeActionProvider: { codeActionKinds: ["quickfix"] },
      },
      serverInfo: { name: "digly", version: this.#options.version },
    };
  }

  /** Asks the client to report files that change on the disk. */
  #watchFiles(): void {
    if (!this.#watches) return;
    this.#connection.request("client/registerCapability", {
      registrations: [{
        id: "files",
        method: "workspace/didChangeWatchedFiles",
        registerOptions: { watchers: [{ globPattern: "**/*.{yaml,yml,json,ts,js,mjs,sql}" }] },
      }],
    });
  }
}
