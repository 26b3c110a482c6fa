/**
 * Type-checks a branch of a directive that was not taken, without evaluating it: the types of
 * variables, conditions and loops take the place of their values.
 */
import { Environment } from "../../cel/check/environment.ts";
import { turnOf } from "../../cel/check/loops.ts";
import { DYN, fieldsOf, mapOf, type Type, typeWithArticle } from "../../cel/types.ts";
import { isDiglyError } from "../../contract/errors.ts";
import { bothSets, type PatternSet, patternSetOf } from "../../contract/pattern_set.ts";
import { isMap, type Path, Raw, type Value, type ValueMap } from "../../contract/resource.ts";
import type { Located, ParsedDocument } from "../../contract/source.ts";
import type { SkippedBranch } from "../../template/compile/branches.ts";
import { readLoop } from "../../template/directives/loop.ts";
import { hasDirective, isDirective } from "../../template/directives/table.ts";
import { hasExpression } from "../../template/expr/interpolate.ts";
import { COMPILE_TIME, type ErrorReporter } from "../../template/form.ts";
import { isKeptAsParsed, isOpaqueKey } from "../../template/opaque.ts";
import type { App } from "../load.ts";
import { opaquePathsOf } from "../registry/opaque_paths.ts";
import { bind, BranchExpressions, type Place, where } from "./branch_expressions.ts";
import type { Findings, TypeInScope } from "./findings.ts";
import { checkSkippedResource, type SkippedResource } from "./skipped_resource.ts";

/** Files that include each other are read to this depth. */
const MAX_INCLUDES = 8;

/** What is wrong in a branch, given what it saw when it was not taken. */
export async function checkBranch(
  { mapping, key, document, path, frame, condition, loopNames, include }: SkippedBranch,
  typeOf: TypeInScope,
  tables: Pick<App, "kinds" | "registry">,
): Promise<Findings> {
  const { kinds } = tables;
  const { scope, opaque, hasKind } = frame;
  const expressions = new BranchExpressions(document);
  const check = new BranchCheck({ document, include, kinds, typeOf, expressions, depth: 0 });
  let place: Place = {
    environment: new Environment((name) => typeOf(scope, name)),
    scope,
    opaque,
    hasKind,
    isInside: path.some((step) => typeof step === "string" && !isDirective(step)),
  };
  if (condition !== undefined) place = where(condition.text, condition.outcome, place);
  for (const name of loopNames) place = bind(place, name, DYN);
  // The key is that of the branch.
  const branch = mapping[key]!;
  check.visit(branch, path, place);
  const resources = [...check.resources];
  // Beside `kind`, the branch is a part of that resource.
  const { kind } = mapping;
  if (typeof kind === "string" && isMap(branch)) {
    const around = fieldsAt(mapping, path.slice(0, -1));
    const fields = new Map([...around, ...fieldsAt(branch, path)]);
    resources.push({ kind, isInline: place.isInside, document, fields });
  }
  for (const resource of resources) {
    await checkSkippedResource(resource, tables, expressions.diagnostics);
  }
  return expressions.findings;
}

/** The entries of a mapping that are not directives, and their places. */
function fieldsAt(node: ValueMap, path: Path): SkippedResource["fields"] {
  const entries = Object.entries(node).filter(([key]) => !isDirective(key));
  return new Map(entries.map(([key, item]) => [key, { node: item, path: [...path, key] }]));
}

interface BranchOptions extends Pick<SkippedBranch, "document" | "include">, Pick<App, "kinds"> {
  readonly typeOf: TypeInScope;
  /** What checks the expressions of the document. */
  readonly expressions: BranchExpressions;
  /** How many files include each other around it. */
  readonly depth: number;
}

