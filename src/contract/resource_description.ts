/** What is known of a resource without its code. */
import type { ResourceMetadata } from "./resource.ts";

/**
 * What is known of a resource by whoever executes it.
 *
 * @example
 * const description: ResourceDescription | undefined = ctx.describe("Sql.Query.Add");
 * ctx.log.debug("The input must match", { schema: description?.input });
 */
export interface ResourceDescription {
  readonly urn: string;
  readonly kind: string;
  readonly metadata: ResourceMetadata;
  /** JSON Schema of the input of an execution; undefined if its kind does not declare one. */
  readonly input: unknown;
  /** JSON Schema of the result; undefined if its kind does not declare one. */
  readonly output: unknown;
  /** The errors that its kind declares, by code. */
  readonly errors: Readonly<Record<string, DeclaredError>>;
}

/**
 * An error that a definition declares.
 *
 * @example
 * const overdrawn: DeclaredError = { status: 409, description: "The account has too little money." };
 */
export interface DeclaredError {
  /** The HTTP status of this error. */
  readonly status?: number;
  readonly description?: string;
}
