/** Passwords in URLs, `postgres://user:password@host`, which nobody needs to declare as secret. */
import { REDACTED } from "./sensitive.ts";

/** Examples write the word `password` itself, which is not secret. */
const PASSWORD = /(:\/\/[^\s:@/?#]*):(?!password@)[^\s/]+@/g;

/** A URL whose password {@link withoutPasswords} finds, or that has none. */
const SAFE = /^(?:[^@]*|[a-z][a-z0-9+.-]*:\/\/[^\s:@/?#]*(?::[^\s/]+)?@[^@]*)$/i;

/** The text with the passwords of URLs in it replaced. */
export function withoutPasswords(text: string): string {
  return text.includes("://") ? text.replace(PASSWORD, `$1:${REDACTED}@`) : text;
}

/**
 * True if the password of a URL, if it has one, is redacted wherever the URL is shown; what is not a
 * valid URL may contain one that is not found.
 *
 * @example
 * throw ctx.problem(isSafeUrl(value) ? ["url"] : [], "has a scheme that is not supported");
 */
export function isSafeUrl(url: string): boolean {
  return SAFE.test(url);
}
