/** The errors of isolated scripts: what went wrong, where in the manifest, and what to do. */
import {
  type DiglyError,
  errorFromJSON,
  fail,
  formatCodeLimit,
  isDiglyError,
  messageOf,
  type Origin,
  type Path,
} from "../../../contract/author.ts";
import type { LocateThrown } from "../thrown.ts";
import type { ScriptHost } from "./host.ts";
import type { IsolationLimits } from "./limits.ts";
import { AVAILABLE, isOfRuntime } from "./names.ts";
import type { Outcome, Thrown } from "./outcome.ts";

/** What the errors of one script are made of. */
export interface FailureOptions {
  readonly urn: string;
  readonly limits: IsolationLimits;
  readonly originAt: (path: Path) => Origin | undefined;
  readonly locate: LocateThrown;
}

type FailedOutcome = Exclude<Outcome, { readonly type: "result" }>;

const DATA = "Pass plain data: objects, lists, strings, finite numbers, booleans or null";

/** Makes the errors of one script. */
export class Failures {
  readonly #options: FailureOptions;

  constructor(options: FailureOptions) {
    this.#options = options;
  }

  /** Runs `convert`, whose errors are about the input or the result of an execution. */
  ofData<T>(convert: () => T): T {
    try {
      return convert();
    } catch (error) {
      throw this.#dataError(messageOf(error), error);
    }
  }

  #dataError(problem: string, cause?: unknown): DiglyError {
    const { urn, originAt } = this.#options;
    return fail("ERR_CODE_RESULT", { urn, problem: `passes on what is not data: ${problem}` }, {
      origin: originAt(["code"]) ?? originAt(["file"]),
      help: DATA,
      cause,
    });
  }

  /** The error of an execution; what the script has thrown itself is thrown as it is. */
  ofOutcome(outcome: FailedOutcome, host?: Pick<ScriptHost, "errorOf">): unknown {
    const { urn, originAt } = this.#options;
    switch (outcome.type) {
      case "time":
      case "memory":
        return this.#limitError(outcome.type);
      case "stuck":
        return fail("ERR_EXECUTION_FAILED", {
          urn,
          problem: "`main` gave a promise that is never settled",
          chain: [urn],
        }, {
          origin: originAt(["code"]),
          help: "An isolated script can wait for `ctx.execute` only: it has no timers",
        });
      case "thrown":
        if (outcome.thrown.type === "result") return this.#dataError(outcome.thrown.message ?? "");
        return outcome.thrown.type === "call" && outcome.thrown.call !== undefined
          ? host?.errorOf(outcome.thrown.call)
          : toError(outcome.thrown);
    }
  }

  #limitError(name: "time" | "memory"): DiglyError {
    const { urn, limits, originAt } = this.#options;
    const limit = formatCodeLimit(name, limits[name]);
    const higher = formatCodeLimit(name, limits[name] * 2);
    const problem = name === "time"
      ? `computed longer than its limit of ${limit}`
      : `needs more memory than its limit of ${limit}`;
    const code = name === "time" ? "ERR_CODE_TIME" : "ERR_CODE_MEMORY";
    return fail(code, { urn, problem }, {
      origin: originAt(["limits", name]) ?? originAt(["isolate"]) ?? originAt([]),
      help: `Let it do less, or raise its limit: \`limits: { ${name}: ${higher} }\``,
    });
  }

  /** The error of code that fails while it is evaluated, before there is a `main`. */
  async ofLoading(outcome: Outcome): Promise<DiglyError> {
    const { urn, locate, originAt } = this.#options;
    if (outcome.type === "time" || outcome.type === "memory") return this.#limitError(outcome.type);
    const error = outcome.type === "thrown" ? toError(outcome.thrown) : undefined;
    if (isDiglyError(error)) return error;
    const problem = error === undefined ? "its code does not end" : messageOf(error);
    return fail("ERR_CREATE_FAILED", { urn, problem }, {
      origin: await locate(error) ?? originAt(["code"]) ?? originAt(["file"]),
      cause: error,
      help: helpFor(error),
    });
  }

  withoutMain(): DiglyError {
    const { urn } = this.#options;
    return fail(
      "ERR_CREATE_FAILED",
      { urn, problem: "its code does not define a function `main`" },
      {
        help: "Write `function main(input, ctx) { … }` in `code`",
      },
    );
  }

  /** The error of a process that ended by itself. */
  ofProcess(problem: string): DiglyError {
    const { urn, originAt } = this.#options;
    return fail("ERR_CODE_TRAP", { urn, problem: `failed: ${problem}` }, {
      origin: originAt(["isolate"]) ?? originAt([]),
    });
  }

  ofInterpreter(cause: Error): DiglyError {
    const { urn, originAt } = this.#options;
    const problem = `failed with its interpreter: ${cause.message}`;
    return fail("ERR_CODE_TRAP", { urn, problem }, { origin: originAt(["code"]), cause });
  }
}

const ERRORS: Readonly<Record<string, new (message: string) => Error>> = {
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
};

/** What a script threw, as it would be without isolation. */
function toError(thrown: Thrown): unknown {
  if (thrown.type === "unreadable") {
    return new Error("an error was thrown whose message cannot be read");
  }
  if (thrown.type === "coded") return errorFromJSON(thrown.error);
  if (thrown.type === "value") return thrown.value ?? EXAMPLES[thrown.of ?? ""];
  if (thrown.isError !== true) {
    return thrown.message === undefined ? {} : { message: thrown.message };
  }
  // QuickJS words it differently from the runtimes, whose message is known elsewhere.
  const message = (thrown.message ?? "").replace(
    /^'([\w$]+)' is not defined$/,
    "$1 is not defined",
  );
  const name = thrown.name ?? "Error";
  const ErrorClass = (Object.hasOwn(ERRORS, name) ? ERRORS[name] : undefined) ?? Error;
  const error = new ErrorClass(message);
  if (name !== error.name) error.name = name;
  error.stack = `${name}: ${message}\n${thrown.stack ?? ""}`;
  return error;
}

/** A value of each type, for those that are described by their type alone. */
const EXAMPLES: Readonly<Record<string, unknown>> = {
  boolean: false,
  null: null,
  number: 0,
  bigint: 0n,
  symbol: Symbol(),
  undefined,
  function: () => {},
};

/** Help for an error that names something of the runtime. */
export function helpFor(error: unknown): string | undefined {
  if (!(error instanceof ReferenceError)) return undefined;
  const name = /^([\w$]+) is not defined$/.exec(error.message)?.[1];
  return name !== undefined && isOfRuntime(name) ? AVAILABLE : undefined;
}
