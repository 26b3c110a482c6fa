/**
 * Every failure a user can cause ends in one {@link DiglyError}.
 * The codes are a closed set, each with the details its message is made of.
 */
import type { Violation } from "./violation.ts";

/**
 * A place in a source text, for people.
 *
 * @example
 * const place: Origin | undefined = ctx.originAt(["port"]);
 * if (place !== undefined) ctx.log.info(`${place.file}:${place.line}:${place.column}`);
 */
export interface Origin {
  /** Absolute path, or URL if it is not a local file. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number;
  /** Length in code units; 0 if unknown. */
  readonly length: number;
  /** Where in the document, `$.routes[2].path`. */
  readonly path: string;
  /** The source lines around the place, for a code frame; the first is line `firstLine`. */
  readonly excerpt?: { readonly firstLine: number; readonly lines: readonly string[] };
  /**
   * For a place in the body of a template: the instances that led to it, innermost first.
   * Every error about the place names them as related.
   */
  readonly through?: readonly Related[];
}

/**
 * Another place involved in an error.
 *
 * @example
 * const other: Related = { message: "The first one is here", origin: ctx.originAt([])! };
 */
export interface Related {
  readonly message: string;
  readonly origin: Origin;
}

/**
 * Code → what its message is made of. `problem` is a sentence in sentence case without a
 * full stop that quotes the offending value; what to do about it goes into `help`.
 *
 * @example
 * const details: ErrorDetails["ERR_MODULE_INVALID"] = { problem: "The cache is full" };
 */
