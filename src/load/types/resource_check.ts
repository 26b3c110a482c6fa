/** Type-checks the expressions of one resource that wait for a controller. */
import type { CheckedExpression } from "../../cel/check/check.ts";
import type { CheckCache } from "../../cel/check/check_cache.ts";
import { type Misfit, misfits } from "../../cel/check/fit.ts";
import type { VariableTypes } from "../../cel/check/environment.ts";
import type { TypeProblem } from "../../cel/check/problems.ts";
import { typeOfValue } from "../../cel/check/value_type.ts";
import {
  DYN,
  type Field,
  fieldsOf,
  formatType,
  listOf,
  membersOf,
  STRING,
  type Type,
  typeWithArticle,
} from "../../cel/types.ts";
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { type DiglyError, fail, type Origin } from "../../contract/errors.ts";
import { formatField } from "../../contract/field_path.ts";
import { coveredBy, matchesOf } from "../../contract/path_pattern.ts";
import {
  type Deferred,
  isDeferred,
  isMap,
  type Path,
  type PathSegment,
} from "../../contract/resource.ts";
import { parseUrn } from "../../contract/urn.ts";
import { codesOf, isExact } from "../../template/deferred/deferred.ts";
import type { DeferredCode } from "../../template/deferred/deferred_expression.ts";
import { ERROR_VALUE } from "../../template/deferred/error_value.ts";
import { placeOfPart } from "../../template/expr/expression_error.ts";
import type { KindEntry } from "../registry/kinds.ts";
import type { Registry, RegistryEntry } from "../registry/registry.ts";
import { type DeclaredVariable, type KnownVariables, type ScopeRule } from "../registry/scopes.ts";
import type { DeclaredTypes } from "./declared_types.ts";
import type { ExpectedValue } from "./expected_values.ts";
import { typeOfSchema } from "./schema_type.ts";
import type { BareExpression, ResourceHints } from "./type_hints.ts";

/** An expression and the type of what it gives. */
export interface TypedExpression {
  readonly origin: Origin;
  readonly expression: string;
  /** As text, such as `list<string>`. */
  readonly type: string;
}

/** Options of {@link ResourceCheck}. */
export interface ResourceCheckOptions {
  readonly scopes: readonly ScopeRule[];
  readonly registry: Registry;
  readonly declared: DeclaredTypes;
  readonly checks: CheckCache;
  readonly variables: KnownVariables;
  readonly diagnostics: Diagnostics;
  /** The types of names that are known beside those of scopes. */
  readonly names: VariableTypes | undefined;
  /** Gets every expression that is checked. */
  readonly onExpression: ((expression: TypedExpression) => void) | undefined;
  /** What the checks of kinds have said about the resource. */
  readonly hints: ResourceHints | undefined;
}

/** The check of one resource. */
export class ResourceCheck {
  readonly #entry: RegistryEntry;
  readonly #kind: KindEntry;
  readonly #options: ResourceCheckOptions;
  readonly #types = new Map<Deferred, Type>();
  #fieldTypes: Type | undefined;

  constructor(entry: RegistryEntry, kind: KindEntry, options: ResourceCheckOptions) {
    this.#entry = entry;
    this.#kind = kind;
    this.#options = options;
  }