class BranchCheck {
  /** The resources that are written in the branch. */
  readonly resources: SkippedResource[] = [];
  readonly #options: BranchOptions;
  readonly #document: Located;
  readonly #expressions: BranchExpressions;
  /** A loop or a condition that cannot be read is reported when it is used. */
  readonly #silent: ErrorReporter = {
    form: COMPILE_TIME,
    reportDirectiveError: () => {},
    reportExpressionError: () => {},
  };

  constructor(options: BranchOptions) {
    this.#options = options;
    this.#document = options.document;
    this.#expressions = options.expressions;
  }

  /** Checks a node; gives the type of its value. */
  visit(node: Value, path: Path, place: Place): Type {
    if (typeof node === "string") return this.#expressions.text(node, path, place);
    if (Array.isArray(node)) {
      for (const [index, item] of node.entries()) {
        const inner = { ...place, opaque: place.opaque?.next(index), hasKind: false };
        if (!inner.opaque?.isEnd) this.visit(item, [...path, index], inner);
      }
      return { kind: "list", element: DYN };
    }
    if (!isMap(node) || node instanceof Raw) return DYN;
    return hasDirective(node)
      ? this.#directives(node, path, place)
      : this.#entries(node, path, place);
  }

  #entries(node: ValueMap, path: Path, place: Place): Type {
    const { kind } = node;
    if (typeof kind === "string") {
      const fields = fieldsAt(node, path);
      this.resources.push({ kind, isInline: place.isInside, document: this.#document, fields });
    }
    const own = typeof kind === "string" ? this.#opaqueFields(kind) : undefined;
    const opaque = bothSets(place.opaque, own);
    const fields = new Map<string, { readonly type: Type; readonly required: boolean }>();
    for (const [key, item] of Object.entries(node)) {
      if (isDirective(key) || isKeptAsParsed(key, kind)) continue;
      const inner = { ...place, opaque: opaque?.next(key), hasKind: false, isInside: true };
      const isOpaque = isOpaqueKey(key, place.hasKind || kind !== undefined) || inner.opaque?.isEnd;
      if (hasExpression(key)) this.#expressions.text(key, [...path, key], place);
      const type = isOpaque ? DYN : this.visit(item, [...path, key], inner);
      fields.set(key, { type, required: true });
    }
    return hasDirective(node) ? mapOf(DYN) : { ...fieldsOf(fields, DYN), isValue: true };
  }

  #opaqueFields(kind: string): PatternSet | undefined {
    const entry = this.#options.kinds.get(kind);
    return entry && patternSetOf(opaquePathsOf(entry));
  }

  #directives(node: ValueMap, path: Path, outer: Place): Type {
    let place = this.#withDefaults(node["$schema"], outer);
    place = this.#withVariables(node["$let"], [...path, "$let"], place);
    const assertions = node["$assert"];
    for (const [index, one] of [assertions].flat().entries()) {
      const at = Array.isArray(assertions) ? ["$assert", index] : ["$assert"];
      if (typeof one === "string") {
        this.#expressions.condition("$assert", one, [...path, ...at], place);
      }
    }
    if (typeof node["$msg"] === "string") {
      this.#expressions.text(node["$msg"], [...path, "$msg"], place);
    }
    const hasKind = place.hasKind || Object.hasOwn(node, "kind");
    this.#branches(node, path, { ...place, hasKind });
    this.#loop(node, path, { ...place, hasKind });
    this.#include(node, path, place);
    this.#entries(node, path, place);
    return DYN;
  }

  /** Variables with a default exist below a `$schema`. */
  #withDefaults(schema: Value | undefined, outer: Place): Place {
    if (!isMap(schema)) return outer;
    const properties = schema["type"] === "object" ? schema["properties"] : schema;
    let place = outer;
    for (const [name, own] of isMap(properties) ? Object.entries(properties) : []) {
      if (isMap(own) && Object.hasOwn(own, "default")) place = bind(place, name, DYN);
    }
    return place;
  }

  #withVariables(node: Value | undefined, path: Path, outer: Place): Place {
    let place = outer;
    for (const [name, item] of isMap(node) ? Object.entries(node) : []) {
      const type = typeof item === "string" && !hasExpression(item)
        ? this.#expressions.source(item, [...path, name], place)
        : this.visit(item, [...path, name], place);
      place = bind(place, name, type);
    }
    return place;
  }

  #branches(node: ValueMap, path: Path, place: Place): void {
    const written = node["$if"];
    if (typeof written === "string") {
      this.#expressions.condition("$if", written, [...path, "$if"], place);
    }
    for (const [key, outcome] of [["$then", true], ["$else", false]] as const) {
      const branch = node[key];
      if (branch === undefined) continue;
      const inner = typeof written === "string" ? where(written, outcome, place) : place;
      this.visit(branch, [...path, key], inner);
    }
  }

  #loop(node: ValueMap, path: Path, place: Place): void {
    if (node["$for"] === undefined || node["$do"] === undefined) return;
    const loop = readLoop(node["$for"], path, this.#silent);
    if (loop === undefined) return;
    const { names: [first, second], collection, offset } = loop;
    const type = this.#expressions.source(collection, [...path, "$for"], place, offset);
    const turn = turnOf(type);
    if (turn === undefined) {
      const problem = `"$for" requires a list or a map, but ${collection.trim()} is ${
        typeWithArticle(type)
      }`;
      this.#expressions.reportWhole(problem, collection, [...path, "$for"]);
    }
    const { item, key, value } = turn ?? { item: DYN, key: DYN, value: DYN };
    // A loop has one name or two.
    const name = first!;
    const inner = second === undefined
      ? bind(place, name, item)
      : bind(bind(place, name, key), second, value);
    this.visit(node["$do"], [...path, "$do"], inner);
  }

  /** Follows an include whose file is there: one that is not may be there where the branch is taken. */
  #include(node: ValueMap, path: Path, place: Place): void {
    const file = node["$include"];
    if (typeof file !== "string") return;
    const { include, typeOf, kinds, depth } = this.#options;
    if (hasExpression(file)) this.#expressions.text(file, [...path, "$include"], place);
    let inner: Place = {
      ...this.#globals(place),
      opaque: undefined,
      hasKind: false,
      isInside: false,
    };
    for (const [name, item] of Object.entries(isMap(node["$with"]) ? node["$with"] : {})) {
      const at = [...path, "$with", name];
      const type = typeof item === "string" && !hasExpression(item)
        ? this.#expressions.source(item, at, place)
        : this.visit(item, at, place);
      inner = bind(inner, name, type);
    }
    if (hasExpression(file) || include === undefined || depth === MAX_INCLUDES) return;
    for (const document of readIncluded(file, include, this.#document)) {
      const expressions = new BranchExpressions(document);
      const options = { document, include, kinds, typeOf, expressions, depth: depth + 1 };
      const check = new BranchCheck(options);
      check.visit(document.value, [], inner);
      for (const [key, problem] of expressions.findings) {
        this.#expressions.findings.set(key, problem);
      }
      this.resources.push(...check.resources);
    }
  }

  /** What an included file sees beside the variables of `$with`. */
  #globals({ scope }: Place): Pick<Place, "environment" | "scope"> {
    let root = scope;
    while (root.parent !== undefined) root = root.parent;
    return {
      environment: new Environment((name) => this.#options.typeOf(root, name)),
      scope: root,
    };
  }
}

function readIncluded(
  file: string,
  include: NonNullable<SkippedBranch["include"]>,
  { source }: Located,
): readonly ParsedDocument[] {
  try {
    return include(file, source);
  } catch (error) {
    if (isDiglyError(error)) return [];
    throw error;
  }
}