export interface ErrorDetails {
  /** The command line is wrong. */
  ERR_USAGE: { problem: string };
  /** A manifest is not valid YAML, or not a resource or module manifest. */
  ERR_MANIFEST_INVALID: { problem: string };
  /** A manifest, folder or listed path does not exist. */
  ERR_MANIFEST_NOT_FOUND: { problem: string };
  /**
   * A directive or a `${ }` failed, or an expression cannot be parsed. If an environment variable is
   * not set, `variable` is its name.
   */
  ERR_COMPILATION_FAILED: { problem: string; expression?: string; variable?: string };
  /** An `$assert` was false. */
  ERR_ASSERTION_FAILED: { problem: string };
  /** Data does not fit its schema, or a schema is invalid. */
  ERR_SCHEMA_VALIDATION: { problem: string; keyword?: string };
  /** A resource is wrong in a way that the schema of its kind cannot say. */
  ERR_RESOURCE_INVALID: { urn: string; problem: string };
  /** A `TemplateDefinition`, or what one of its expressions gives, is invalid. */
  ERR_TEMPLATE_INVALID: { problem: string };
  /** No template has this name. */
  ERR_TEMPLATE_NOT_FOUND: { problem: string };
  /**
   * A `${{ }}` names something that does not exist. If it is an environment variable, `variable` is
   * its name.
   */
  ERR_REFERENCE_UNRESOLVED: { problem: string; expression?: string; variable?: string };
  /** The types in an expression are wrong, such as those of the operands of an operator. */
  ERR_EXPRESSION_TYPE: { problem: string; expression: string };
  /** Resources refer to each other in a cycle. */
  ERR_REFERENCE_CYCLE: { problem: string; cycle: readonly string[] };
  /** An import does not resolve. */
  ERR_MODULE_NOT_FOUND: { problem: string };
  /** A module manifest, a definition or a controller's exports are wrong. */
  ERR_MODULE_INVALID: { problem: string };
  /** No controller entry fits this runtime. */
  ERR_RUNTIME_MISMATCH: { problem: string };
  /** No controller serves the kind of one or more resources, or no module defines it. */
  ERR_CONTROLLER_NOT_FOUND: { problem: string; resources: readonly string[] };
  /** Two resources have the same kind and name. */
  ERR_DUPLICATE_RESOURCE: { urn: string };
  /** No resource has this URN. */
  ERR_RESOURCE_NOT_FOUND: { urn: string };
  /** A resource of this kind cannot be executed: no module serves it. */
  ERR_MODULE_MISSING: { urn: string };
  /** A controller's `create` failed. */
  ERR_CREATE_FAILED: { urn: string; problem: string };
  /** A resource's `init`, or a controller's `register`, failed. */
  ERR_INIT_FAILED: { urn: string; problem: string };
  /** A resource's `start` failed. */
  ERR_START_FAILED: { urn: string; problem: string };
  /** An execution failed; `chain` lists the URNs from the root to the one that did. */
  ERR_EXECUTION_FAILED: { urn: string; problem: string; chain: readonly string[] };
  /** The input of an execution does not match the input schema. */
  ERR_INPUT_INVALID: { urn: string; problem: string; violations: readonly Violation[] };
  /**
   * Something that an execution needs cannot be reached. `executed` is `no` if the execution has not
   * begun, so that it is safe to try again.
   */
  ERR_UNAVAILABLE: { problem: string; executed: "no" | "unknown" };
  /** One or more resources failed to tear down. */
  ERR_TEARDOWN_FAILED: { problem: string };
  /** The graceful stop took longer than `--shutdown-timeout`. */
  ERR_SHUTDOWN_TIMEOUT: { problem: string; waitingFor: readonly string[] };
  /** A limit was exceeded. The help says how to raise it. */
  ERR_LIMIT_EXCEEDED: { problem: string; limit: string };
  // In these, `problem` continues a sentence whose subject is the resource: "divides by zero".
  /** Code that is not trusted needs more memory than its limit. */
  ERR_CODE_MEMORY: { urn: string; problem: string };
  /** Code that is not trusted runs longer than its limit. */
  ERR_CODE_TIME: { urn: string; problem: string };
  /** Code that is not trusted takes more instructions than its limit. */
  ERR_CODE_FUEL: { urn: string; problem: string };
  /** Code that is not trusted crashed: it trapped, or its process or engine ended. */
  ERR_CODE_TRAP: { urn: string; problem: string };
  /** Code that is not trusted returned something that is not a valid result or request. */
  ERR_CODE_RESULT: { urn: string; problem: string };
  /** A remote manifest may not be fetched, or its hash is not the one that the URL requires. */
  ERR_INTEGRITY: { problem: string };
  /** Standard output cannot be written, for example because the disk is full. */
  ERR_OUTPUT_FAILED: { problem: string };
  /**
   * The work was aborted; `isLate` is true if its deadline has passed, and `continues` is the URN of
   * a durable job that continues at the next start.
   */
  ERR_ABORTED: { problem: string; isLate?: boolean; continues?: string };
}

/**
 * The runtime's own codes of {@link DiglyError}.
 *
 * @example
 * const code: ErrorCode = "ERR_UNAVAILABLE";
 */
export type ErrorCode = keyof ErrorDetails;

/**
 * A code of a module or an app: `Order.NotFound`.
 *
 * @example
 * const code: ModuleErrorCode = "Bank.Overdrawn";
 */
export type ModuleErrorCode = `${string}.${string}`;

/**
 * What an error with a code of a module says; all of it is public.
 *
 * @example
 * const details: ModuleErrorDetails = { problem: "Too little money", data: { missing: 2 } };
 * throw fail("Bank.Overdrawn", details);
 */
export interface ModuleErrorDetails {
  readonly problem: string;
  /** JSON-like data for whoever handles the error. */
  readonly data?: unknown;
  /** The HTTP status of this error; the definition of the module gives it otherwise. */
  readonly status?: number;
}

/**
 * What {@link fail} takes for a code: the kernel adds the resource and the chain of executions.
 *
 * @example
 * function failed(details: FailDetails<"ERR_EXECUTION_FAILED">): DiglyError {
 *   return fail("ERR_EXECUTION_FAILED", details);
 * }
 */
export type FailDetails<Code extends ErrorCode | ModuleErrorCode> = Code extends
  "ERR_EXECUTION_FAILED" ? Pick<ErrorDetails[Code], "problem"> & Partial<ErrorDetails[Code]>
  : DetailsOf<Code>;

