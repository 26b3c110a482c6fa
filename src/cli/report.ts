/** Renders errors and warnings as text. */
import { DiglyError, isDiglyError, messageOf, type Origin } from "../contract/errors.ts";
import type { Warning } from "../contract/diagnostics.ts";
import { formatCallChain } from "./call_chain.ts";
import { codeFrame } from "../diagnostics/code_frame.ts";
import { relatedOf } from "../diagnostics/related.ts";
import { shortened } from "../diagnostics/shortened.ts";
import { locationInUserCode } from "./stack.ts";
import { type Paint, paintFor, visible } from "../diagnostics/style.ts";

/** Options for rendering errors. */
export interface RenderOptions {
  readonly color: boolean;
  /** Include stack traces and the chain of causes. */
  readonly verbose: boolean;
  /** Absolute path of the working directory; files below it are shown relative to it. */
  readonly cwd: string;
  /** Removes sensitive values. */
  readonly redact?: (text: string) => string;
}

/** The text of an error, ending in a line break. Anything but a `DiglyError` is a bug in Digly. */
export function renderError(error: unknown, options: RenderOptions): string {
  const digly = isDiglyError(error) ? error : unexpectedError(error);
  const redact = options.redact ?? String;
  const paint = paintFor(options.color);
  const lines = headLines("error", digly, options);
  lines.push(...relatedLines(digly, options));
  const { chain } = digly.details as { chain?: readonly string[] };
  if (chain !== undefined && chain.length > 1) {
    lines.push(`  ${paint("cyan", "calls:")} ${redact(formatCallChain(chain))}`);
  }
  for (const cause of causesOf(digly)) {
    lines.push(`  ${paint("cyan", "cause:")} ${formatText(cause, redact, 9)}`);
  }
  const thrownAt = formatUserLocation(digly, options.cwd);
  if (thrownAt !== undefined) lines.push(`  ${paint("cyan", "at")} ${thrownAt}`);
  lines.push(...helpLines(digly, paint, redact));
  if (options.verbose) lines.push(...stackLines(digly, redact));
  return lines.join("\n") + "\n";
}

/** The text of a warning, ending in a line break. */
export function renderWarning(warning: Warning, options: RenderOptions): string {
  const lines = [...headLines("warning", warning, options), ...relatedLines(warning, options)];
  lines.push(...helpLines(warning, paintFor(options.color), options.redact ?? String));
  return lines.join("\n") + "\n";
}

/** How many related locations are listed. */
const MAX_RELATED = 50;

function relatedLines(problem: DiglyError | Warning, options: RenderOptions): string[] {
  const { color, cwd, redact = String } = options;
  const also = paintFor(color)("cyan", "also:");
  const related = relatedOf(problem);
  const lines = related.slice(0, MAX_RELATED).map(({ message, origin }) =>
    `  ${also} ${formatLocation(origin, cwd)}: ${formatText(message, redact, 8)}`
  );
  const more = related.length - lines.length;
  return more > 0 ? [...lines, `  ${also} ${more} more`] : lines;
}

/** Wraps an error that no part of the program expected. */
function unexpectedError(thrown: unknown): DiglyError {
  const problem = messageOf(thrown);
  return new DiglyError(
    "ERR_EXECUTION_FAILED",
    `Unexpected error: ${problem}`,
    { urn: "the runtime", problem, chain: [] },
    {
      cause: thrown,
      help: "This is a bug in Digly; please report it with the output of --verbose",
    },
  );
}

/** Wraps an error that the app did not handle; `place` is where code in a resource threw it. */
export function unhandledError(
  thrown: unknown,
  caller?: string,
  place?: { readonly urn: string; readonly origin: Origin },
): DiglyError {
  const problem = messageOf(thrown);
  const owner = place?.urn ?? caller;
  return new DiglyError(
    "ERR_EXECUTION_FAILED",
    `${owner === undefined ? "An error" : `An error of ${owner}`} was not handled: ${problem}`,
    { urn: owner ?? "the runtime", problem, chain: [] },
    {
      cause: thrown,
      origin: place?.origin ?? (isDiglyError(thrown) ? thrown.origin : undefined),
      help: (isDiglyError(thrown) ? thrown.help : undefined) ??
        "Catch it where it arises: await every promise, and listen to error events",
    },
  );
}

