/** A platform that lives in memory: for tests, ours and those of module authors. */
import type {
  DirectoryEntry,
  Files,
  HostRuntime,
  Output,
  Platform,
  RemoteResponse,
  StopSignal,
} from "../contract/platform.ts";
import { asyncVariable } from "./async_variable.ts";

/** What a {@link MemoryPlatform} starts with. */
export interface MemoryPlatformOptions {
  /** Content by `file:` URL or absolute path. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Node 24 unless set. */
  readonly runtime?: HostRuntime;
  /** What `importModule` gives, by `file:` URL or absolute path; a function is called for it. */
  readonly modules?: Readonly<Record<string, object>>;
  /** What the network answers, by URL: a string, or more of a response; 404 for any other. */
  readonly remote?: Readonly<Record<string, string | Partial<RemoteAnswer>>>;
  readonly stdin?: string;
  /** Absolute path of the working directory; `/` unless set. */
  readonly cwd?: string;
  /** Whether it was started from a terminal; false unless set. */
  readonly hasTerminal?: boolean;
}

/** An answer of the network. */
export interface RemoteAnswer {
  readonly status: number;
  readonly location: string;
  readonly contentType: string;
  readonly text: string;
}

/** A {@link Platform} whose outside world a test can see and move. */
export interface MemoryPlatform extends Platform {
  /** Everything written to standard output so far. */
  stdoutText(): string;
  /** Everything written to standard error so far. */
  stderrText(): string;
  /** Adds or replaces a file. */
  writeFile(place: string, content: string | Uint8Array): void;
  /** Raises a stop signal; false when nothing listens. */
  raise(signal: StopSignal): boolean;
  /** Reports an error that was not handled; false when nothing listens. */
  raiseUnhandled(error: unknown): boolean;
  /** Asks for a snapshot as SIGUSR2 does; false when nothing listens. */
  raiseSnapshotSignal(): boolean;
  /** Ends the process as a controller might; false when nothing listens. */
  raiseExit(): boolean;
  /** What `exit` was called with first; `undefined` before. */
  exitCode(): number | undefined;
}

