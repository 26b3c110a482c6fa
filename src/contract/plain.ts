/**
 * Plain copies of any value: payloads of events and snapshots may be cyclic, hostile or huge, and
 * must not break whoever writes them.
 */
import { hiddenParts } from "./sensitive.ts";

/** How deep a copy is. */
const MAX_DEPTH = 64;

/** How many values a copy may contain; a shared value counts each time. */
const MAX_VALUES = 100_000;

const CIRCULAR = "[circular]";
const TOO_DEEP = "[too deep]";
const TOO_LARGE = "[too large]";

/** A copy of `value` that JSON and YAML can represent; other values become a string in brackets. Never throws. */
export function plain(value: unknown): unknown {
  const above: object[] = [];
  let left = MAX_VALUES;

  function copy(input: unknown): unknown {
    switch (typeof input) {
      case "number":
        return Number.isFinite(input) ? input : String(input);
      case "bigint":
        return String(input);
      case "symbol":
        return `[${String(input)}]`;
      case "function":
        return "[function]";
      case "object":
        return input === null ? null : copyObject(input);
      default:
        return input;
    }
  }

  function copyObject(input: object): unknown {
    if (above.includes(input)) return CIRCULAR;
    if (above.length >= MAX_DEPTH) return TOO_DEEP;
    if (left-- <= 0) return TOO_LARGE;
    above.push(input);
    try {
      if (ArrayBuffer.isView(input)) return `[${input.byteLength} bytes]`;
      if (input instanceof ArrayBuffer) return `[${input.byteLength} bytes]`;
      if (Array.isArray(input)) return copyList(input);
      if (input instanceof Map) return copyList([...input]);
      if (input instanceof Set) return copyList([...input]);
      if (input instanceof RegExp) return String(input);
      if (typeof (input as { toJSON?: unknown }).toJSON === "function") {
        const json = (input as { toJSON(): unknown }).toJSON();
        return json === input ? copyFields(input) : copy(json);
      }
      return copyFields(input);
    } catch (error) {
      return unreadable(error);
    } finally {
      above.pop();
    }
  }

  function copyList(input: readonly unknown[]): unknown[] {
    const list: unknown[] = [];
    const hidden = hiddenParts(input);
    for (const item of input) {
      if (left-- <= 0) {
        list.push(TOO_LARGE);
        break;
      }
      list.push(hidden?.get(String(list.length)) ?? copy(item) ?? null);
    }
    return list;
  }

  function copyFields(input: object): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    if (input instanceof Error) {
      fields["name"] = copy(input.name);
      fields["message"] = copy(input.message);
      if (input.cause !== undefined) fields["cause"] = copy(input.cause);
    }
    const hidden = hiddenParts(input);
    for (const key of Object.keys(input)) {
      if (left-- <= 0) {
        fields["…"] = TOO_LARGE;
        break;
      }
      const item = hidden?.get(key) ??
        read(() => copy((input as Record<string, unknown>)[key]));
      if (item !== undefined) setField(fields, key, item);
    }
    return fields;
  }

  return read(() => copy(value));
}

function setField(fields: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") fields[key] = value;
  else {
    // An assignment would set the prototype instead of a field.
    const own = { value, writable: true, enumerable: true, configurable: true };
    Object.defineProperty(fields, key, own);
  }
}

function read(from: () => unknown): unknown {
  try {
    return from();
  } catch (error) {
    return unreadable(error);
  }
}

function unreadable(error: unknown): string {
  try {
    return `[unreadable: ${error instanceof Error ? error.message : String(error)}]`;
  } catch {
    return "[unreadable]";
  }
}
