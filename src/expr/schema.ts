/**
 * JSON Schema: draft 2020-12, or draft-07 where `$schema` says so, formats included.
 * Rules: decision D-21. Loading and first use of the library cost tens of milliseconds, so it
 * is imported when a schema first needs it, and each schema is compiled once in a process.
 */
import type { ValidateFunction } from "ajv";
import { RE2JS } from "re2js";
import { type DiglyError, fail, formatPath } from "../contract/errors.ts";
import type { Validator, ValidatorOptions } from "../contract/module.ts";
import { formatUrn } from "../contract/urn.ts";
import { compileCoercion } from "./coerce.ts";
import { toViolations } from "./violations.ts";

/** How a schema is compiled, beyond what authors may say. */
export interface CompileOptions extends ValidatorOptions {
  /**
   * The schema is our own and known to be valid: checking it against its metaschema, which
   * costs ten times as much as compiling it, is left out.
   */
  readonly trusted?: boolean;
}

/** Compiles schemas. */
export interface SchemaCompiler {
  /** The validator of a schema; throws `ERR_SCHEMA_VALIDATION` for one that is invalid. */
  compile(schema: unknown, options?: CompileOptions): Validator;
}

/** The part of Ajv that is used here; its two drafts share it. */
interface Ajv {
  compile(schema: unknown): ValidateFunction;
  addFormat(name: string, format: { type: "string"; validate: (text: string) => boolean }): unknown;
  addKeyword(definition: {
    keyword: string;
    schemaType: string;
    type: string;
    validate: (on: boolean, value: Record<string, unknown>) => boolean;
  }): unknown;
  errors?: ValidateFunction["errors"];
}

/** Who answers for `digly-urn` while {@link withUrns} runs. */
let isKnownUrn: (urn: string) => boolean = () => true;

/** Runs `check`, which validates synchronously, with `known` deciding which URNs exist. */
export function withUrns<T>(known: (urn: string) => boolean, check: () => T): T {
  const before = isKnownUrn;
  isKnownUrn = known;
  try {
    return check();
  } finally {
    isKnownUrn = before;
  }
}

/** The packages that compile schemas. */
export interface SchemaLibrary {
  readonly Ajv: typeof import("ajv").Ajv;
  readonly Ajv2020: typeof import("ajv/dist/2020.js").Ajv2020;
  readonly formats: unknown;
}

let loading: Promise<SchemaLibrary> | undefined;
let compiler: SchemaCompiler | undefined;

/** The compiler of this process; loads the library on first use. */
export async function loadSchemaCompiler(): Promise<SchemaCompiler> {
  if (compiler !== undefined) return compiler;
  const library = await (loading ??= load());
  return schemaCompiler(() => library);
}

/** The compiler of this process, at once; `library` is asked on first use. */
export function schemaCompiler(library: () => SchemaLibrary): SchemaCompiler {
  return compiler ??= createCompiler(library());
}

async function load(): Promise<SchemaLibrary> {
  const [{ Ajv2020 }, { Ajv }, { default: formats }] = await Promise.all([
    import("ajv/dist/2020.js"),
    import("ajv"),
    import("ajv-formats"),
  ]);
  return { Ajv, Ajv2020, formats };
}

function createCompiler({ Ajv, Ajv2020, formats }: SchemaLibrary): SchemaCompiler {
  const addFormats = formats as (ajv: Ajv) => void;
  const instances = new Map<string, Ajv>();
  const byObject = new WeakMap<object, Map<string, Validator>>();
  const byText = new Map<string, Validator>();

  function instance(draft7: boolean, useDefaults: boolean, trusted: boolean): Ajv {
    const key = `${draft7} ${useDefaults} ${trusted}`;
    let ajv = instances.get(key);
    if (ajv !== undefined) return ajv;
    const options = {
      allErrors: true,
      verbose: true,
      strict: false,
      ownProperties: true,
      // Two schemas may carry the same $id: each stands for itself.
      addUsedSchema: false,
      validateSchema: !trusted,
      useDefaults,
      logger: false,
      code: { regExp: linearRegExp },
    } as const;
    ajv = (draft7 ? new Ajv(options) : new Ajv2020(options)) as unknown as Ajv;
    addFormats(ajv);
    ajv.addFormat("digly-urn", { type: "string", validate: (urn) => isKnownUrn(urn) });
    ajv.addKeyword({
      keyword: "diglyUrn",
      schemaType: "boolean",
      type: "object",
      validate: namesResource,
    });
    instances.set(key, ajv);
    return ajv;
  }

  function compile(
    schema: unknown,
    { coerce = false, defaults = false, trusted = false }: CompileOptions,
  ): Validator {
    const ajv = instance(isDraft7(schema), defaults, trusted);
    let validate: ValidateFunction;
    try {
      validate = ajv.compile(schema);
    } catch (error) {
      throw invalidSchema(error, ajv);
    }
    const check: Validator = (value) =>
      validate(value) ? [] : toViolations(validate.errors ?? [], value);
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
      const text = `${mode} ${JSON.stringify(schema)}`;
      validator = byText.get(text) ?? compile(schema, options);
      byText.set(text, validator);
      modes.set(mode, validator);
      return validator;
    },
  };
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

/** `{kind, name}`, or `{name}` with a whole URN, must name a resource. */
function namesResource(on: boolean, { kind, name }: Record<string, unknown>): boolean {
  if (!on || typeof name !== "string") return true;
  return isKnownUrn(typeof kind === "string" ? formatUrn(kind, name) : name);
}

function invalidSchema(error: unknown, ajv: Ajv): DiglyError {
  const [first] = ajv.errors ?? [];
  const text = error instanceof Error ? error.message : String(error);
  const where = first === undefined ? "$" : formatPath(first.instancePath.split("/").slice(1));
  const problem = first === undefined || !text.startsWith("schema is invalid")
    ? text
    : `${where} ${first.message}`;
  return fail("ERR_SCHEMA_VALIDATION", { problem: `The schema is invalid: ${problem}` }, {
    cause: error,
    help: "It must be a JSON Schema of draft 2020-12, or of draft-07 where $schema says so",
  });
}