function headLines(
  severity: "error" | "warning",
  problem: Warning,
  { color, cwd, redact = String }: RenderOptions,
): string[] {
  const paint = paintFor(color);
  const title = paint(severity === "error" ? "red" : "yellow", `${severity}[${problem.code}]`);
  const lines = [`${title}: ${paint("bold", formatText(problem.message, redact, 2))}`];
  const { origin } = problem;
  if (origin === undefined) return lines;
  lines.push(`  ${paint("blue", "-->")} ${formatLocation(origin, cwd)}`);
  return [...lines, ...codeFrame(origin, paint, redact).map((line) => `  ${line}`)];
}

function helpLines(
  { help }: { readonly help?: string | undefined },
  paint: Paint,
  redact: (text: string) => string,
): string[] {
  return help === undefined ? [] : [`  ${paint("cyan", "help:")} ${formatText(help, redact, 8)}`];
}

/** `message` with secrets and control characters removed and long values cut; further lines are indented. */
function formatText(message: string, redact: (text: string) => string, indent: number): string {
  return indented(shortened(redact(message)), indent);
}

function indented(text: string, indent: number): string {
  return visible(text).trimEnd().replaceAll("\n", "\n" + " ".repeat(indent));
}

/**
 * The messages of the causes, outermost first, that the error's own message does not contain;
 * the reason of a bare `fetch failed` is found only there.
 */
function causesOf(error: DiglyError): string[] {
  let outermost: unknown = error;
  while (isDiglyError(outermost)) outermost = outermost.cause;
  const causes: string[] = [];
  const seen = new Set<unknown>();
  for (let cause = outermost; cause !== undefined && !seen.has(cause);) {
    seen.add(cause);
    for (const message of cause === outermost ? innerMessages(cause) : causeMessages(cause)) {
      if (!error.message.includes(message) && !causes.includes(message)) causes.push(message);
    }
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

/** The messages of a cause; a value that is neither an error nor a string has none. */
function causeMessages(cause: unknown): string[] {
  if (typeof cause === "string") return [cause];
  if (!(cause instanceof Error)) return [];
  const inner = innerMessages(cause);
  return inner.length > 0 ? inner : [messageOf(cause)];
}

/** The messages inside an aggregate error without one of its own, such as a failed connection. */
function innerMessages(error: unknown): string[] {
  if (!(error instanceof AggregateError) || error.message !== "") return [];
  return error.errors.map(messageOf);
}

/** The stacks of the error and of its causes. */
function stackLines(error: unknown, redact: (text: string) => string): string[] {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  for (let cause = error; cause !== undefined && !seen.has(cause);) {
    seen.add(cause);
    const stack = cause instanceof Error ? fullStack(cause) : messageOf(cause);
    lines.push(`  ${seen.size === 1 ? "stack:" : "caused by:"} ${indented(redact(stack), 4)}`);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}

/** Adds the message to stacks of JavaScriptCore, which do not begin with it. */
function fullStack(error: Error): string {
  const title = `${error.name}: ${error.message}`;
  const stack = error.stack ?? "";
  return stack.includes(error.message) ? stack : `${title}\n${stack}`;
}

/** Where the user's code threw the error, unless that is its origin. */
function formatUserLocation(error: DiglyError, cwd: string): string | undefined {
  const place = locationInUserCode(error);
  const thrownAt = place && formatLocation(place, cwd);
  return error.origin !== undefined && formatLocation(error.origin, cwd) === thrownAt
    ? undefined
    : thrownAt;
}

function formatLocation(
  { file, line, column }: Pick<Origin, "file" | "line" | "column">,
  cwd: string,
): string {
  return `${relativeTo(cwd, file)}:${line}:${column}`;
}

/** `file` relative to the folder `cwd`; unchanged if it is outside. */
export function relativeTo(cwd: string, file: string): string {
  const path = file.replaceAll("\\", "/");
  const prefix = cwd.replaceAll("\\", "/").replace(/\/*$/, "/");
  return path.startsWith(prefix) && prefix !== "/" ? path.slice(prefix.length) : file;
}
