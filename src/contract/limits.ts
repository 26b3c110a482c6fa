/**
 * Every limit of the program, in one place: its name, what it bounds, and its default. The page
 * `docs/limits.md` is made from this file. A name that ends in `Bytes` is a size, one that ends
 * in `Ms` a time.
 */
import { SIZES } from "./size.ts";

/** Upper bounds on the resources that an app may use. */
export interface Limits {
  /** Size of one manifest file. */
  readonly manifestBytes: number;
  /** YAML aliases in one document. */
  readonly aliases: number;
  /** Nodes of one document; a node that aliases share counts each time it is met. */
  readonly nodes: number;
  /** Nesting of collections in a document. */
  readonly nesting: number;
  /** Documents in one file. */
  readonly documents: number;
  /** Characters of text in one document, counted as they are produced. */
  readonly documentText: number;
  /** Resources of an app. */
  readonly resources: number;
  /** Characters of text in all resources of an app. */
  readonly totalText: number;
  /** Size of a file that a secret or a variable names. */
  readonly fileBytes: number;
  /** Size of the input that `digly exec` reads. */
  readonly inputBytes: number;
  /** Files that include each other with `$include`. */
  readonly includeDepth: number;
  /** Templates that generate each other. */
  readonly templateDepth: number;
  /** Resources that are written inline in each other. */
  readonly inlineDepth: number;
  /** Resources that controllers register, whose controllers register more. */
  readonly registrationDepth: number;
  /** Characters that one expression may give. */
  readonly expressionText: number;
  /** Nesting of one expression. */
  readonly expressionNesting: number;
  /** Steps one expression may take. */
  readonly expressionSteps: number;
  /** Size of one file read from the network. */
  readonly remoteBytes: number;
  /** Time that fetching one of them may take. */
  readonly remoteMs: number;
  /** Redirects that are followed for one of them. */
  readonly remoteRedirects: number;
  /** Files that an app reads from the network. */
  readonly remoteFiles: number;
  /** Executions that call each other. */
  readonly callDepth: number;
  /** Nodes of one JSON Schema, with everything that it refers to put in its place. */
  readonly schemaNodes: number;
  /** Steps that checking one value against a JSON Schema may take. */
  readonly validationSteps: number;
  /** How deep a JSON Schema and the value that is checked against it may nest together. */
  readonly validationDepth: number;
}

/** The limits that apply unless an app or a caller changes them. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  manifestBytes: 16 * 1024 * 1024,
  aliases: 1_000,
  nodes: 1_000_000,
  nesting: 128,
  documents: 200_000,
  documentText: 64 * 1024 * 1024,
  resources: 200_000,
  totalText: 512 * 1024 * 1024,
  fileBytes: 1024 * 1024,
  inputBytes: 64 * 1024 * 1024,
  includeDepth: 32,
  templateDepth: 10,
  inlineDepth: 10,
  registrationDepth: 10,
  expressionText: 1024 * 1024,
  expressionNesting: 64,
  expressionSteps: 1_000_000,
  remoteBytes: 5 * 1024 * 1024,
  remoteMs: 10_000,
  remoteRedirects: 3,
  remoteFiles: 200,
  callDepth: 64,
  schemaNodes: 50_000,
  validationSteps: 5_000_000,
  validationDepth: 512,
});

/** The value of a limit, or the problem with it. */
export type LimitValue =
  | { readonly value: number }
  | { readonly problem: string; readonly help: string };

/** Higher values would overflow the stack of the runtime. */
const HIGHEST: Partial<Limits> = {
  nesting: 1_000,
  includeDepth: 1_000,
  templateDepth: 1_000,
  inlineDepth: 1_000,
  registrationDepth: 1_000,
  expressionNesting: 1_000,
  callDepth: 1_000,
  validationDepth: 2_000,
};

/** Limits that apply before the manifest is read, so only the command line can set them. */
const COMMAND_LINE_ONLY: ReadonlySet<string> = new Set(["inputBytes"]);

const TIMES: ReadonlyMap<string, number> = new Map([["MS", 1], ["S", 1_000], ["M", 60_000]]);
const NO_UNITS: ReadonlyMap<string, number> = new Map();

/** The help for a limit that cannot be higher. */
const LESS = "Structure the app so that it needs less";

/**
 * The passes of a boot, in which resources whose controllers returned null are tried again. It is
 * the one bound that nobody can change: a resource that is not ready after ten passes never is.
 */
export const BOOT_PASSES = 10;

/** The longest a timer can wait, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** True for the name of a limit. */
export function isLimitName(name: string): name is keyof Limits {
  return Object.hasOwn(DEFAULT_LIMITS, name);
}

/** True for a limit that a manifest may set. */
export function isManifestLimit(name: keyof Limits): boolean {
  return !COMMAND_LINE_ONLY.has(name);
}

/**
 * The value of a limit as it is written in a manifest or on the command line: a positive whole
 * number, for sizes also a string such as `32MiB`, for times one such as `20s`.
 */
export function parseLimit(name: keyof Limits, written: unknown): LimitValue {
  const units = unitsOf(name);
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(String(written)) ?? [];
  const factor = unit === "" ? 1 : units.get(unit.toUpperCase());
  const isScalar = typeof written === "number" || typeof written === "string";
  const value = isScalar && factor !== undefined ? Number(digits) * factor : NaN;
  if (!Number.isSafeInteger(value) || value < 1) {
    const shown = typeof written === "string" ? `"${written}"` : JSON.stringify(written);
    return {
      problem: `The limit \`${name}\` cannot be ${shown}`,
      help: `Write a positive whole number${
        units === SIZES
          ? ", or a size such as 32MiB"
          : units === TIMES
          ? ", or a time such as 20s"
          : ""
      }`,
    };
  }
  const highest = HIGHEST[name] ?? (units === TIMES ? LONGEST : Number.MAX_SAFE_INTEGER);
  if (value <= highest) return { value };
  return {
    problem: `The limit \`${name}\` cannot be more than ${highest}`,
    help: LESS,
  };
}

/**
 * The help for a limit that was reached at the value `current`: both ways to raise it, after the
 * alternative `otherwise`.
 */
export function raiseLimit(
  name: keyof Limits,
  current: number,
  otherwise?: string,
): string {
  const highest = HIGHEST[name] ?? Infinity;
  if (current >= highest) {
    const help = `The limit \`${name}\` cannot be higher`;
    return otherwise === undefined
      ? `${help}: structure the app so that it needs less`
      : `${otherwise}. ${help}`;
  }
  const higher = formatLimit(name, Math.min(current * 2, highest));
  const ways = COMMAND_LINE_ONLY.has(name)
    ? `use --limit ${name}=${higher}`
    : `write \`limits: { ${name}: ${higher} }\` in the runtime.yaml, or use --limit ${name}=${higher}`;
  const how = `the limit \`${name}\`: ${ways}`;
  return otherwise === undefined ? `Raise ${how}` : `${otherwise}, or raise ${how}`;
}

/** Formats the value of a limit: `16MiB`, `10s`, `1000`. */
export function formatLimit(name: keyof Limits, value: number): string {
  const units = [...unitsOf(name)].reverse();
  const fits = units.find(([, factor]) => factor > 1 && value % factor === 0);
  if (fits === undefined) return String(value);
  const [unit, factor] = fits;
  return `${value / factor}${unit.length > 1 ? unit.replace("IB", "iB") : unit.toLowerCase()}`;
}

function unitsOf(name: keyof Limits): ReadonlyMap<string, number> {
  return name.endsWith("Bytes") ? SIZES : name.endsWith("Ms") ? TIMES : NO_UNITS;
}
