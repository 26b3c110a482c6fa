/** Drives yaml-language-server, which editors run, over its standard streams. */
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

const SERVER = fileURLToPath(
  new URL("../../../node_modules/yaml-language-server/bin/yaml-language-server", import.meta.url),
);

/** How long, in milliseconds, an answer may take. */
const PATIENCE = 60_000;

/** What an editor underlines. */
export interface EditorDiagnostic {
  readonly message: string;
  /** Counted from 1. */
  readonly line: number;
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** A running server that checks each document by the schema it is opened with. */
export class LanguageServer {
  readonly #schemas: Readonly<Record<string, string>>;
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (message: Message) => void>();
  readonly #diagnostics = new Map<string, (found: readonly EditorDiagnostic[]) => void>();
  #buffer = Buffer.alloc(0);
  #count = 0;
  #configured: () => void = () => {};

  private constructor(schemas: Readonly<Record<string, string>>) {
    this.#schemas = schemas;
    this.#child = spawn(process.execPath, [SERVER, "--stdio"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdout!.on("data", (chunk: Buffer) => this.#read(chunk));
  }

  /** Starts a server; `schemas` are URLs of JSON Schemas by the names that documents use. */
  static async start(schemas: Readonly<Record<string, string>>): Promise<LanguageServer> {
    const server = new LanguageServer(schemas);
    await server.#request("initialize", {
      processId: process.pid,
      rootUri: null,
      capabilities: { textDocument: { completion: { completionItem: { snippetSupport: true } } } },
    });
    const configured = new Promise<void>((resolve) => server.#configured = resolve);
    server.#send({ method: "initialized", params: {} });
    await server.#within(configured, "initialized");
    return server;
  }

  /** What is wrong with a string, by the schema of that name. */
  check(schema: string, text: string): Promise<readonly EditorDiagnostic[]> {
    const uri = this.#open(schema, text);
    return this.#within(new Promise((resolve) => this.#diagnostics.set(uri, resolve)), text);
  }

  /** What is offered where `text` has a `|`. */
  async complete(schema: string, text: string): Promise<string[]> {
    const before = text.slice(0, text.indexOf("|")).split("\n");
    const uri = this.#open(schema, text.replace("|", ""));
    const answer = await this.#request("textDocument/completion", {
      textDocument: { uri },
      position: { line: before.length - 1, character: before.at(-1)!.length },
    }) as { items: { label: string }[] } | null;
    return (answer?.items ?? []).map(({ label }) => label);
  }

  /** Ends the server. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.on("close", resolve));
    await this.#request("shutdown", null);
    this.#send({ method: "exit" });
    await ended;
  }

  #open(schema: string, text: string): string {
    const uri = `file:///app/${schema}/${++this.#count}.yaml`;
    this.#send({
      method: "textDocument/didOpen",
      params: { textDocument: { uri, languageId: "yaml", version: 1, text } },
    });
    return uri;
  }

  #request(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#count;
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#answers.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result);
        else reject(new Error(error.message));
      });
    });
    this.#send({ id, method, params });
    return this.#within(answer, method);
  }

  #send(message: object): void {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#child.stdin!.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  #read(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const head = this.#buffer.indexOf("\r\n\r\n");
      const [, length] = /Content-Length: (\d+)/.exec(this.#buffer.toString("utf8", 0, head)) ?? [];
      const end = head + 4 + Number(length);
      if (head < 0 || this.#buffer.length < end) return;
      const text = this.#buffer.toString("utf8", head + 4, end);
      this.#buffer = this.#buffer.subarray(end);
      this.#hear(JSON.parse(text));
    }
  }

  #hear(message: Message): void {
    const { id, method, params } = message;
    if (method === undefined) {
      this.#answers.get(id!)?.(message);
    } else if (method === "textDocument/publishDiagnostics") {
      const { uri, diagnostics } = params as {
        uri: string;
        diagnostics: { message: string; range: { start: { line: number } } }[];
      };
      this.#diagnostics.get(uri)?.(
        diagnostics.map(({ message, range }) => ({ message, line: range.start.line + 1 })),
      );
    } else if (id !== undefined) {
      // The server asks its editor: for the settings, and to register what it can do.
      const asksForSettings = method === "workspace/configuration";
      const schemas = Object.entries(this.#schemas).map((
        [name, url],
      ) => [url, `/app/${name}/*.yaml`]);
      const settings = {
        schemas: Object.fromEntries(schemas),
        schemaStore: { enable: false },
      };
      const items = (params?.["items"] ?? []) as { section: string }[];
      const result = asksForSettings
        ? items.map(({ section }) => section === "yaml" ? settings : {})
        : null;
      this.#send({ id, result });
      if (asksForSettings) this.#configured();
    }
  }

  async #within<T>(answer: Promise<T>, what: string): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`No answer in time to ${what}`)), PATIENCE);
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
