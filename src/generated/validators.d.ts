import type { CompiledSchema } from "../contract/schema.ts";

/** The validators of the built-in kinds, by the URL of their definition. */
export const validators: Readonly<Record<string, CompiledSchema>>;
