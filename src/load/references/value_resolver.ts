/**
 * Values that resources stand for in expressions, such as secrets and variables, and which
 * of them must never be shown. Rules: decision D-32.
 */
import { isRemote } from "../../contract/location.ts";
import { type DiglyError, fail, messageOf } from "../../contract/errors.ts";
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
import type { StandsFor } from "../registry/kinds.ts";
import type { Redaction } from "../redaction/redaction.ts";
import type { RegistryEntry } from "../registry/registry.ts";

/** Works out what resources stand for, each once. */
export interface StandIns {
  /** The value of `entry`; throws a `DiglyError` where its expression fails. */
  valueOf(entry: RegistryEntry, standsFor: StandsFor, resource: RuntimeResource): unknown;
  /** Marks the fields that the value of `entry` is made of as sensitive, where they are written. */
  hideWritten(entry: RegistryEntry, standsFor: StandsFor): void;
  /** Marks the value of `entry`, and those fields, as sensitive, whether anything names it or not. */
  hide(entry: RegistryEntry, standsFor: StandsFor): void;
}

/** What a stand-in's expression may reach. */
export interface StandInOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file, by path relative to the manifest at `base`. */
  readonly readFile: (path: string, base: string) => string;
  readonly redaction: Redaction;
  /**
   * Set under `check`: told instead of throwing where a value cannot be had here, since it
   * may exist where the app runs.
   */
  readonly warn?: ((error: DiglyError) => void) | undefined;
}

/** Shorter ones, such as a user's name beside a password, would be hidden in every text. */
const SHORTEST_WRITTEN = 8;

/** Thrown for a value that only the place where the app runs can tell. */
export class UnknownValue extends Error {}

/** Makes the stand-ins of one app. */
export function createStandIns({ env, readFile, redaction, warn }: StandInOptions): StandIns {
  const values = new Map<string, unknown>();
  const unknown = new Set<string>();
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
    { expression }: StandsFor,
    resource: RuntimeResource,
    environment = env,
  ): unknown {
    const { kind: _kind, metadata: _metadata, ...fields } = resource;
    const base = entry.manifest.source.url;
    // What was fetched sees nothing of this machine.
    const seen = isRemote(base) ? {} : environment;
    const variables = { ...fields, self: fields, env: seen };
    const scope = rootScope(variables, undefined, (path) => readFile(path, base));
    try {
      return evaluateDeferred(compile(expression), scope);
    } catch (error) {
      throw noValue(entry, fields, env, error);
    }
  }

  function hideWritten({ resource }: RegistryEntry, { expression }: StandsFor): void {
    const { kind: _kind, metadata: _metadata, ...fields } = resource;
    for (const path of valueFields(compile(expression))) {
      const names = path.length === 0 ? Object.keys(fields) : [path[0]!];
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
    valueOf(entry, standsFor, resource) {
      if (values.has(entry.urn)) return values.get(entry.urn);
      if (unknown.has(entry.urn)) throw new UnknownValue();
      let value: unknown;
      try {
        value = evaluate(entry, standsFor, resource);
      } catch (error) {
        if (warn === undefined) throw error;
        unknown.add(entry.urn);
        warn(error as DiglyError);
        throw new UnknownValue();
      }
      if (standsFor.sensitive) redaction.add(value);
      values.set(entry.urn, value);
      return value;
    },
    hideWritten,
    hide(entry, standsFor) {
      hideWritten(entry, standsFor);
      // Without an environment it gives the default, which is written in the resource as well.
      for (const environment of [env, {}]) {
        try {
          redaction.add(evaluate(entry, standsFor, entry.resource, environment));
        } catch {
          // It has no value here, so there is none to hide.
        }
      }
    },
  };
}

/** The position of a field that only names a variable or a file, or is asked whether it exists. */
const NAMING = [/\b(?:env\s*\[|file\s*\(|has\s*\()\s*$/, /^\s*(?:in\s+env\b)/] as const;

/** The fields of a sensitive resource that its value is made of, as paths into it. */
function valueFields(deferred: Deferred): readonly Path[] {
  return referencesOf(deferred).flatMap(({ root, path, expression, start, end }) => {
    if (root === "env") return [];
    const [before, after] = NAMING;
    if (before.test(expression.slice(0, start)) || after.test(expression.slice(end))) return [];
    return [root === "self" ? path : [root, ...path]];
  });
}

function noValue(
  entry: RegistryEntry,
  fields: Readonly<Record<string, unknown>>,
  env: StandInOptions["env"],
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
