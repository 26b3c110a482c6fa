/**
 * Keys as subjects of NATS. A subject consists of parts with a `.` between them, and a key is divided
 * after each `:` and `/`, so that `user:1` can be found by `user:`. What a subject cannot contain is
 * written as `=` and hexadecimal digits.
 */

/** Keys below a prefix of subjects. */
export interface KeyNames {
  subject(key: string): string;
  /** The key of a subject; `undefined` for a subject of our own. */
  key(subject: string): string | undefined;
  /** What subjects of the keys that begin with something match, and some others too. */
  filters(begin: string): readonly string[];
  /** A subject that no key has. */
  own(name: string): string;
}

/** Names keys below `root`, which ends with a `.`. */
export function createKeyNames(root: string): KeyNames {
  const subject = (key: string) => root + (key === "" ? "=" : parts(key).map(encode).join("."));
  return {
    subject,
    key(text) {
      const name = text.slice(root.length);
      if (name.startsWith("==")) return undefined;
      return name === "=" ? "" : decode(name.replaceAll(".", ""));
    },
    filters(begin) {
      const whole = parts(begin);
      if (whole.length > 0 && !/[:/]$/.test(whole.at(-1) ?? "")) whole.pop();
      if (whole.length === 0) return [`${root}>`];
      const below = whole.map(encode).join(".");
      return [`${root}${below}`, `${root}${below}.>`];
    },
    own: (name) => `${root}==${name}`,
  };
}

function parts(key: string): string[] {
  return key.match(/[^:/]*[:/]|[^:/]+/g) ?? [];
}

// deno-lint-ignore no-control-regex -- a subject cannot contain control characters
const SPECIAL = /[\u0000-\u0020\u007f.*>=]/g;

function encode(part: string): string {
  return part.replace(SPECIAL, (char) => `=${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

function decode(text: string): string {
  return text.replace(/=([0-9a-f]{2})/g, (_all, code) => String.fromCharCode(parseInt(code, 16)));
}
