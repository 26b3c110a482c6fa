/**
 * JSON Schema: draft 2020-12, or draft-07 where `$schema` says so, formats included.
 * Loading and first use of the library cost tens of milliseconds, so it
 * is imported when a schema first needs it, and each schema is compiled once in a process.
 */
import type { _ as Code, Ajv as AjvClass, ErrorObject, ValidateFunction } from "ajv";
import type { Ajv2020 as Ajv2020Class } from "ajv/dist/2020.js";
import { type DiglyError, fail } from "../contract/errors.ts";
import { formatPath } from "../contract/field_path.ts";
import { tooLargeSchema } from "../contract/input_schema.ts";
import { isKnownUrn, namesResource, namesResourceOf } from "../contract/known_urns.ts";
import { DEFAULT_LIMITS } from "../contract/limits.ts";
import type { ValidatorOptions } from "../contract/validator.ts";
import { isMap, type Value } from "../contract/resource.ts";
import type {
  CompiledSchema,
  SchemaCheck,
  SchemaCompiler,
  SchemaLibrary,
} from "../contract/schema.ts";
import { hasDuplicates } from "../contract/unique_items.ts";
import {
  BudgetExceeded,
  type ValidationBounds,
  withBudget,
} from "../contract/validation_budget.ts";
import { boundCode, BUDGET_FUNCTIONS } from "./bounded_code.ts";
import { type Coercion, compileCoercion } from "./coerce.ts";
import { boundFormats } from "./formats.ts";
import { linearRegExp, loadPatterns } from "./patterns.ts";
import { certainlyCompiles, isPlainSchema } from "./plain_schema.ts";
import { simpleSize } from "./simple_schema.ts";
import { refusal, toViolations } from "./violations.ts";

/** The part of Ajv that both drafts share. */
interface Ajv {
  compile(schema: unknown): ValidateFunction;
  errors?: ValidateFunction["errors"];
}

/** Options of the library, also for generated validators. */
export const AJV_OPTIONS = {
  allErrors: true,
  verbose: true,
  strict: false,
  ownProperties: true,
  // Different schemas may have the same $id.
  addUsedSchema: false,
  logger: false,
} as const;

/** Adds Digly's own keywords to an instance of the library, and a linear-time `uniqueItems`. */
export function addKeywords(
  ajv: Pick<AjvClass, "addFormat" | "addKeyword" | "removeKeyword">,
  code: typeof Code,
): void {
  ajv.addFormat("digly-urn", { type: "string", validate: isKnownUrn });
  ajv.addKeyword({
    keyword: "diglyUrn",
    schemaType: "boolean",
    type: "object",
    code(context) {
      const { gen, data } = context;
      const names = gen.scopeValue("func", { ref: namesResource, code: code`namesResource` });
      context.fail(code`!${names}(${data})`);
    },
  });
  ajv.addKeyword({
    keyword: "digly:kind",
    schemaType: ["string", "array"],
    type: ["string", "object"],
    code(context) {
      const { gen, data, schemaCode } = context;
      const names = gen.scopeValue("func", { ref: namesResourceOf, code: code`namesResourceOf` });
      context.fail(code`!${names}(${data}, ${schemaCode})`);
    },
  });
  // They decide the order of the boot, so every value is valid.
  ajv.addKeyword({ keyword: "digly:ready", schemaType: "boolean" });
  ajv.addKeyword({ keyword: "digly:all", schemaType: "string" });
  // It says what a path leads to, and the kernel looks for it.
  ajv.addKeyword({ keyword: "digly:file", schemaType: "string" });
  ajv.removeKeyword("uniqueItems");
  ajv.addKeyword({
    keyword: "uniqueItems",
    schemaType: "boolean",
    type: "array",
    code(context) {
      if (context.schema === false) return;
      const { gen, data } = context;
      const search = gen.scopeValue("func", { ref: hasDuplicates, code: code`hasDuplicates` });
      context.fail(code`${search}(${data})`);
    },
  });
}

