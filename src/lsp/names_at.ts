/** The names that an expression sees at a place, with their types. */
import { checkTypes } from "../cel/check/check.ts";
import { parse } from "../cel/parse.ts";
import { DYN, type Field, fieldsOf, mapOf, membersOf, STRING, type Type } from "../cel/types.ts";
import type { Path } from "../contract/resource.ts";
import { formatUrn } from "../contract/urn.ts";
import type { LoadedApp } from "../kernel/loaded_app.ts";
import { variablesAt } from "../load/registry/scopes.ts";
import { createDeclaredTypes, type TypedEntry } from "../load/types/declared_types.ts";
import { typeOfSchema } from "../load/types/schema_type.ts";
import { typesFor } from "../testing/case_expressions.ts";
import { type Step, TEST_CASE } from "../testing/test_case.ts";
import type { WrittenExpression } from "./expression_at.ts";
import { isTemplate } from "./expression_at.ts";
import type { WrittenResource } from "./resource_at.ts";
import {
  dataOf,
  type ListNode,
  type MapNode,
  textOf,
  valueOf,
  type YamlNode,
} from "./yaml_tree.ts";

/** Names and their types. */
export type Names = ReadonlyMap<string, Type>;

/** A place in a document. */
export interface ExpressionPlace {
  readonly root: YamlNode;
  readonly path: Path;
  readonly parents: readonly (MapNode | ListNode)[];
  readonly resource: WrittenResource | undefined;
  readonly app: LoadedApp | undefined;
}

/** The names that an expression of some form sees. */
export function namesAt(place: ExpressionPlace, form: WrittenExpression["form"]): Names {
  const { root, resource, app } = place;
  const names = new Map<string, Type>();
  if (resource?.kind === TEST_CASE && resource.path[0] === "expect") {
    const steps = dataOf(valueOf(resource.node, "steps") ?? { type: "empty", start: 0, end: 0 });
    const named = Array.isArray(steps) ? steps.filter((step) => typeof step === "object") : [];
    // Steps that are being typed may be incomplete; only what they have is read.
    return typesFor(named as unknown as readonly Step[]);
  }
  names.set("env", mapOf(STRING));
  const isBody = isTemplate(textOf(root, "kind"));
  if (form !== "now" && app !== undefined) {
    for (const [name, type] of resourceTypes(app)) names.set(name, type);
    if (resource !== undefined) addScopes(names, resource, app);
  }
  if (isBody) addParameters(names, root);
  addVariables(names, place);
  return names;
}

function addScopes(names: Map<string, Type>, resource: WrittenResource, app: LoadedApp): void {
  const { kind, name, path, node, entry } = resource;
  if (kind === undefined || entry === undefined) return;
  const urn = formatUrn(kind, name ?? "");
  const registered = app.entry(urn);
  const scopes = registered?.scopes ?? entry.scopes;
  if (scopes === "*") return;
  const { registry, kinds } = app.app;
  const declared = createDeclaredTypes(registry, kinds);
  const written: TypedEntry = { urn, kind, resource: dataOf(node) as TypedEntry["resource"] };
  const all = [...scopes, ...app.checks.hints?.of(urn)?.scopes ?? []];
  for (const [variable, { declaration, stars, from }] of variablesAt(all, path)) {
    const owner = from === undefined ? written : app.entry(from);
    const isElement = typeof declaration === "object" && declaration !== null &&
      "$elementOf" in declaration;
    const type = owner === undefined || isElement
      ? DYN
      : declared.typeOf(declaration, owner, stars, "read");
    names.set(variable, type);
  }
}

function addParameters(names: Map<string, Type>, root: YamlNode): void {
  const schema = valueOf(root, "schema");
  if (schema === undefined) return;
  for (const member of membersOf(typeOfSchema(dataOf(schema), { side: "read" }))) {
    if (member.kind !== "map") continue;
    for (const [name, { type }] of member.fields) names.set(name, type);
  }
}

