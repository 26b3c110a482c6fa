/**
 * Type-checks the expressions that wait for a controller: against what the scopes of the kind
 * declare, the schema of the field, and what the kind expects there. `digly check` does it; at a
 * start such a mistake would show when the expression is evaluated.
 */
import { checkTypes } from "../../cel/check/check.ts";
import { CheckCache } from "../../cel/check/check_cache.ts";
import { typeOfValue } from "../../cel/check/value_type.ts";
import type { VariableTypes } from "../../cel/check/environment.ts";
import { formatType } from "../../cel/types.ts";
import type { Diagnostics } from "../../contract/diagnostics.ts";
import type { OnProgress } from "../../contract/progress.ts";
import { withoutRepeats } from "../../diagnostics/repeats.ts";
import { placeOfPart } from "../../template/expr/expression_error.ts";
import { lookUp } from "../../template/expr/scope.ts";
import type { App } from "../load.ts";
import type { KindTable } from "../registry/kinds.ts";
import type { Registry, RegistryEntry } from "../registry/registry.ts";
import { KnownVariables } from "../registry/scopes.ts";
import { createDeclaredTypes } from "./declared_types.ts";
import { checkValues } from "./expected_values.ts";
import { ResourceCheck, type TypedExpression } from "./resource_check.ts";
import type { TypeHints } from "./type_hints.ts";

/** What the check reports to. */
export interface TypeCheckOptions {
  readonly registry: Registry;
  readonly kinds: KindTable;
  readonly diagnostics: Diagnostics;
  /** What the checks of kinds have said. */
  readonly hints?: TypeHints | undefined;
  /** The types of names that are known beside those of scopes. */
  readonly names?: VariableTypes;
  /** Gets every expression that is checked. */
  readonly onExpression?: ((expression: TypedExpression) => void) | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/** The types of every expression of an app, in the order of the files. */
export async function typedExpressions(
  { registry, kinds, evaluated }: Pick<App, "registry" | "kinds" | "evaluated">,
  hints?: TypeHints,
): Promise<TypedExpression[]> {
  const found = new Map<string, TypedExpression>();
  const add = (typed: TypedExpression) => {
    const { file, line, column } = typed.origin;
    // What a template or a loop generates is evaluated several times, and may have several types.
    const key = JSON.stringify([file, line, column, typed.expression, typed.type]);
    if (!found.has(key)) found.set(key, typed);
  };
  for (const { program, offset, scope, bound, originOf } of evaluated) {
    const { type } = checkTypes(program.tree, program.text, (name) => {
      const value = bound?.has(name) ? bound.get(name) : lookUp(scope, name);
      return value === undefined ? undefined : typeOfValue(value);
    });
    const origin = originOf();
    const part = { expression: program.text, offset, start: 0, end: program.text.length };
    add({
      origin: placeOfPart(origin, part) ?? origin,
      expression: program.text,
      type: formatType(type),
    });
  }
  const diagnostics: Diagnostics = { error: () => {}, warning: () => {} };
  const onExpression = add;
  await checkExpressions(registry.entries(), { registry, kinds, hints, diagnostics, onExpression });
  return [...found.values()].sort(({ origin: a }, { origin: b }) =>
    a.file === b.file ? a.line - b.line || a.column - b.column : a.file < b.file ? -1 : 1
  );
}

/** Checks the waiting expressions of `entries`. */
export async function checkExpressions(
  entries: readonly RegistryEntry[],
  { registry, kinds, hints, names, diagnostics, onExpression, onProgress }: TypeCheckOptions,
): Promise<void> {
  const declared = createDeclaredTypes(registry, kinds, hints);
  const checks = new CheckCache();
  const variables = new KnownVariables();
  const reporter = withoutRepeats(diagnostics);
  for (const [done, entry] of entries.entries()) {
    onProgress?.({ step: "types", done, total: entries.length });
    const kind = kinds.get(entry.kind);
    const ownScopes = entry.scopes ?? kind?.scopes ?? "*";
    if (kind === undefined || ownScopes === "*") continue;
    const own = hints?.of(entry.urn);
    const hasBare = own !== undefined && own.expressions.length > 0;
    if (!hasBare && kind.expects.length === 0 && entry.isPlain) continue;
    const added = own?.scopes ?? [];
    const scopes = added.length === 0 ? ownScopes : [...ownScopes, ...added];
    const fitting = new ResourceCheck(entry, kind, {
      scopes,
      registry,
      declared,
      checks,
      variables,
      diagnostics: reporter,
      names,
      onExpression,
      hints: own,
    }).run();
    if (fitting.length > 0) await checkValues(fitting, entry, { registry, kinds }, reporter);
  }
}
