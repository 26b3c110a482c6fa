/** Checks limits that programs set, and suggests names of limits. */
import { fail } from "../contract/errors.ts";
import { DEFAULT_LIMITS, isLimitName, parseLimit } from "../contract/limits.ts";
import { wrongArgument } from "../contract/wrong_argument.ts";
import { didYouMean } from "./nearest.ts";

/** The help for an unknown limit. */
export function helpForLimitName(name: string): string {
  const names = Object.keys(DEFAULT_LIMITS);
  return didYouMean(name, names) ?? `The limits are ${names.join(", ")}`;
}

/** Throws for limits that do not exist or have an invalid value. */
export function checkLimits(limits: object = {}): void {
  for (const [name, value] of Object.entries(limits)) {
    if (!isLimitName(name)) {
      throw fail("ERR_USAGE", { problem: `Unknown limit "${name}"` }, {
        help: helpForLimitName(name),
      });
    }
    if (typeof value !== "number") {
      throw wrongArgument(`options.limits.${name}`, "a number", value);
    }
    const parsed = parseLimit(name, value);
    if ("problem" in parsed) {
      throw fail("ERR_USAGE", { problem: parsed.problem }, { help: parsed.help });
    }
  }
}
