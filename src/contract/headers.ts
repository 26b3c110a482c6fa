/** Which headers can be sent, with the same rules on every runtime. */

const NAME = /^[\w!#$%&'*+\-.^`|~]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Why a header cannot have this name; `undefined` if it can.
 *
 * @example
 * headerNameProblem("x id"); // "its name may contain only letters, digits and -"
 */
export function headerNameProblem(name: string): string | undefined {
  return NAME.test(name) ? undefined : "its name may contain only letters, digits and -";
}

/**
 * Why a header cannot have this value; `undefined` if it can.
 *
 * @example
 * const problem = headerValueProblem(value);
 * if (problem !== undefined) throw ctx.problem(["headers", "x-id"], `cannot be sent: ${problem}`);
 */
export function headerValueProblem(value: string): string | undefined {
  return VALUE.test(value)
    ? undefined
    : "its value contains a line break, a control character or a character beyond Latin-1";
}