/** Wraps a function of the library into a validator that stays within `bounds`. */
export function toValidator(
  validate: CompiledSchema,
  bounds: ValidationBounds = DEFAULT_LIMITS,
): SchemaCheck {
  const check = (value: unknown) =>
    validate(value) ? [] : toViolations((validate.errors ?? []) as ErrorObject[], value);
  return (value) => {
    try {
      return withBudget(bounds, value, check);
    } catch (error) {
      if (error instanceof BudgetExceeded) return [refusal(error.limit, bounds)];
      // A validator with many variables may exhaust the stack before it reaches the bound.
      if (error instanceof RangeError) return [refusal("validationDepth", bounds)];
      throw error;
    }
  };
}

const importLibrary = (): Promise<SchemaLibrary> => import("./schema_library.ts");

let loading: Promise<[SchemaLibrary, void]> | undefined;
let compiler: SchemaCompiler | undefined;

/** The compiler of this process. Loads the library on first use. */
export async function loadSchemaCompiler(): Promise<SchemaCompiler> {
  if (compiler !== undefined) return compiler;
  const [library] = await (loading ??= Promise.all([importLibrary(), loadPatterns()]));
  return schemaCompiler(() => library);
}

/** The compiler of this process if it was loaded already. */
export function loadedSchemaCompiler(): SchemaCompiler {
  if (compiler === undefined) throw new Error("The schema library is not loaded");
  return compiler;
}

/** The compiler of this process, synchronously; `library` is called on first use. */
export function schemaCompiler(library: () => SchemaLibrary): SchemaCompiler {
  return compiler ??= createCompiler(library());
}

/** Schemas that are certainly valid, and the bound that they are within: a schema is never changed. */
const valid = new WeakMap<object, number>();

/**
 * True for a schema that need not be compiled to know that it is valid. Throws
 * `ERR_SCHEMA_VALIDATION` for one that is too large.
 */
export function isCertainlyValid(
  schema: unknown,
  bounds: ValidationBounds = DEFAULT_LIMITS,
): boolean {
  if (typeof schema !== "object" || schema === null) return typeof schema === "boolean";
  const size = simpleSize(schema);
  if (size > 0 && size <= bounds.schemaNodes) return true;
  if (valid.get(schema) === bounds.schemaNodes) return true;
  checkSize(schema, bounds);
  const isValid = certainlyCompiles(schema);
  if (isValid) valid.set(schema, bounds.schemaNodes);
  return isValid;
}

function createCompiler(library: SchemaLibrary): SchemaCompiler {
  const { Ajv, Ajv2020, formats, _ } = library as {
    readonly Ajv: typeof AjvClass;
    readonly Ajv2020: typeof Ajv2020Class;
    readonly formats: unknown;
    readonly _: typeof Code;
  };
  const addFormats = formats as (ajv: unknown) => void;
  const instances = new Map<string, Ajv>();
  const byObject = new WeakMap<object, Map<string, Check>>();
  const byText = new Map<string, Check>();

  function instance(draft7: boolean, useDefaults: boolean, validateSchema: boolean): Ajv {
    const key = `${draft7} ${useDefaults} ${validateSchema}`;
    let known = instances.get(key);
    if (known !== undefined) return known;
    const generated = { regExp: linearRegExp, lines: true, process: boundFunction };
    const options = { ...AJV_OPTIONS, useDefaults, validateSchema, code: generated };
    const ajv = draft7 ? new Ajv(options) : new Ajv2020(options);
    Object.assign(ajv, { budget: BUDGET_FUNCTIONS });
    addFormats(ajv);
    boundFormats(ajv);
    addKeywords(ajv, _);
    // Its own types describe the same object twice, as a class and as an interface.
    instances.set(key, known = ajv as unknown as Ajv);
    return known;
  }

  function compile(
    schema: unknown,
    { coerce = false, defaults = false }: ValidatorOptions,
  ): Check {
    const ajv = instance(isDraft7(schema), defaults, !isPlainSchema(schema));
    let validate: ValidateFunction;
    try {
      validate = ajv.compile(withId(schema));
    } catch (error) {
      throw invalidSchema(error, schema, ajv);
    }
    return {
      validate,
      coerce: coerce ? compileCoercion(schema) : undefined,
      validators: new WeakMap(),
    };
  }

  function find(schema: unknown, options: ValidatorOptions, bounds: ValidationBounds): Check {
    if (typeof schema !== "object" || schema === null) return compile(schema, options);
    const mode = `${options.coerce ?? false} ${options.defaults ?? false}`;
    let modes = byObject.get(schema);
    if (modes === undefined) byObject.set(schema, modes = new Map());
    let check = modes.get(mode);
    if (check !== undefined) return check;
    checkSize(schema, bounds);
    const text = `${mode} ${textOf(schema)}`;
    check = byText.get(text) ?? compile(schema, options);
    byText.set(text, check);
    modes.set(mode, check);
    return check;
  }

  return {
    compile(schema, options = {}, bounds = DEFAULT_LIMITS) {
      const check = find(schema, options, bounds);
      let validator = check.validators.get(bounds);
      if (validator === undefined) check.validators.set(bounds, validator = within(check, bounds));
      return validator;
    },
  };
}

