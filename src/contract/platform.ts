/**
 * What the core asks of the runtime below it. `src/platform/` implements it for
 * Node, Bun, Deno and, for tests, in memory; nothing else touches a runtime.
 *
 * Places are URLs throughout (`file:///app/runtime.yaml`), so that the core
 * needs no path arithmetic of its own.
 */

/** The JavaScript runtime the program runs on. */
export interface HostRuntime {
  /** As written in a manifest's `runtime:`: `node`, `bun` or `deno`. */
  readonly name: string;
  /** The runtime's own version, without a leading `v`. */
  readonly version: string;
  /** The Node version the runtime reports to be compatible with, where it does. */
  readonly nodeVersion: string | undefined;
}

/** What a path leads to; `special` is a device, a pipe or a socket, which is never read. */
export type FileKind = "file" | "directory" | "special";

/** One entry of a directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly kind: FileKind;
}

/** Synchronous access to files by `file:` URL. Boot reads little and reads it once. */
export interface Files {
  /** The kind and size in bytes at `url`, following links; `undefined` if nothing exists. */
  stat(url: string): { readonly kind: FileKind; readonly size: number } | undefined;
  /**
   * When the content of the file or folder at `url`, or what its name leads to, last changed, in
   * milliseconds since the epoch; `undefined` if nothing exists.
   */
  changedAt(url: string): number | undefined;
  /**
   * The bytes of a regular file. Of a larger one than `limit` the first `limit + 1`
   * bytes, since reported sizes cannot be trusted: files of `/proc` have size 0. Throws the runtime's
   * own error when it cannot be read.
   */
  readBytes(url: string, limit: number): Uint8Array;
  /** The entries of a directory, links followed, in no particular order. */
  list(url: string): DirectoryEntry[];
  /** The URL with every symbolic link resolved. */
  realUrl(url: string): string;
  /** `length` bytes of a file from `offset` on, fewer at its end. Throws as {@link readBytes} does. */
  readPart(url: string, offset: number, length: number): Uint8Array;
  /**
   * Replaces a file atomically: a reader sees the old or the new content. Makes
   * the folders above it. A private file is readable by its owner only, and is not written
   * through a symbolic link. Throws the runtime's own error, and leaves what was there.
   */
  replace(url: string, text: string, access?: "private"): void;
  /**
   * Opens a private file to write at its end, emptied first or as it is; makes the folders above
   * it. Refuses symbolic links, and what is not a regular file.
   */
  openAppend(url: string, start: "empty" | "keep"): AppendFile;
}

/** A file that grows. Everything is synchronous: the bytes are in the file when `write` returns. */
export interface AppendFile {
  /**
   * Writes the first `length` of the `bytes`, in one call where the system allows it. Throws the
   * runtime's own error.
   */
  write(bytes: Uint8Array, length: number): void;
  /** Waits until what was written is on the device. */
  sync(): void;
  close(): void;
}

/** How many characters a terminal shows. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** An output stream. `write` is synchronous: the content is out when it returns. */
export interface Output {
  write(content: string | Uint8Array): void;
  readonly isTerminal: boolean;
  /** The columns and rows of a terminal, as they are now; `undefined` if they are not known. */
  readonly size?: () => TerminalSize | undefined;
  /** True once a write has shown that the reader is gone, if that can be detected. */
  readonly isGone?: boolean;
}

/** Signals that ask the program to stop. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** The response of a server. */
export interface RemoteResponse {
  readonly status: number;
  /** Where a redirect leads, as the server wrote it. */
  readonly location: string | undefined;
  readonly contentType: string | undefined;
  /** The body as it comes; reading it throws when the connection breaks. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Discards the rest of the body. */
  cancel(): void;
}

/** How a user is asked for lines. */
export interface PromptOptions {
  readonly prompt: string;
  /** The words that may take the place of `part`, the end of a line. */
  complete(line: string): { readonly words: readonly string[]; readonly part: string };
}

/** A folder with the files of a revision. */
export interface ExportedRevision {
  /** The path that the folder has there. */
  readonly path: string;
  /** Removes the files. */
  dispose(): void;
}

/** The modules that were imported into the process, which outlive an app. */
export interface ImportedModules {
  /** When `importModule` was first called for each URL that is not forgotten. */
  times(): ReadonlyMap<string, number>;
  /**
   * Makes the next import of each of these files evaluate it anew, whichever module imports it.
   * Returns false, and changes nothing, where the runtime cannot do that.
   */
  forget(urls: readonly string[]): boolean;
}

