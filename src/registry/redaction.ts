/**
 * Keeps sensitive values out of everything the program shows. Rules: decision D-32.
 */

/** What is shown instead. */
export const REDACTED = "[redacted]";

/** Stands for what holds itself. */
const CIRCULAR = "[circular]";

/** The sensitive values of one app. */
export interface Redaction {
  /** Marks a value, and every string inside it, as sensitive. */
  add(value: unknown): void;
  /** `text` with every sensitive value in it replaced, also as JSON and URLs escape it. */
  text(text: string): string;
  /** A copy of plain data with its strings redacted; the same object when nothing was. */
  value<T>(value: T): T;
}

/** Shorter values are redacted only where they are the whole text, or every text would suffer. */
const SHORTEST_PART = 4;

/** Makes a redaction that hides nothing yet. */
export function createRedaction(): Redaction {
  const whole = new Set<string>();
  let parts: string[] = [];

  function text(input: string): string {
    if (whole.size === 0) return input;
    if (whole.has(input)) return REDACTED;
    let output = input;
    for (const part of parts) {
      if (output.includes(part)) output = output.replaceAll(part, REDACTED);
    }
    return output;
  }

  /** What holds the value at hand. */
  const above: object[] = [];

  function value(input: unknown): unknown {
    if (typeof input === "string") return text(input);
    if (typeof input === "number" || typeof input === "boolean") {
      return whole.has(String(input)) ? REDACTED : input;
    }
    if (typeof input !== "object" || input === null) return input;
    if (above.includes(input)) return CIRCULAR;
    above.push(input);
    try {
      return objectValue(input);
    } finally {
      above.pop();
    }
  }

  function objectValue(input: object): unknown {
    if (Array.isArray(input)) {
      const copy = input.map(value);
      return copy.some((item, index) => item !== input[index]) ? copy : input;
    }
    if (input instanceof Error) {
      const message = text(input.message);
      return message === input.message ? input : message;
    }
    if ("toJSON" in input && typeof input.toJSON === "function") return value(input.toJSON());
    let changed = false;
    const copy: Record<string, unknown> = {};
    for (const key of Object.keys(input)) {
      const item = read(input, key);
      const redacted = item === UNREADABLE ? "[unreadable]" : value(item);
      const shownKey = text(key);
      changed ||= redacted !== item || shownKey !== key;
      Object.defineProperty(copy, shownKey, {
        value: redacted,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return changed ? copy : input;
  }

  function add(secret: unknown): void {
    if (typeof secret === "object" && secret !== null) {
      for (const item of Object.values(secret)) add(item);
      return;
    }
    if (secret === null || secret === undefined || secret === "" || typeof secret === "boolean") {
      return;
    }
    const plain = String(secret);
    const escaped = JSON.stringify(plain).slice(1, -1);
    whole.add(plain).add(escaped).add(inUrl(plain));
    // Longest first, so that a secret that holds another one goes as a whole.
    parts = [...whole].filter((part) => part.length >= SHORTEST_PART)
      .sort((a, b) => b.length - a.length);
  }

  return { add, text, value: (input) => whole.size === 0 ? input : value(input) as typeof input };
}

/** As a URL holds it; text that no URL can hold, with half a character, stays as it is. */
function inUrl(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return text;
  }
}

const UNREADABLE = Symbol("unreadable");

/** A field, or a symbol where its getter throws. */
function read(input: object, key: string): unknown {
  try {
    return (input as Record<string, unknown>)[key];
  } catch {
    return UNREADABLE;
  }
}
