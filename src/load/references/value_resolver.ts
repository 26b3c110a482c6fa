/**
 * Values that resources such as secrets and variables provide to expressions, and which of
 * them are sensitive.
 */
import { isRemote } from "../../contract/location.ts";
import { type DiglyError, fail, hasCode, isDiglyError, messageOf } from "../../contract/errors.ts";
import {
  type Deferred,
  isDeferred,
  type Path,
  type RuntimeResource,
} from "../../contract/resource.ts";
import { hidePart, REDACTED } from "../../contract/sensitive.ts";
import {
  evaluateDeferred,
  referencesOf,
  scanResourceTime,
} from "../../template/deferred/deferred.ts";
import { ExpressionError } from "../../template/expr/expression_error.ts";
import { rootScope } from "../../template/expr/scope.ts";
import type { ValueExpression } from "../registry/kinds.ts";
import type { Redaction } from "../redaction/redaction.ts";
import type { RegistryEntry } from "../registry/registry.ts";

/** Evaluates the value that a resource provides to expressions, once per resource. */
export interface ValueResolver {
  /** The value of `entry`; throws a `DiglyError` where its expression fails. */
  valueOf(
    entry: RegistryEntry,
    valueExpression: ValueExpression,
    resource: RuntimeResource,
  ): unknown;
  /** Takes the value that a controller provides, or why it does not. */
  provide(entry: RegistryEntry, sensitive: boolean, result: ProvidedValue): void;
  /** Marks the fields that the value of `entry` is computed from as sensitive. */
  hideWritten(entry: RegistryEntry, valueExpression: ValueExpression): void;
  /** Marks the value of `entry` and those fields as sensitive, even if nothing refers to it. */
  hide(entry: RegistryEntry, valueExpression: ValueExpression): void;
}

/** Options of {@link createValueResolver}. */
export interface ValueResolverOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file, by path relative to the manifest at `base`. */
  readonly readFile: (path: string, base: string) => string;
  readonly redaction: Redaction;
  /**
   * Set under `check`: called instead of throwing when a value is unavailable, since it may be
   * available where the app runs.
   */
  readonly warn?: ((error: DiglyError) => void) | undefined;
}

/** Redacting shorter strings, such as a user name, would damage unrelated text. */
const SHORTEST_WRITTEN = 8;

/** Thrown for a value that is available only where the app runs. */
export class UnknownValue extends Error {}

/** What a controller gave as the value of a resource. */
export type ProvidedValue = { readonly value: unknown } | { readonly error: unknown };

/** A resource whose value its controller provides, with its fields evaluated. */
export interface NeededValue {
  readonly entry: RegistryEntry;
  readonly resource: RuntimeResource;
}

/** Thrown for a value that its controller has not provided yet. */
export class ValueNeeded extends Error {
  readonly needed: NeededValue;

  constructor(needed: NeededValue) {
    super(`The value of ${needed.entry.urn} is needed`);
    this.needed = needed;
  }
}