  /** Checks the resource; gives the values whose types are what the kind expects there. */
  run(): ExpectedValue[] {
    const fitting: ExpectedValue[] = [];
    const { resource, isPlain } = this.#entry;
    for (const key of isPlain === true ? [] : Object.keys(resource)) {
      if (key !== "kind" && key !== "metadata") this.#visit(resource[key], [key]);
    }
    for (const expression of this.#options.hints?.expressions ?? []) this.#checkBare(expression);
    for (const { path: pattern, type } of this.#kind.expects) {
      for (const { value, path, stars } of matchesOf(resource, pattern)) {
        const expected = this.#options.declared.typeOf(type, this.#entry, stars, "written");
        if (expected.kind === "dyn") continue;
        const actual = this.#typeOf(value);
        // What does not fit the schema is reported already.
        if (misfits(actual, this.#fieldType(path)).length > 0) continue;
        const found = misfits(actual, expected);
        this.#reportMisfits(found, path);
        if (found.length === 0) fitting.push({ value, path, stars, declaration: type });
      }
    }
    return fitting;
  }

  #visit(value: unknown, path: Path): void {
    if (typeof value !== "object" || value === null || value === ERROR_VALUE) return;
    if (isDeferred(value)) return this.#checkDeferred(value, path);
    const isList = Array.isArray(value);
    for (const key of Object.keys(value)) {
      const item = (value as Readonly<Record<string, unknown>>)[key];
      // Most values are scalars, which need no path.
      if (typeof item === "object" && item !== null) {
        this.#visit(item, [...path, isList ? Number(key) : key]);
      }
    }
  }

  /** Checks a field that is an expression without `${{ }}`. */
  #checkBare({ at, deferred, type: declaration }: BareExpression): void {
    for (const code of codesOf(deferred)) {
      const type = this.#checkCode(code, at);
      if (type === undefined || type.kind === "dyn" || declaration === undefined) continue;
      const expected = this.#options.declared.typeOf(declaration, this.#entry, [], "written");
      this.#reportMisfits(misfits(type, expected), at);
    }
  }

  #checkDeferred(deferred: Deferred, path: Path): void {
    const codes = codesOf(deferred);
    const types: Type[] = [];
    for (const code of codes) {
      const type = this.#checkCode(code, path);
      if (type !== undefined) types.push(type);
    }
    const isSound = types.length === codes.length;
    const [first = DYN] = types;
    const isApart = coveredBy(this.#kind.parts, path);
    const type = !isSound ? DYN : isExact(deferred) && !isApart ? first : STRING;
    this.#types.set(deferred, type);
    if (!isSound || type.kind === "dyn") return;
    if (!isExact(deferred) && !isApart) {
      for (const [index, code] of codes.entries()) {
        // There is a type for each expression.
        this.#checkPart(code, types[index]!, path);
      }
    }
    this.#reportMisfits(misfits(type, this.#fieldType(path)), path);
  }

  /** Checks one expression; gives its type, or `undefined` if it has a mistake. */
  #checkCode(code: DeferredCode, path: Path): Type | undefined {
    const { program } = code;
    const { type, problems } = this.#typesIn(code, path);
    for (const problem of problems) this.#report(problem, code, path);
    this.#options.onExpression?.({
      origin: this.#placeOf({ start: 0, end: program.text.length }, code, path),
      expression: program.text,
      type: formatType(type),
    });
    return problems.some(({ severity }) => severity === "error") ? undefined : type;
  }

  #typesIn({ program, bound }: DeferredCode, path: Path): CheckedExpression {
    const { scopes, variables: known } = this.#options;
    const variables = known.at(scopes, path);
    return this.#options.checks.check(program, (name) => {
      if (bound?.has(name)) return typeOfValue(bound.get(name));
      const known = this.#options.names?.(name);
      if (known !== undefined) return known;
      const variable = variables.get(name);
      return variable && this.#typeOfVariable(variable);
    });
  }

  /** The type of the elements of the list that the expression in a field gives. */
  #elementOf(field: string): Type {
    const expression = this.#options.hints?.expressions.find(({ at }) => at.join(".") === field);
    const [code] = expression === undefined ? [] : codesOf(expression.deferred);
    if (expression === undefined || code === undefined) return DYN;
    const { type } = this.#typesIn(code, expression.at);
    return type.kind === "list" ? type.element : DYN;
  }

  #typeOfVariable({ declaration, stars, from }: DeclaredVariable): Type {
    const element = isMap(declaration) ? declaration["$elementOf"] : undefined;
    if (typeof element === "string") return this.#elementOf(element);
    const urn = from === undefined ? undefined : parseUrn(from);
    const entry = urn === undefined ? this.#entry : this.#options.registry.get(urn.kind, urn.name);
    return entry === undefined
      ? DYN
      : this.#options.declared.typeOf(declaration, entry, stars, "read");
  }

  /** A part of a longer string must be a string, a number or a boolean. */
  #checkPart(code: DeferredCode, type: Type, path: Path): void {
    const isText = membersOf(type).some(({ kind }) => !["list", "map", "null"].includes(kind));
    if (isText) return;
    const { text } = code.program;
    this.#report(
      {
        severity: "error",
        problem: `${text} is ${typeWithArticle(type)} and cannot be a part of a string`,
        help: `Write json(${text}) to have it as JSON, or let it be the whole value`,
        start: 0,
        end: text.length,
      },
      code,
      path,
    );
  }

  #report({ severity, problem, help, start, end }: TypeProblem, code: DeferredCode, path: Path) {
    const { text: expression } = code.program;
    const origin = this.#placeOf({ start, end }, code, path);
    if (severity === "warning") {
      const message = `${this.#entry.urn}: ${problem}`;
      this.#options.diagnostics.warning({ code: "WARN_EXPRESSION_TYPE", message, origin, help });
      return;
    }
    this.#options.diagnostics.error(
      fail("ERR_EXPRESSION_TYPE", { problem, expression }, { origin, help }),
    );
  }

  #placeOf(part: { start: number; end: number }, code: DeferredCode, path: Path): Origin {
    const origin = this.#entry.manifest.originAt(path);
    const { program: { text: expression }, offset } = code;
    return placeOfPart(origin, { expression, offset, ...part }) ?? origin;
  }

  /** What the schema of the kind asks of the value at a path. */
  #fieldType(path: Path): Type {
    this.#fieldTypes ??= typeOfSchema(this.#kind.schema, { side: "written" });
    let type = this.#fieldTypes;
    for (const step of path) {
      if (type.kind === "list") type = type.element;
      else if (type.kind === "map") type = type.fields.get(String(step))?.type ?? type.rest ?? DYN;
      else return DYN;
    }
    return type;
  }

  /** The type of a value that is written in the resource. */
  #typeOf(value: unknown): Type {
    if (isDeferred(value)) return this.#types.get(value) ?? DYN;
    if (Array.isArray(value)) return listOf(DYN);
    if (!isMap(value)) return typeOfValue(value);
    const fields = Object.entries(value).map((
      [key, item],
    ): [string, Field] => [key, { type: this.#typeOf(item), required: true }]);
    return fieldsOf(new Map(fields));
  }

  #reportMisfits(found: readonly Misfit[], at: Path): void {
    for (const misfit of found) this.#options.diagnostics.error(this.#misfit(misfit, at));
  }

  #misfit({ path, problem, help, isKey }: Misfit, at: Path): DiglyError {
    const { urn, manifest } = this.#entry;
    const whole: PathSegment[] = [...at, ...path];
    const origin = manifest.originAt(whole, isKey ? "key" : "value");
    const field = whole.length === 0 ? "" : ` \`${formatField(whole)}\``;
    return fail("ERR_SCHEMA_VALIDATION", { problem: `${urn}:${field} ${problem}` }, {
      origin,
      help,
    });
  }
}
