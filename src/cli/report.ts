/** Shows errors and warnings to people. */
import {
  DiglyError,
  isDiglyError,
  messageOf,
  type Origin,
  type Related,
} from "../contract/errors.ts";
import type { Warning } from "../contract/diagnostics.ts";
import { showCalls } from "./calls.ts";
import { codeFrame } from "./frame.ts";
import { placeInUserCode } from "./stack.ts";
import { type Paint, paintFor, visible } from "./style.ts";

/** How to show errors. */
export interface RenderOptions {
  readonly color: boolean;
  /** Add stacks and the chain of causes. */
  readonly verbose: boolean;
  /** Absolute path of the working directory; files below it are shown relative to it. */
  readonly cwd: string;
  /** Hides what is sensitive. */
  readonly redact?: (text: string) => string;
}

/** The text of an error, ending in a line break. What is no `DiglyError` is a fault of ours. */
export function renderError(error: unknown, options: RenderOptions): string {
  const known = isDiglyError(error) ? error : unexpected(error);
  const redact = options.redact ?? String;
  const paint = paintFor(options.color);
  const lines = head("error", known, options);
  lines.push(...alsoOf(known, options));
  const { chain } = known.details as { chain?: readonly string[] };
  if (chain !== undefined && chain.length > 1) {
    lines.push(`  ${paint("cyan", "calls:")} ${redact(showCalls(chain))}`);
  }
  for (const cause of causesOf(known)) {
    lines.push(`  ${paint("cyan", "cause:")} ${text(cause, redact, 9)}`);
  }
  const place = placeInUserCode(known);
  if (place !== undefined) lines.push(`  ${paint("cyan", "at")} ${at(place, options.cwd)}`);
  lines.push(...helpOf(known, paint, redact));
  if (options.verbose) lines.push(...stacksOf(known, redact));
  return lines.join("\n") + "\n";
}

/** The text of a warning, ending in a line break. */
export function renderWarning(warning: Warning, options: RenderOptions): string {
  const lines = [...head("warning", warning, options), ...alsoOf(warning, options)];
  lines.push(...helpOf(warning, paintFor(options.color), options.redact ?? String));
  return lines.join("\n") + "\n";
}

/** The other places that have to do with a problem; the instances that led to it among them. */
export function relatedOf(problem: DiglyError | Warning): readonly Related[] {
  return isDiglyError(problem) ? problem.related : problem.origin?.through ?? [];
}

/** Nobody reads more places than these. */
const MOST_PLACES = 50;

function alsoOf(problem: DiglyError | Warning, options: RenderOptions): string[] {
  const { color, cwd, redact = String } = options;
  const also = paintFor(color)("cyan", "also:");
  const related = relatedOf(problem);
  const lines = related.slice(0, MOST_PLACES).map(({ message, origin }) =>
    `  ${also} ${at(origin, cwd)}: ${text(message, redact, 8)}`
  );
  const more = related.length - lines.length;
  return more > 0 ? [...lines, `  ${also} ${more} more`] : lines;
}

/** The error for something thrown that no part of the program expected. */
function unexpected(thrown: unknown): DiglyError {
  const problem = messageOf(thrown);
  return new DiglyError(
    "ERR_EXECUTION_FAILED",
    `Something unexpected happened: ${problem}`,
    { urn: "the runtime", problem, chain: [] },
    {
      cause: thrown,
      help: "This is a fault in Digly itself; please report it with what --verbose shows",
    },
  );
}

/** The error for one that an app left unhandled; it names the place it comes from. */
export function unhandledError(thrown: unknown, owner?: string): DiglyError {
  const problem = messageOf(thrown);
  return new DiglyError(
    "ERR_EXECUTION_FAILED",
    `${owner === undefined ? "An error" : `An error of ${owner}`} was not handled: ${problem}`,
    { urn: owner ?? "the runtime", problem, chain: [] },
    {
      cause: thrown,
      origin: isDiglyError(thrown) ? thrown.origin : undefined,
      help: (isDiglyError(thrown) ? thrown.help : undefined) ??
        "Catch it where it arises: await every promise, and listen to error events",
    },
  );
}

function head(
  severity: "error" | "warning",
  problem: Warning,
  { color, cwd, redact = String }: RenderOptions,
): string[] {
  const paint = paintFor(color);
  const title = paint(severity === "error" ? "red" : "yellow", `${severity}[${problem.code}]`);
  const lines = [`${title}: ${paint("bold", text(problem.message, redact, 2))}`];
  const { origin } = problem;
  if (origin === undefined) return lines;
  lines.push(`  ${paint("blue", "-->")} ${at(origin, cwd)}`);
  return [...lines, ...codeFrame(origin, paint, redact).map((line) => `  ${line}`)];
}

function helpOf(
  { help }: { readonly help?: string | undefined },
  paint: Paint,
  redact: (text: string) => string,
): string[] {
  return help === undefined ? [] : [`  ${paint("cyan", "help:")} ${text(help, redact, 8)}`];
}

/** What people read of `message`; lines after the first are indented. */
function text(message: string, redact: (text: string) => string, indent: number): string {
  return visible(redact(message)).trimEnd().replaceAll("\n", "\n" + " ".repeat(indent));
}

/**
 * What lies behind the error that a message tells of already, outermost first: the reason of
 * a bare `fetch failed` stands only there.
 */
function causesOf(error: DiglyError): string[] {
  let told: unknown = error;
  while (isDiglyError(told)) told = told.cause;
  const causes: string[] = [];
  const seen = new Set<unknown>();
  for (let cause = told; cause !== undefined && !seen.has(cause);) {
    seen.add(cause);
    for (const message of cause === told ? innerMessages(cause) : causeMessages(cause)) {
      if (!error.message.includes(message) && !causes.includes(message)) causes.push(message);
    }
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

/** The messages of a cause; one that is neither error nor text says nothing to people. */
function causeMessages(cause: unknown): string[] {
  if (typeof cause === "string") return [cause];
  if (!(cause instanceof Error)) return [];
  const inner = innerMessages(cause);
  return inner.length > 0 ? inner : [messageOf(cause)];
}

/** The messages inside an aggregate that has none of its own, as a failed connection gives. */
function innerMessages(error: unknown): string[] {
  if (!(error instanceof AggregateError) || error.message !== "") return [];
  return error.errors.map(messageOf);
}

/** The stack of the error and of each error that caused it. */
function stacksOf(error: unknown, redact: (text: string) => string): string[] {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  for (let cause = error; cause !== undefined && !seen.has(cause);) {
    seen.add(cause);
    const stack = cause instanceof Error ? fullStack(cause) : messageOf(cause);
    lines.push(`  ${seen.size === 1 ? "stack:" : "caused by:"} ${text(stack, redact, 4)}`);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}

/** JavaScriptCore's stacks do not begin with the message; V8's do. */
function fullStack(error: Error): string {
  const title = `${error.name}: ${error.message}`;
  const stack = error.stack ?? "";
  return stack.includes(error.message) ? stack : `${title}\n${stack}`;
}

function at(
  { file, line, column }: Pick<Origin, "file" | "line" | "column">,
  cwd: string,
): string {
  return `${relativeTo(cwd, file)}:${line}:${column}`;
}

/** `file` relative to the folder `cwd` when it lies below, else as it is. */
export function relativeTo(cwd: string, file: string): string {
  const [path, folder] = [file, cwd].map((place) => place.replaceAll("\\", "/"));
  const prefix = folder!.replace(/\/*$/, "/");
  return path!.startsWith(prefix) && prefix !== "/" ? path!.slice(prefix.length) : file;
}
