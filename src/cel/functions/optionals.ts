/** Values that may be missing. */
import { isZero } from "../access.ts";
import { CelError } from "../cel_error.ts";
import type { Context } from "../context.ts";
import { enter, Optional } from "../values.ts";
import type { Functions } from "./implementation.ts";

export const OPTIONALS: Functions = {
  "optional.of(A)": (_, value: unknown) => new Optional(value),
  "optional.none()": () => Optional.none,
  "optional.ofNonZeroValue(A)": (context, value: unknown) =>
    isZero(context, value) ? Optional.none : new Optional(value),
  "optional.unwrap(list<optional<A>>)": unwrap,
  "list<optional<A>>.unwrapOpt()": unwrap,
  "optional<A>.hasValue()": (_, { value }: Optional) => value !== undefined,
  "optional<A>.value()": (_, { value }: Optional) => {
    if (value !== undefined) return value;
    throw new CelError("The optional has no value", {
      help: "Say what to use instead: .orValue(…)",
    });
  },
  "optional<A>.or(optional<A>)": (_, first: Optional, second: Optional) =>
    first.value === undefined ? second : first,
  "optional<A>.orValue(A)": (_, { value }: Optional, other: unknown) =>
    value === undefined ? other : value,
};

function unwrap(context: Context, list: readonly unknown[]): unknown[] {
  context.spend(1 + list.length);
  const values: unknown[] = [];
  for (const item of list) {
    const optional = enter(item);
    if (!(optional instanceof Optional)) {
      throw new CelError("Only a list of optionals can be unwrapped");
    }
    if (optional.value === undefined) continue;
    values.push(optional.value);
    context.note(values, optional.value);
  }
  return values;
}
