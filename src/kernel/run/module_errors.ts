/** Errors with a code of a module: that the module declares them, and which status they have. */
import {
  type DiglyError,
  fail,
  isModuleErrorCode,
  type ModuleErrorCode,
} from "../../contract/errors.ts";
import { didYouMean } from "../../diagnostics/nearest.ts";
import type { DeclaredErrors } from "../../load/registry/declared_errors.ts";

/** The resource that threw an error, as far as its codes matter. */
export interface Thrower {
  readonly urn: string;
  /** The module whose controller serves the resource. */
  readonly module: { readonly name: string; readonly ownName: string };
  /** What that module declares; "*" for a kind that runs code of the app. */
  readonly declared: DeclaredErrors;
}

/** What an app knows about its errors. */
export interface ErrorTable {
  /** The resource with this URN; `undefined` if nothing is known about it. */
  throwerOf(urn: string): Thrower | undefined;
  /** The HTTP status that some module declares for a code; `undefined` for an undeclared code. */
  declared(code: string): { readonly status: number | undefined } | undefined;
}

/**
 * The error as its callers see it: with the name that the app gives the module, and the status that
 * the module declares. A code that no module declares is an error of the module.
 */
export function completeModuleError(
  error: DiglyError,
  urn: string,
  table: ErrorTable,
): DiglyError {
  if (!isModuleErrorCode(error.code)) return error;
  const { details, origin, help, related, cause } = error as DiglyError<ModuleErrorCode>;
  const thrower = table.throwerOf(urn);
  const code = renamed(error.code, thrower);
  const found = table.declared(code);
  if (found === undefined && thrower !== undefined && thrower.declared !== "*") {
    return undeclared(code, error, thrower, thrower.declared);
  }
  const status = details.status ?? found?.status;
  if (code === error.code && status === details.status) return error;
  const more = status === undefined ? details : { ...details, status };
  return withStack(fail(code, more, { origin, help, related, cause }), error);
}

/** The code with the name that an import gives its module. */
function renamed(code: ModuleErrorCode, thrower: Thrower | undefined): ModuleErrorCode {
  if (thrower === undefined) return code;
  const { name, ownName } = thrower.module;
  if (name === ownName || !code.startsWith(`${ownName}.`)) return code;
  return `${name}.${code.slice(ownName.length + 1)}`;
}

function undeclared(
  code: string,
  error: DiglyError,
  { urn, module: { name } }: Thrower,
  declared: Exclude<DeclaredErrors, "*">,
): DiglyError {
  const own = `${name}.`;
  const errorName = code.startsWith(own)
    ? code.slice(own.length)
    : code.slice(code.lastIndexOf(".") + 1);
  return withStack(
    fail("ERR_EXECUTION_FAILED", {
      urn,
      problem:
        `it failed with the code "${code}", which ${name} does not declare: ${error.message}`,
    }, {
      help: didYouMean(code, declared.keys()) ??
        `Add it to \`errors\` of the definition, such as { ${errorName}: { status: 409 } }` +
          (code.startsWith(own) ? "" : `, and write the code ${own}${errorName}`),
      cause: error,
    }),
    error,
  );
}

function withStack<E extends DiglyError>(error: E, from: DiglyError): E {
  if (from.stack !== undefined) error.stack = from.stack;
  return error;
}
