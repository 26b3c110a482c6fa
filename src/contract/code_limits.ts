/**
 * The limits of code that is not trusted, of WebAssembly controllers and of isolated scripts, as
 * they are written in manifests: `limits: { memory: 64MiB, time: 1s, fuel: 1e9 }`.
 */
import { DURATION_PATTERN, durationMs, LONGEST_DURATION_MS } from "./duration.ts";
import { sizeBytes } from "./size.ts";

/**
 * The limits of a piece of code.
 *
 * @example
 * const limits: CodeLimits = { memory: 64 * 1024 * 1024, time: 1_000, fuel: Infinity };
 */
export interface CodeLimits {
  /** Memory in bytes. */
  readonly memory: number;
  /** How long one execution may compute, in milliseconds. Waiting for others does not count. */
  readonly time: number;
  /** How many instructions one execution may take, roughly; `Infinity` without a limit. */
  readonly fuel: number;
}

/**
 * The name of a limit of code.
 *
 * @example
 * const name: CodeLimitName = "memory";
 */
export type CodeLimitName = keyof CodeLimits;

/** The limits of code whose author sets none. */
export const DEFAULT_CODE_LIMITS: CodeLimits = Object.freeze({
  memory: 64 * 1024 * 1024,
  time: 1_000,
  fuel: Infinity,
});

/** The names of the limits of code. */
export const CODE_LIMIT_NAMES = Object.keys(DEFAULT_CODE_LIMITS) as readonly CodeLimitName[];

/** JSON Schema of `limits`. */
export const CODE_LIMITS_SCHEMA: {
  readonly properties: Readonly<Record<CodeLimitName, unknown>>;
  readonly [keyword: string]: unknown;
} = {
  type: "object",
  description: "What the code may use.",
  additionalProperties: false,
  properties: {
    memory: {
      type: ["string", "integer"],
      description: "How much memory it may use, such as 64MiB, which is the default.",
    },
    time: {
      type: ["string", "number"],
      pattern: DURATION_PATTERN,
      description: "How long one execution may compute, such as 1s, which is the default.",
    },
    fuel: {
      type: ["string", "number"],
      description: "How many instructions one execution may take, such as 1e9; without it, any.",
    },
  },
};

/** The least memory, a page of WebAssembly, and the most that it can address. */
const LEAST_MEMORY = 64 * 1024;
const MOST_MEMORY = 4 * 1024 * 1024 * 1024;

/** The value of a limit of code, or the problem with it. */
export type CodeLimitValue =
  | { readonly value: number }
  | { readonly problem: string; readonly help: string };

/**
 * The value of a limit of code as it is written in a manifest.
 *
 * @example
 * codeLimit("memory", "64MiB"); // { value: 67108864 }
 * codeLimit("time", "fast"); // { problem: …, help: … }
 */
export function codeLimit(name: CodeLimitName, written: unknown): CodeLimitValue {
  const isScalar = typeof written === "string" || typeof written === "number";
  const { read, least, most, help, range } = FORMS[name];
  const value = isScalar ? read(written) ?? NaN : NaN;
  const shown = typeof written === "string" ? `"${written}"` : JSON.stringify(written) ?? "nothing";
  if (Number.isNaN(value)) return { problem: `The limit \`${name}\` cannot be ${shown}`, help };
  if (value >= least && value <= most) return { value };
  return { problem: `The limit \`${name}\` cannot be ${shown}`, help: range };
}

/** How a limit is written, and its bounds. */
interface LimitForm {
  readonly read: (written: string | number) => number | undefined;
  readonly least: number;
  readonly most: number;
  readonly help: string;
  readonly range: string;
}

const FORMS: Readonly<Record<CodeLimitName, LimitForm>> = {
  memory: {
    read: sizeBytes,
    least: LEAST_MEMORY,
    most: MOST_MEMORY,
    help: "Write a size, such as 64MiB",
    range: "Write a size from 64KiB to 4GiB",
  },
  time: {
    read: durationMs,
    least: 1,
    most: LONGEST_DURATION_MS,
    help: "Write a duration, such as 1s or 200ms",
    range: "Write a duration from 1ms to 35000m",
  },
  fuel: {
    read: (written) =>
      typeof written === "number" || /^\d+(?:\.\d+)?(?:e\d+)?$/i.test(written)
        ? Math.floor(Number(written))
        : undefined,
    least: 1,
    most: Number.MAX_SAFE_INTEGER,
    help: "Write a number of instructions, such as 1e9",
    range: "Write a number of instructions from 1 to 9e15",
  },
};

/**
 * The limits that `limits` of a resource sets, with the defaults for the others; the first problem
 * if there is any. A schema has checked that it is a map with known names.
 *
 * @example
 * const limits = readCodeLimits({ memory: "16MiB" });
 * if ("problem" in limits) throw ctx.problem(["limits", limits.name], limits.problem, limits);
 */
export function readCodeLimits(
  written: Readonly<Record<string, unknown>> | undefined,
): CodeLimits | { readonly name: CodeLimitName; readonly problem: string; readonly help: string } {
  const limits: Record<CodeLimitName, number> = { ...DEFAULT_CODE_LIMITS };
  for (const name of CODE_LIMIT_NAMES) {
    if (written?.[name] === undefined) continue;
    const parsed = codeLimit(name, written[name]);
    if ("problem" in parsed) return { name, ...parsed };
    limits[name] = parsed.value;
  }
  return limits;
}

/**
 * A limit as people write it.
 *
 * @example
 * formatCodeLimit("memory", 67108864); // "64MiB"
 * formatCodeLimit("fuel", 1e9); // "1e9"
 */
export function formatCodeLimit(name: CodeLimitName, value: number): string {
  if (name === "fuel") return value >= 1e5 ? value.toExponential().replace("e+", "e") : `${value}`;
  if (name === "time") return value % 1_000 === 0 ? `${value / 1_000}s` : `${value}ms`;
  for (const [unit, size] of [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10]] as const) {
    if (value % size === 0) return `${value / size}${unit}`;
  }
  return `${value}B`;
}