/** The details of an error with this code. */
export type DetailsOf<Code extends ErrorCode | ModuleErrorCode> = Code extends ErrorCode
  ? ErrorDetails[Code]
  : ModuleErrorDetails;

const MODULE_ERROR_CODE = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$/;

/**
 * True for a code of a module or an app: identifiers joined by dots.
 *
 * @example
 * isModuleErrorCode("Bank.Overdrawn"); // true
 * isModuleErrorCode("ERR_ABORTED"); // false
 */
export function isModuleErrorCode(code: unknown): code is ModuleErrorCode {
  return typeof code === "string" && MODULE_ERROR_CODE.test(code);
}

/** True for HTTP statuses that report an error. */
export function isErrorStatus(status: unknown): status is number {
  return Number.isInteger(status) && (status as number) >= 400 && (status as number) <= 599;
}

/** Additional information of an error. */
export interface ErrorContext {
  readonly origin?: Origin | undefined;
  /** What to do about it, a sentence; the nearest right name goes here. */
  readonly help?: string | undefined;
  readonly related?: readonly Related[] | undefined;
  readonly cause?: unknown;
}

const MESSAGES: { [Code in ErrorCode]?: (details: ErrorDetails[Code]) => string } = {
  ERR_DUPLICATE_RESOURCE: ({ urn }) => `Two resources are named ${urn}`,
  ERR_RESOURCE_NOT_FOUND: ({ urn }) => `No resource is named ${urn}`,
  ERR_MODULE_MISSING: ({ urn }) => `No module serves the kind of ${urn}`,
  ERR_RESOURCE_INVALID: ({ urn, problem }) => `${urn}: ${problem}`,
  ERR_CREATE_FAILED: ({ urn, problem }) => `Creating ${urn} failed: ${problem}`,
  ERR_INIT_FAILED: ({ urn, problem }) => `Initialising ${urn} failed: ${problem}`,
  ERR_START_FAILED: ({ urn, problem }) => `Starting ${urn} failed: ${problem}`,
  ERR_CODE_MEMORY: ({ urn, problem }) => `${urn} ${problem}`,
  ERR_CODE_TIME: ({ urn, problem }) => `${urn} ${problem}`,
  ERR_CODE_FUEL: ({ urn, problem }) => `${urn} ${problem}`,
  ERR_CODE_TRAP: ({ urn, problem }) => `${urn} ${problem}`,
  ERR_CODE_RESULT: ({ urn, problem }) => `${urn} ${problem}`,
  // Without a URN until the kernel knows the resource.
  ERR_EXECUTION_FAILED: ({ urn, problem }) => urn ? `Executing ${urn} failed: ${problem}` : problem,
};

const mark = Symbol.for("digly.error");

/**
 * The error type of the public API, created by {@link fail}.
 *
 * @example
 * try {
 *   await ctx.execute("Bank.Account.Savings", 12);
 * } catch (error) {
 *   if (error instanceof DiglyError && error.code === "Bank.Overdrawn") ctx.log.warn(error.message);
 *   else throw error;
 * }
 */
export class DiglyError<
  Code extends ErrorCode | ModuleErrorCode = ErrorCode | ModuleErrorCode,
> extends Error {
  readonly code: Code;
  readonly details: DetailsOf<Code>;
  /** The place in the source text the error is about. */
  readonly origin: Origin | undefined;
  /** What to do about it. */
  readonly help: string | undefined;
  /** Other places involved. */
  readonly related: readonly Related[];

  constructor(code: Code, message: string, details: DetailsOf<Code>, context: ErrorContext) {
    super(message, context.cause === undefined ? undefined : { cause: readable(context.cause) });
    this.name = "DiglyError";
    this.code = code;
    this.details = details;
    this.origin = context.origin;
    this.help = context.help;
    const related = context.related ?? [];
    const through = context.origin?.through?.filter((place) => !related.includes(place)) ?? [];
    this.related = [...related, ...through];
    Object.defineProperty(this, mark, { value: true });
  }
}