/** A variable with a value for each flow of control, also across `await`. */
export interface AsyncVariable<T> {
  /** Runs `work`, which sees `value`, as does what it starts. */
  run<R>(value: T, work: () => R): R;
  /** The value of the `run` around the caller. */
  get(): T | undefined;
}

/** The runtime below the core. */
export interface Platform {
  readonly runtime: HostRuntime;
  /** The process environment as it was at start. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: Files;
  readonly stdout: Output;
  readonly stderr: Output;
  /** The bytes of standard input; `limit + 1` of them when there are more than `limit`. */
  readStdin(limit: number): Promise<Uint8Array>;
  /** Standard input as it arrives, until its end. */
  readInput?(): AsyncIterable<Uint8Array>;
  /** From now on, what code writes to the console goes to standard error. */
  redirectConsole?(): Promise<void>;
  /** The lines that a user types, until the end of the input. */
  readLines?(options: PromptOptions): AsyncIterable<string>;
  /** Writes the files of a revision of git to a temporary folder. Throws `ERR_USAGE`. */
  exportRevision?(folder: string, revision: string): Promise<ExportedRevision>;
  /** The `file:` URL of a path as a user types it, relative to the working directory. */
  toUrl(path: string): string;
  /** The absolute path of a `file:` URL, for people; any other URL comes back as it is. */
  toPath(url: string): string;
  /** The working directory as a `file:` URL that ends in a slash. */
  cwd(): string;
  /**
   * Imports a JavaScript or TypeScript module by `file:` URL and returns its namespace.
   * Throws whatever the module throws; where the runtime reads no TypeScript, it is
   * translated first.
   */
  importModule(url: string): Promise<Record<string, unknown>>;
  /** What was imported with `importModule`; a platform without it never imports a file again. */
  readonly imported?: ImportedModules;
  /**
   * Calls `listener` when an entry of a folder, given by its `file:` URL, is written, created,
   * removed or renamed, with its name where the runtime knows it. Returns a function that stops.
   * Throws the runtime's own error, such as for a folder that does not exist.
   */
  watchFolder?(url: string, listener: (name: string | undefined) => void): () => void;
  /**
   * From now on, modules with these names are what imports by any module give, also instead of the
   * runtime's own. Called before the first import; a platform without it imports nothing else.
   */
  provideModules?(modules: Readonly<Record<string, Readonly<Record<string, unknown>>>>): void;
  /** Asks for a URL, following no redirect. Throws the runtime's own error. */
  fetch(url: string, signal: AbortSignal): Promise<RemoteResponse>;
  /** Calls `listener` per stop signal; returns a function that stops listening. */
  onSignal(listener: (signal: StopSignal) => void): () => void;
  /** Calls `listener` when SIGUSR2 asks for a snapshot; never where there is no such signal. */
  onSnapshotSignal(listener: () => void): () => void;
  /**
   * Calls `listener` when the process is about to end, whoever ended it; what it starts and
   * does not finish is lost. Returns a function that stops.
   */
  onExit(listener: () => void): () => void;
  /**
   * Runs `work` in the name of `owner`: what it starts, also later, is told to
   * {@link onUnhandled} listeners as the owner's, where the runtime keeps track of it.
   */
  runAs<T>(owner: string, work: () => T): T;
  /** Makes a variable that code and everything it starts, also later, share. */
  asyncVariable<T>(): AsyncVariable<T>;
  /**
   * Calls `listener` for rejections and exceptions nobody handled, with their owner where it
   * is known; returns a function that stops.
   */
  onUnhandled(listener: (error: unknown, owner: string | undefined) => void): () => void;
  /** True if the process was started from a terminal, whatever its output is redirected to. */
  hasTerminal(): boolean;
  /**
   * Starts this program again with the same arguments, as a process below this one that shares its
   * streams and receives its signals. Resolves with the exit code when it has ended.
   * `state` is for {@link takeState} of that process, and no other program of this user is told it.
   */
  startAgain?(state?: string): Promise<number>;
  /** What the run before has given to {@link startAgain}, the first time that it is called. */
  takeState?(): Promise<string | undefined>;
  /** Resolves in the next turn of the event loop. A timer of 0 ms would wait for a millisecond. */
  nextTurn(): Promise<void>;
  /**
   * Called when an app has started, and by commands that serve for long: from then on the runtime
   * compiles code as early as usual. An executable defers it, see `STARTUP_JIT_POLICY`.
   */
  endStartup?(): void;
  /** Ends the process now. */
  exit(code: number): never;
  /** Descriptions of what keeps the event loop alive, if the runtime can list it. */
  keepsAlive(): string[];
}
