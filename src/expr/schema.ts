/**
 * JSON Schema: draft 2020-12, or draft-07 where `$schema` says so, formats included.
 * Rules: decision D-21. Loading and first use of the library cost tens of milliseconds, so it
 * is imported when a schema first needs it, and each schema is compiled once in a process.
 */
import type { _ as Code, Ajv as AjvClass, ErrorObject, ValidateFunction } from "ajv";
import type { Ajv2020 as Ajv2020Class } from "ajv/dist/2020.js";
import { RE2JS } from "re2js";
import { type DiglyError, fail, formatPath } from "../contract/errors.ts";
import { isKnownUrn, namesResource } from "../contract/known_urns.ts";
import type { Validator, ValidatorOptions } from "../contract/module.ts";
import type { CompiledSchema, SchemaCompiler, SchemaLibrary } from "../contract/schema.ts";
import { compileCoercion } from "./coerce.ts";
import { toViolations } from "./violations.ts";

/** The part of Ajv that is used here; its two drafts share it. */
interface Ajv {
  compile(schema: unknown): ValidateFunction;
  errors?: ValidateFunction["errors"];
}

/** How the library is set up; the validators generated from it work alike. */
export const AJV_OPTIONS = {
  allErrors: true,
  verbose: true,
  strict: false,
  ownProperties: true,
  // Two schemas may carry the same $id: each stands for itself.
  addUsedSchema: false,
  logger: false,
} as const;

/** Teaches an instance of the library which strings and mappings name a resource. */
export function addUrnKeywords(
  ajv: Pick<AjvClass, "addFormat" | "addKeyword">,
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
}

/** The violations that a function of the library finds. */
export function toValidator(validate: CompiledSchema): Validator {
  return (value) =>
    validate(value) ? [] : toViolations((validate.errors ?? []) as ErrorObject[], value);
}

let loading: Promise<SchemaLibrary> | undefined;
let compiler: SchemaCompiler | undefined;

/** The compiler of this process; loads the library on first use. */
export async function loadSchemaCompiler(): Promise<SchemaCompiler> {
  if (compiler !== undefined) return compiler;
  const library = await (loading ??= import("./schema_library.ts"));
  return schemaCompiler(() => library);
}

/** The compiler of this process, at once; `library` is asked on first use. */
export function schemaCompiler(library: () => SchemaLibrary): SchemaCompiler {
  return compiler ??= createCompiler(library());
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
  const byObject = new WeakMap<object, Map<string, Validator>>();
  const byText = new Map<string, Validator>();

  function instance(draft7: boolean, useDefaults: boolean): Ajv {
    const key = `${draft7} ${useDefaults}`;
    let known = instances.get(key);
    if (known !== undefined) return known;
    const options = { ...AJV_OPTIONS, useDefaults, code: { regExp: linearRegExp } };
    const ajv = draft7 ? new Ajv(options) : new Ajv2020(options);
    addFormats(ajv);
    addUrnKeywords(ajv, _);
    instances.set(key, known = ajv as unknown as Ajv);
    return known;
  }

  function compile(
    schema: unknown,
    { coerce = false, defaults = false }: ValidatorOptions,
  ): Validator {
    const ajv = instance(isDraft7(schema), defaults);
    let validate: ValidateFunction;
    try {
      validate = ajv.compile(schema);
    } catch (error) {
      throw invalidSchema(error, ajv);
    }
    const check = toValidator(validate);
    if (!coerce) return check;
    const coerceValue = compileCoercion(schema);
    return (value) => {
      coerceValue(value);
      return check(value);
    };
  }

  return {
    compile(schema, options = {}) {
      if (typeof schema !== "object" || schema === null) return compile(schema, options);
      const mode = `${options.coerce ?? false} ${options.defaults ?? false}`;
      let modes = byObject.get(schema);
      if (modes === undefined) byObject.set(schema, modes = new Map());
      let validator = modes.get(mode);
      if (validator !== undefined) return validator;
      const text = `${mode} ${textOf(schema)}`;
      validator = byText.get(text) ?? compile(schema, options);
      byText.set(text, validator);
      modes.set(mode, validator);
      return validator;
    },
  };
}

function textOf(schema: object): string {
  try {
    return JSON.stringify(schema);
  } catch (error) {
    throw fail("ERR_SCHEMA_VALIDATION", {
      problem: "The schema is invalid: it holds itself, or something else that is no data",
    }, { cause: error, help: "Say `$ref: '#'` where a schema means itself" });
  }
}

function isDraft7(schema: unknown): boolean {
  const draft = typeof schema === "object" && schema !== null && "$schema" in schema
    ? schema.$schema
    : undefined;
  return typeof draft === "string" && draft.includes("draft-07");
}

/** `pattern` in linear time. Ajv tells patterns apart by what this writes as text. */
function linearRegExp(pattern: string): { test(text: string): boolean; toString(): string } {
  const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
  return {
    test: (text) => compiled.matcher(text).find(),
    toString: () => `re2:${pattern}`,
  };
}
linearRegExp.code = "linearRegExp";

function invalidSchema(error: unknown, ajv: Ajv): DiglyError {
  const [first] = ajv.errors ?? [];
  const text = error instanceof Error ? error.message : String(error);
  const where = first === undefined ? "$" : formatPath(first.instancePath.split("/").slice(1));
  const isNone = text === "schema must be object or boolean" ||
    (text.startsWith("schema is invalid") && where === "$" && first?.keyword === "type");
  const problem = isNone
    ? "it is no mapping"
    : first === undefined || !text.startsWith("schema is invalid")
    ? text
    : first.keyword === "enum"
    ? `${where} must be one of ${first.params["allowedValues"].join(", ")}`
    : `${where} ${first.message}`;
  return fail("ERR_SCHEMA_VALIDATION", { problem: `The schema is invalid: ${problem}` }, {
    cause: error,
    help: "It must be a JSON Schema of draft 2020-12, or of draft-07 where $schema says so",
  });
}