/** Thrown by {@link MemoryPlatform} where a real `exit` would end the process. */
export class MemoryExit extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`The process ended with exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** Makes a platform in memory. */
export function memoryPlatform(options: MemoryPlatformOptions = {}): MemoryPlatform {
  const files = new Map<string, Uint8Array>();
  const times = new Map<string, number>();
  const imported = new Map<string, number>();
  const modules = new Map<string, object>();
  const stdout = recorder();
  const stderr = recorder();
  const signals = listeners<StopSignal>();
  const unhandled = listeners<unknown>();
  const snapshotSignal = listeners<void>();
  const exits = listeners<void>();
  let exitCode: number | undefined;

  const writeFile = (place: string, content: string | Uint8Array) => {
    files.set(
      pathOf(place),
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
    // A file that is replaced is newer than what was made from it in the same millisecond.
    const isNew = !times.has(pathOf(place));
    times.set(pathOf(place), Date.now() + (isNew ? 0 : 1));
  };
  for (const [place, content] of Object.entries(options.files ?? {})) writeFile(place, content);
  for (const [place, module] of Object.entries(options.modules ?? {})) {
    modules.set(pathOf(place), module);
  }
  const folder = urlOf((options.cwd ?? "/").replace(/\/*$/, "/"));

  return {
    runtime: options.runtime ?? { name: "node", version: "24.0.0", nodeVersion: "24.0.0" },
    env: Object.freeze({ ...options.env }),
    files: memoryFiles(files, times),
    stdout: stdout.output,
    stderr: stderr.output,
    readStdin: (limit) =>
      Promise.resolve(new TextEncoder().encode(options.stdin ?? "").subarray(0, limit + 1)),
    toUrl: (path) =>
      path.startsWith("file:")
        ? new URL(path).href
        : path.startsWith("/")
        ? new URL(urlOf(path)).href
        : new URL(encode(path), folder).href,
    toPath: (url) => url.startsWith("file:") ? pathOf(url) : url,
    cwd: () => folder,
    async importModule(url) {
      if (!imported.has(url)) imported.set(url, Date.now());
      const module = modules.get(pathOf(url));
      if (module === undefined) throw new Error(`Cannot find module '${pathOf(url)}'`);
      return { ...await (typeof module === "function" ? module() : module) };
    },
    imported: {
      times: () => imported,
      forget(urls) {
        for (const url of urls) imported.delete(url);
        return true;
      },
    },
    hasTerminal: () => options.hasTerminal ?? false,
    onSignal: signals.add,
    onSnapshotSignal: snapshotSignal.add,
    onExit: exits.add,
    runAs: (_owner, work) => work(),
    asyncVariable,
    onUnhandled: (listener) => unhandled.add((error) => listener(error, undefined)),
    exit(code) {
      exitCode ??= code;
      throw new MemoryExit(code);
    },
    nextTurn: () => new Promise((resolve) => setTimeout(resolve, 0)),
    keepsAlive: () => [],
    fetch: (url) => Promise.resolve(answer(options.remote?.[url] ?? { status: 404 })),
    stdoutText: stdout.text,
    stderrText: stderr.text,
    writeFile,
    raise: signals.raise,
    raiseUnhandled: unhandled.raise,
    raiseSnapshotSignal: snapshotSignal.raise,
    raiseExit: exits.raise,
    exitCode: () => exitCode,
  };
}

function answer(given: string | Partial<RemoteAnswer>): RemoteResponse {
  const { status = 200, location, contentType, text = "" } = typeof given === "string"
    ? { text: given }
    : given;
  async function* body(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(new TextEncoder().encode(text));
  }
  return { status, location, contentType, body: body(), cancel() {} };
}

function memoryFiles(files: Map<string, Uint8Array>, times: Map<string, number>): Files {
  const read = (url: string): Uint8Array => {
    const content = files.get(pathOf(url));
    if (content === undefined) throw noEntry(url);
    return content;
  };
  const childrenOf = (folder: string): Map<string, DirectoryEntry> => {
    const prefix = folder.replace(/\/*$/, "/");
    const children = new Map<string, DirectoryEntry>();
    for (const path of files.keys()) {
      if (!path.startsWith(prefix)) continue;
      const [name = "", ...below] = path.slice(prefix.length).split("/");
      children.set(name, { name, kind: below.length > 0 ? "directory" : "file" });
    }
    return children;
  };
  return {
    stat(url) {
      const content = files.get(pathOf(url));
      if (content !== undefined) return { kind: "file", size: content.length };
      return childrenOf(pathOf(url)).size > 0 ? { kind: "directory", size: 0 } : undefined;
    },
    changedAt(url) {
      const path = pathOf(url);
      if (files.has(path)) return times.get(path) ?? 0;
      const below = [...childrenOf(path).keys()].map((name) =>
        times.get(`${path.replace(/\/*$/, "/")}${name}`) ?? 0
      );
      return below.length > 0 ? Math.max(...below) : undefined;
    },
    readBytes: (url, limit) => read(url).subarray(0, limit + 1),
    list(url) {
      const children = childrenOf(pathOf(url));
      if (children.size === 0) throw noEntry(url);
      return [...children.values()];
    },
    realUrl: (url) => url,
    readPart: (url, offset, length) => read(url).subarray(offset, offset + length),
    replace: (url, text) => void files.set(pathOf(url), new TextEncoder().encode(text)),
    openAppend(url, start) {
      const path = pathOf(url);
      if (start === "empty" || !files.has(path)) files.set(path, new Uint8Array());
      return {
        write(bytes, length) {
          const old = files.get(path) ?? new Uint8Array();
          const content = new Uint8Array(old.length + length);
          content.set(old);
          content.set(bytes.subarray(0, length), old.length);
          files.set(path, content);
        },
        sync() {},
        close() {},
      };
    },
  };
}

function noEntry(url: string): Error {
  return Object.assign(new Error(`ENOENT: no such file or directory, '${pathOf(url)}'`), {
    code: "ENOENT",
  });
}

function recorder(): { output: Output; text: () => string } {
  let written = "";
  return {
    output: { isTerminal: false, write: (content) => void (written += textOf(content)) },
    text: () => written,
  };
}

function textOf(content: string | Uint8Array): string {
  return typeof content === "string" ? content : new TextDecoder().decode(content);
}

function listeners<Value>(): {
  add: (listener: (value: Value) => void) => () => void;
  raise: (value: Value) => boolean;
} {
  const all = new Set<(value: Value) => void>();
  return {
    add(listener) {
      all.add(listener);
      return () => void all.delete(listener);
    },
    raise(value) {
      const hasListener = all.size > 0;
      for (const listener of [...all]) listener(value);
      return hasListener;
    },
  };
}

function pathOf(place: string): string {
  if (!place.startsWith("file:")) return place;
  return decodeURIComponent(new URL(place).pathname);
}

function urlOf(path: string): string {
  return "file://" + encode(path);
}

function encode(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