/** Adds the variables of `$let`, and of the loops around the place, the outer ones first. */
function addVariables(names: Map<string, Type>, { parents, path }: ExpressionPlace): void {
  for (const [depth, parent] of parents.entries()) {
    if (parent.type !== "map") continue;
    const below = path[depth];
    for (const { key, value } of parent.entries) {
      if (key.value === "$let" && below !== "$let" && value.type === "map") {
        for (const variable of value.entries) addLet(names, variable.key.value, variable.value);
      }
      const isLoop = (key.value === "$for" || key.value === "for") && below !== key.value;
      if (isLoop && value.type === "scalar") addLoop(names, value.value);
    }
    if (below === "$let" && typeof path[depth + 1] === "string") {
      const let_ = valueOf(parent, "$let");
      if (let_?.type !== "map") continue;
      for (const { key, value } of let_.entries) {
        if (key.value === path[depth + 1]) break;
        addLet(names, key.value, value);
      }
    }
  }
}

function addLet(names: Map<string, Type>, name: string, value: YamlNode): void {
  const isText = value.type === "scalar" && !value.value.includes("${");
  names.set(name, isText ? typeOf(value.value, names) : DYN);
}

const LOOP = /^\s*([^\s,]+)(?:\s*,\s*([^\s,]+))?\s+in\s+(.*)$/s;

function addLoop(names: Map<string, Type>, text: string): void {
  const match = LOOP.exec(text);
  if (match === null) return;
  const [, first = "", second, collection = ""] = match;
  const type = typeOf(collection, names);
  const { key, value, single } = iterated(type);
  if (second === undefined) names.set(first, single);
  else names.set(first, key).set(second, value);
}

/** The types of the variables of a loop through a value. */
function iterated(type: Type): { key: Type; value: Type; single: Type } {
  if (type.kind === "list") {
    return { key: { kind: "int" }, value: type.element, single: type.element };
  }
  if (type.kind !== "map") return { key: DYN, value: DYN, single: DYN };
  const [field] = type.fields.values();
  return { key: STRING, value: type.rest ?? field?.type ?? DYN, single: STRING };
}

/** The type of an expression; `dyn` of one that cannot be parsed. */
export function typeOf(text: string, names: Names): Type {
  try {
    return checkTypes(parse(text), text, (name) => names.get(name)).type;
  } catch {
    return DYN;
  }
}

const resources = new WeakMap<LoadedApp, Names>();

/** The types of the names that resources are read by: `Http` of `Http.Server.Main`. */
export function resourceTypes(app: LoadedApp): Names {
  let found = resources.get(app);
  if (found === undefined) resources.set(app, found = readResourceTypes(app));
  return found;
}

function readResourceTypes(app: LoadedApp): Names {
  const root = new Map<string, Field>();
  const read = new Map<string, Type>();
  for (const { kind, name } of app.entries()) {
    const entry = app.kinds.get(kind);
    if (entry === undefined) continue;
    let type = read.get(kind);
    if (type === undefined) {
      type = entry.valueExpression === undefined ? fieldTypes(entry.schema) : DYN;
      read.set(kind, type);
    }
    add(root, [...kind.split("."), name], type);
  }
  return new Map(Array.from(root, ([name, { type }]) => [name, type]));
}

function fieldTypes(schema: unknown): Type {
  const type = typeOfSchema(schema, { side: "read" });
  return type.kind === "map" ? fieldsOf(type.fields, DYN) : DYN;
}

function add(fields: Map<string, Field>, [step, ...rest]: readonly string[], type: Type): void {
  if (step === undefined) return;
  if (rest.length === 0) {
    fields.set(step, { type, required: true });
    return;
  }
  const known = fields.get(step)?.type;
  const inner = new Map(known?.kind === "map" ? known.fields : []);
  add(inner, rest, type);
  // Names that are not known belong to resources that are still to be written.
  fields.set(step, { type: fieldsOf(inner, DYN), required: true });
}