/** Creates the resolver of one app. */
export function createValueResolver(
  { env, readFile, redaction, warn }: ValueResolverOptions,
): ValueResolver {
  const values = new Map<string, unknown>();
  const unknown = new Set<string>();
  const failures = new Map<string, unknown>();
  const programs = new Map<string, Deferred>();

  function compile(expression: string): Deferred {
    let program = programs.get(expression);
    if (program === undefined) {
      program = scanResourceTime(`\${{ ${expression} }}`) as Deferred;
      programs.set(expression, program);
    }
    return program;
  }

  function evaluate(
    entry: RegistryEntry,
    expression: string,
    resource: RuntimeResource,
    environment = env,
  ): unknown {
    const { kind: _kind, metadata: _metadata, ...fields } = resource;
    const base = entry.manifest.source.url;
    // Remote manifests have no access to the environment of this machine.
    const seen = isRemote(base) ? {} : environment;
    const variables = { ...fields, self: fields, env: seen };
    const scope = rootScope(variables, undefined, (path) => readFile(path, base));
    try {
      return evaluateDeferred(compile(expression), scope);
    } catch (error) {
      throw noValue(entry, fields, env, error);
    }
  }

  function hideWritten({ resource }: RegistryEntry, { expression }: ValueExpression): void {
    if (expression === undefined) return;
    const { kind: _kind, metadata: _metadata, ...fields } = resource;
    for (const [first] of valueFields(compile(expression))) {
      const names = first === undefined ? Object.keys(fields) : [first];
      for (const name of names) {
        if (!Object.hasOwn(fields, name)) continue;
        const value = fields[name];
        if (isDeferred(value)) continue;
        hidePart(resource, name, REDACTED);
        if (typeof value !== "string" || value.length >= SHORTEST_WRITTEN) {
          redaction.addDerived(value, []);
        }
      }
    }
  }

  return {
    valueOf(entry, valueExpression, resource) {
      if (values.has(entry.urn)) return values.get(entry.urn);
      if (unknown.has(entry.urn)) throw new UnknownValue();
      if (failures.has(entry.urn)) throw failures.get(entry.urn);
      const { expression } = valueExpression;
      if (expression === undefined) {
        throw warn === undefined ? new ValueNeeded({ entry, resource }) : new UnknownValue();
      }
      let value: unknown;
      try {
        value = evaluate(entry, expression, resource);
      } catch (error) {
        if (warn === undefined || !isDiglyError(error)) throw error;
        unknown.add(entry.urn);
        warn(error);
        throw new UnknownValue();
      }
      if (valueExpression.sensitive) redaction.add(value);
      values.set(entry.urn, value);
      return value;
    },
    provide(entry, sensitive, result) {
      if ("error" in result) {
        failures.set(entry.urn, notProvided(entry, result.error));
        return;
      }
      if (sensitive) redaction.add(result.value);
      values.set(entry.urn, result.value);
    },
    hideWritten,
    hide(entry, valueExpression) {
      hideWritten(entry, valueExpression);
      const { expression } = valueExpression;
      if (expression === undefined) return;
      // Without an environment the result is the default value, which is sensitive too.
      for (const environment of [env, {}]) {
        try {
          redaction.add(evaluate(entry, expression, entry.resource, environment));
        } catch {
          // A value that cannot be evaluated does not need to be hidden.
        }
      }
    },
  };
}

/** Positions where a field only names a variable or a file, or is tested with `has`. */
const NAMING = [/\b(?:env\s*\[|file\s*\(|has\s*\()\s*$/, /^\s*(?:in\s+env\b)/] as const;

/** The paths of the fields that the value of a sensitive resource is computed from. */
function valueFields(deferred: Deferred): readonly Path[] {
  return referencesOf(deferred).flatMap(({ root, path, expression, start, end }) => {
    if (root === "env") return [];
    const [before, after] = NAMING;
    if (before.test(expression.slice(0, start)) || after.test(expression.slice(end))) return [];
    return [root === "self" ? path : [root, ...path]];
  });
}

/** The error for a value that its controller did not provide. */
function notProvided(entry: RegistryEntry, cause: unknown): DiglyError {
  const error = isDiglyError(cause) ? cause : undefined;
  // Mistakes of the module are not about the resource.
  if (error?.code === "ERR_MODULE_INVALID" || error?.code === "ERR_RUNTIME_MISMATCH") return error;
  const problem = error !== undefined && hasCode(error, "ERR_RESOURCE_INVALID")
    ? error.details.problem
    : messageOf(cause);
  return fail("ERR_REFERENCE_UNRESOLVED", { problem: `${entry.urn} has no value: ${problem}` }, {
    origin: error?.origin ?? entry.manifest.originAt([]),
    help: error?.help,
    related: error?.related,
    cause,
  });
}

function noValue(
  entry: RegistryEntry,
  fields: Readonly<Record<string, unknown>>,
  env: ValueResolverOptions["env"],
  cause: unknown,
): DiglyError {
  const variable = fields["env"];
  const unset = typeof variable === "string" && env[variable] === undefined;
  const problem = unset
    ? `the environment variable ${variable} is not set`
    : cause instanceof ExpressionError
    ? cause.problem
    : messageOf(cause);
  const { help, limit } = cause instanceof ExpressionError ? cause : {};
  const message = `${entry.urn} has no value: ${problem}`;
  const context = {
    origin: entry.manifest.originAt(unset ? ["env"] : []),
    help: unset ? `Set ${variable}, or give ${entry.urn} a \`default\`` : help,
    cause,
  };
  return limit === undefined
    ? fail("ERR_REFERENCE_UNRESOLVED", { problem: message }, context)
    : fail("ERR_LIMIT_EXCEEDED", { problem: message, limit }, context);
}
