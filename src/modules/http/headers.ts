/** Which headers can be sent, the same on every runtime. */

const NAME = /^[\w!#$%&'*+\-.^`|~]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Says why a header cannot have this name. */
export function headerNameProblem(name: string): string | undefined {
  return NAME.test(name) ? undefined : "its name may contain only letters, digits and -";
}

/** Says why a header cannot have this value. */
export function headerValueProblem(value: string): string | undefined {
  return VALUE.test(value)
    ? undefined
    : "its value contains a line break, a control character or a character beyond Latin-1";
}
