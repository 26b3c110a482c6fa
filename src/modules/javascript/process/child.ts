/** Runs a script for the parent of this process, which a limit ends with the process. */
import { errorToJSON, isDiglyError, messageOf } from "../../../contract/author.ts";
import type { Thrown } from "../isolation/outcome.ts";
import { ChildCalls, DataError } from "./child_calls.ts";
import { type FromChild, linesOf, type ToChild } from "./protocol.ts";
import { startWatchdog } from "./watchdog.ts";

/** What the process needs of the program that it is. */
export interface ChildHost {
  readonly input: AsyncIterable<Uint8Array>;
  write(text: string): void;
  /** Imports the file at a URL, also from a bundle. */
  importFile(url: string): Promise<Record<string, unknown>>;
}

type Main = (input: unknown, ctx: unknown) => unknown;
type Send = (message: FromChild) => void;

/** Serves the parent until it closes the input. */
export async function serveScript({ input, write, importFile }: ChildHost): Promise<void> {
  const send: Send = (message) => write(JSON.stringify(message) + "\n");
  let main: Main | undefined;
  let calls: ChildCalls | undefined;
  for await (const line of linesOf(input)) {
    const message = JSON.parse(line) as ToChild;
    switch (message.type) {
      case "load":
        main = await load(message, importFile, send);
        break;
      case "run":
        calls = new ChildCalls(message.urn, send);
        // The parent sends the script before it runs it.
        void run(main!, message.input, calls, send);
        break;
      case "answer":
        calls?.answer(message);
    }
  }
}

async function load(
  { urn, code, url, parent, memory }: Extract<ToChild, { readonly type: "load" }>,
  importFile: ChildHost["importFile"],
  send: Send,
): Promise<Main | undefined> {
  try {
    // A script has code or a file.
    const exports = code === undefined ? await importFile(url!) : { main: evaluate(code, urn) };
    const main = exports["main"] ?? exports["default"];
    if (typeof main !== "function") {
      const names = Object.keys(exports).filter((name) => typeof exports[name] === "function");
      send({ type: "noMain", names });
      return undefined;
    }
    await startWatchdog(parent, memory);
    send({ type: "loaded" });
    return main as Main;
  } catch (error) {
    send({ type: "end", outcome: { type: "thrown", thrown: thrownFrom(error, undefined) } });
    return undefined;
  }
}

/** Evaluates code as it is without isolation, so that its lines have the same numbers. */
function evaluate(code: string, urn: string): unknown {
  const define = new Function(
    `${code}\n;return typeof main === "undefined" ? undefined : main;\n//# sourceURL=${urn}`,
  );
  return define();
}

async function run(
  main: Main,
  input: string | undefined,
  calls: ChildCalls,
  send: Send,
): Promise<void> {
  try {
    const result = await main(input === undefined ? undefined : JSON.parse(input), calls.context);
    send({ type: "end", outcome: { type: "result", json: calls.toJson(result, "its result") } });
  } catch (error) {
    send({ type: "end", outcome: { type: "thrown", thrown: thrownFrom(error, calls) } });
  }
}

function thrownFrom(error: unknown, calls: ChildCalls | undefined): Thrown {
  const call = calls?.callOf(error);
  if (call !== undefined) return { type: "call", call };
  if (error instanceof DataError) return { type: "result", message: error.message };
  if (isDiglyError(error)) return { type: "coded", error: errorToJSON(error) };
  if (!(error instanceof Error)) {
    return { type: "error", isError: true, name: "Error", message: messageOf(error) };
  }
  const { name, stack } = error;
  return { type: "error", isError: true, name, message: messageOf(error), stack };
}