/**
 * Creates the error for `code`, one of the runtime's or one of a module; the caller throws or
 * reports it. A code or a status that is not valid makes it an error about that.
 *
 * @example
 * throw fail("ERR_RESOURCE_NOT_FOUND", { urn }, { help: "Did you mean …?" });
 * throw fail("Sql.UniqueViolation", { problem: "The name is taken", data: { column: "name" } });
 */
export function fail<Code extends ErrorCode | ModuleErrorCode>(
  code: Code,
  details: FailDetails<Code>,
  context: ErrorContext = {},
): DiglyError<Code> {
  const wrong = misuse(code, details);
  if (wrong !== undefined) return wrong as DiglyError<Code>;
  const write = Object.hasOwn(MESSAGES, code)
    ? MESSAGES[code as ErrorCode] as (details: unknown) => string
    : undefined;
  // Authors in JavaScript may have left the details out.
  const given =
    (code === "ERR_EXECUTION_FAILED"
      ? { urn: "", chain: [], ...details }
      : details ?? {}) as DetailsOf<Code>;
  const message = write ? write(given) : (given as { problem?: string }).problem ?? String(code);
  return new DiglyError(code, message, given, context ?? {});
}

/** The error for a code or a status that {@link fail} does not take. */
function misuse(code: unknown, details: unknown): DiglyError | undefined {
  if (typeof code === "string" && code.startsWith("ERR_")) return undefined;
  if (!isModuleErrorCode(code)) {
    return fail("ERR_EXECUTION_FAILED", {
      problem: `${JSON.stringify(code)} is not an error code`,
    }, { help: "Write identifiers joined by dots, such as `Order.NotFound`" });
  }
  const status = (details as { readonly status?: unknown } | undefined)?.status;
  if (status === undefined || isErrorStatus(status)) return undefined;
  return fail("ERR_EXECUTION_FAILED", {
    problem: `${JSON.stringify(status)} is not an error status`,
  }, { help: "Write a number from 400 to 599" });
}

/**
 * True for a {@link DiglyError}, also one made by another copy of the package.
 *
 * @example
 * if (isDiglyError(error) && error.code === "ERR_ABORTED") return;
 */
export function isDiglyError(value: unknown): value is DiglyError {
  try {
    return typeof value === "object" && value !== null && mark in value;
  } catch {
    return false; // A proxy may throw.
  }
}

/** True for a {@link DiglyError} with this code, whose details are then known. */
export function hasCode<Code extends ErrorCode>(
  value: unknown,
  code: Code,
): value is DiglyError<Code> {
  return isDiglyError(value) && value.code === code;
}

/**
 * The message of anything thrown, in one line of text.
 *
 * @example
 * ctx.log.warn(`Cannot connect: ${messageOf(error)}`);
 */
export function messageOf(thrown: unknown): string {
  const value = readable(thrown);
  if (value instanceof Error) return String(value.message || value.name);
  if (typeof value === "string" && value !== "") return value;
  return `a value that is not an error was thrown (${inWords(value)})`;
}

function inWords(value: unknown): string {
  if (value === null) return "null";
  if (value === "") return "an empty string";
  if (typeof value !== "object") return typeof value;
  const { message } = value as { message?: unknown };
  if (typeof message === "string" && message !== "") return `an object that says: ${message}`;
  const keys = Object.keys(value).slice(0, MOST_KEYS).join(", ");
  return keys === "" ? "an empty object" : `an object with ${keys}`;
}

/** The maximum number of keys that are listed; values are omitted because they may be secret. */
const MOST_KEYS = 5;

/** The thrown value, or a replacement if reading its properties throws. */
export function readable(thrown: unknown): unknown {
  try {
    if (thrown instanceof Error) void [String(thrown.message), String(thrown.name), thrown.cause];
    else if (typeof thrown === "object" && thrown !== null) {
      void [(thrown as { message?: unknown }).message, Object.keys(thrown)];
    }
    return thrown;
  } catch {
    return new Error("an error was thrown whose message cannot be read");
  }
}