/** The validator that checks within `bounds`. */
function within({ validate, coerce }: Check, bounds: ValidationBounds): SchemaCheck {
  const check = toValidator(validate, bounds);
  if (coerce === undefined) return check;
  return (value) => {
    coerce(value);
    return check(value);
  };
}

/** Without an `$id` the library cannot resolve `$ref: "#"`, since `addUsedSchema` is off. */
function withId(schema: unknown): unknown {
  return isMap(schema as Value) && !Object.hasOwn(schema as object, "$id")
    ? { $id: "digly:schema", ...schema as object }
    : schema;
}

/** The result of compiling a schema, independent of bounds. */
interface Check {
  readonly validate: CompiledSchema;
  readonly coerce: Coercion | undefined;
  readonly validators: WeakMap<ValidationBounds, SchemaCheck>;
}

/** The bounded code of one function of the library, which hands it the instance as `self`. */
function boundFunction(code: string): string {
  return `const { ${Object.keys(BUDGET_FUNCTIONS).join(", ")} } = self.budget;\n${boundCode(code)}`;
}

/** Shared parts may make a schema exponentially larger than its text. */
function checkSize(schema: object, { schemaNodes }: ValidationBounds): void {
  const open: unknown[] = [schema];
  let count = 0;
  while (open.length > 0) {
    const node = open.pop();
    if (++count > schemaNodes) {
      throw isCyclic(schema) ? cyclicSchema() : tooLargeSchema(schemaNodes);
    }
    if (typeof node !== "object" || node === null) continue;
    for (const key of Object.keys(node)) open.push((node as Record<string, unknown>)[key]);
  }
}

/** True for an object that contains itself or is nested extremely deeply. */
function isCyclic(node: unknown, above = new Set<unknown>(), done = new Set<unknown>()): boolean {
  if (typeof node !== "object" || node === null || done.has(node)) return false;
  if (above.has(node) || above.size === 1_000) return true;
  above.add(node);
  const found = Object.values(node).some((item) => isCyclic(item, above, done));
  above.delete(node);
  done.add(node);
  return found;
}

function cyclicSchema(cause?: unknown): DiglyError {
  return fail("ERR_SCHEMA_VALIDATION", {
    problem: "The schema is invalid: it contains itself, or something else that is not data",
  }, { cause, help: "Say `$ref: '#'` where a schema means itself" });
}

function textOf(schema: object): string {
  try {
    return JSON.stringify(schema);
  } catch (error) {
    throw cyclicSchema(error);
  }
}

function isDraft7(schema: unknown): boolean {
  const draft = typeof schema === "object" && schema !== null && "$schema" in schema
    ? schema.$schema
    : undefined;
  return typeof draft === "string" && draft.includes("draft-07");
}

function invalidSchema(error: unknown, schema: unknown, ajv: Ajv): DiglyError {
  const text = error instanceof Error ? error.message : String(error);
  const [first] = (ajv.errors ?? []) as ErrorObject[];
  const [violation] = first === undefined ? [] : toViolations([first], schema);
  const isNone = text === "schema must be object or boolean" ||
    (text.startsWith("schema is invalid") && first?.keyword === "type" &&
      first.instancePath === "");
  const problem = isNone
    ? "it is not a map"
    : violation === undefined || !text.startsWith("schema is invalid")
    ? text
    : `${formatPath(violation.path)} ${violation.message}`;
  return fail("ERR_SCHEMA_VALIDATION", { problem: `The schema is invalid: ${problem}` }, {
    cause: error,
    help: "It must be a JSON Schema of draft 2020-12, or of draft-07 where $schema says so",
  });
}
