import type { Validator, ValidatorOptions } from "../contract/module.ts";

export interface SchemaCompiler {
  compile(schema: unknown, options?: ValidatorOptions): Validator;
}

export async function loadSchemaCompiler(): Promise<SchemaCompiler> {
  const { default: Ajv } = await import("ajv/dist/2020.js");
  const ajv = new (Ajv as unknown as typeof Ajv.default)({ allErrors: true, strict: false });
  return {
    compile(schema) {
      const validate = ajv.compile(schema as object);
      return (value) =>
        validate(value) ? [] : (validate.errors ?? []).map((error) => ({
          path: error.instancePath.split("/").slice(1),
          message: error.message ?? "",
          keyword: error.keyword,
        }));
    },
  };
}

export function withUrns<T>(_known: (urn: string) => boolean, check: () => T): T {
  return check();
}
