/** Errors that scripts and controllers make with `ctx.fail`. */
import { type DiglyError, fail, isErrorStatus, isModuleErrorCode } from "../../contract/errors.ts";
import type { FailOptions } from "../../contract/module.ts";

/** Makes the error; a code or status that is not valid is an error of the resource `urn`. */
export function failure(
  urn: string,
  code: string,
  message: string,
  { status, data, cause }: FailOptions = {},
): DiglyError {
  if (!isModuleErrorCode(code)) {
    return misuse(
      urn,
      `ctx.fail: ${JSON.stringify(code)} is not an error code`,
      "Write identifiers joined by dots, such as `Order.NotFound`",
    );
  }
  if (status !== undefined && !isErrorStatus(status)) {
    return misuse(
      urn,
      `ctx.fail: ${JSON.stringify(status)} is not an error status`,
      "Write a number from 400 to 599",
    );
  }
  const details = {
    problem: String(message),
    ...(data === undefined ? {} : { data }),
    ...(status === undefined ? {} : { status }),
  };
  return fail(code, details, { cause });
}

function misuse(urn: string, problem: string, help: string): DiglyError {
  return fail("ERR_EXECUTION_FAILED", { urn, problem, chain: [urn] }, { help });
}
