/** The value of an expression that failed: the error is reported, and nothing else is judged by it. */
import type { Deferred } from "../../contract/resource.ts";
import { defer } from "./deferred_expression.ts";

/**
 * Replaces a value that could not be computed, also as a variable. It satisfies every schema, as
 * any deferred value does, and whatever reads it throws {@link ErrorValueRead}.
 */
export const ERROR_VALUE: Deferred = defer([], false);

/** Thrown when an expression reads an error value, so that one mistake is reported once. */
export class ErrorValueRead extends Error {}
