/** The programmatic entry to directives and expressions. */
import {
  compileData,
  type CompileOptions,
  type DataOptions,
  type DataPlace,
} from "../template/compile/compile.ts";
import { checkOptions, requireOptions } from "../diagnostics/arguments.ts";
import { checkLimits } from "../diagnostics/limit_names.ts";
import { wrongArgument } from "../contract/wrong_argument.ts";
import { checkContext } from "../contract/context_data.ts";
import { fail } from "../contract/errors.ts";
import { DEFAULT_LIMITS } from "../contract/limits.ts";
import { resolveLocation } from "../contract/location.ts";
import type { SchemaLibrary } from "../contract/schema.ts";
import { type PatternClass, patternFunctions } from "../schema/pattern_functions.ts";
import { usePatterns } from "../schema/patterns.ts";
import { schemaCompiler } from "../schema/schema.ts";
import { useEngine } from "../template/expr/engine.ts";
import * as engine from "../template/expr/engine_parts.ts";
import { parseSource } from "./yaml/parse.ts";

/** Options of {@link compile}. */
export interface CompileDataOptions extends DataOptions {
  /** URL of the file the data is from; what it includes is relative to it. */
  readonly base?: string;
  /** The text of a file that `$include` names, by URL. Without it the directive is an error. */
  readonly read?: (url: string) => string;
}

/** Compiles plain data, synchronously; see `compile` of the public API. */
export type Compile = (value: unknown, options?: CompileDataOptions) => unknown;

/**
 * Makes a {@link Compile}, which cannot wait for imports: the engine is imported with this file,
 * and `library` and `patterns` are asked for what `$schema` needs when one is met.
 */
export function createCompile(
  library: () => SchemaLibrary,
  patterns: () => PatternClass,
): Compile {
  useEngine(engine);
  usePatterns(() => patternFunctions(patterns()));
  return (value, options) => {
    const { base, read, ...rest } = checkCompileOptions(options);
    const bounds = { ...DEFAULT_LIMITS, ...rest.limits };
    const validator: CompileOptions["validator"] = (schema, how) =>
      schemaCompiler(library).compile(schema, how, bounds);
    const place = base === undefined || read === undefined ? undefined : placeAt(base, read, rest);
    return compileData(value, { ...rest, validator }, place);
  };
}

const OPTION_TYPES = {
  context: "object",
  limits: "object",
  base: "string",
  read: "function",
} as const satisfies Record<keyof CompileDataOptions, string>;

/** The options, checked for callers that no compiler has checked. Throws `ERR_USAGE`. */
function checkCompileOptions(given: CompileDataOptions | undefined): Partial<CompileDataOptions> {
  const options = requireOptions(given, "options");
  const { base, context } = options;
  checkOptions(options, OPTION_TYPES, "options");
  checkLimits(options.limits);
  if (base !== undefined && !URL.canParse(".", base)) {
    throw fail("ERR_USAGE", { problem: `\`options.base\` is not a URL: "${base}"` }, {
      help: "Write the URL of the file that the data is from, such as file:///app/config.yaml",
    });
  }
  if (context !== undefined) checkContext(context);
  return options;
}

/** What `read` gives must be text. */
function checkText(text: unknown, url: string): string {
  if (typeof text === "string") return text;
  throw wrongArgument(`options.read("${url}")`, "a string", text);
}

/** Data at `base`; files are included from its folder and below. */
function placeAt(
  base: string,
  read: (url: string) => string,
  options: DataOptions,
): DataPlace {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const root = new URL(".", base).href;
  const diagnostics = {
    error(error: Error): never {
      throw error;
    },
    warning: () => {},
  };
  return {
    source: { url: base, text: "", module: "", root },
    include(file, from) {
      const url = resolveLocation(file, from.url);
      if (!url.startsWith(root)) {
        throw fail("ERR_COMPILATION_FAILED", {
          problem: `"${file}" may not be included: it lies outside ${root}`,
        });
      }
      return parseSource(
        { url, text: checkText(read(url), url), module: "", root },
        limits,
        diagnostics,
      );
    },
  };
}
