declare module "*.validators.js" {
  import type { CompiledSchema } from "../contract/schema.ts";

  /** The validators of a module's kinds, by the URL of their definition. */
  export const validators: Readonly<Record<string, CompiledSchema>>;
}
