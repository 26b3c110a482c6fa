/**
 * Checks what instances of templates have not evaluated: the bodies of templates that have none, loops
 * without iterations, and what conditions left out. The rest is checked in what it generates. Parameters have the types of the template's schema.
 */
import { checkTypes } from "../../cel/check/check.ts";
import { DYN, NULL, type Type, unionOf } from "../../cel/types.ts";
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { fail } from "../../contract/errors.ts";
import { setOwn } from "../../contract/own_key.ts";
import {
  asResource,
  type Deferred,
  isDeferred,
  isMap,
  type Path,
  type Value,
  type ValueMap,
} from "../../contract/resource.ts";
import type { Anchor } from "../../contract/source.ts";
import { nearestField } from "../../diagnostics/nearest.ts";
import { codesOf, referencesOf } from "../../template/deferred/deferred.ts";
import { ERROR_VALUE } from "../../template/deferred/error_value.ts";
import type { Mapping, Node } from "../../template/expand/nodes.ts";
import type { Template } from "../../template/expand/templates.ts";
import { placeOfPart } from "../../template/expr/expression_error.ts";
import type { App } from "../load.ts";
import type { RegistryEntry } from "../registry/registry.ts";
import { allNames, ownScopes } from "../registry/scopes.ts";
import { checkLoadTime } from "./load_time_check.ts";
import { referencesIn, reportMisspeltNames } from "./misspelt_names.ts";
import { typeOfSchema } from "./schema_type.ts";
import { checkExpressions, type TypeCheckOptions } from "./type_check.ts";

/** What is known at a place in a body. */
interface Frame {
  /** Names of the loops around it. */
  readonly loops: readonly string[];
  /** True where no instance has evaluated anything. */
  readonly isSkipped: boolean;
  /** Names that a controller provides later; `*` where the kind is not known. */
  readonly later: readonly string[] | "*";
}

/** Checks the types of every expression of an app that will not be started. */
export async function checkTypesOf(
  app: App,
  { hints, diagnostics, onProgress }: Pick<
    TypeCheckOptions,
    "hints" | "diagnostics" | "onProgress"
  >,
): Promise<void> {
  const { registry, kinds } = app;
  await checkLoadTime(app, diagnostics);
  await checkExpressions(registry.entries(), {
    registry,
    kinds,
    hints,
    diagnostics,
    onProgress,
  });
  await checkTemplates(app, { registry, kinds, diagnostics });
}

/** Checks the parts of templates that were not evaluated. */
async function checkTemplates(
  { templates, reached }: Pick<App, "templates" | "reached">,
  options: TypeCheckOptions,
): Promise<void> {
  const roots = new Set(["env"]);
  for (const kind of options.kinds.keys()) roots.add(kind.split(".", 1)[0]!);
  for (const template of templates) {
    const check = new TemplateCheck(template, reached, roots, options);
    for (const node of template.body ?? []) await check.run(node);
  }
}

class TemplateCheck {
  readonly #template: Template;
  readonly #reached: ReadonlySet<object>;
  readonly #roots: ReadonlySet<string>;
  readonly #options: TypeCheckOptions;
  readonly #diagnostics: Diagnostics;
  readonly #parameters: ReadonlyMap<string, Type>;

  constructor(
    template: Template,
    reached: ReadonlySet<object>,
    roots: ReadonlySet<string>,
    options: TypeCheckOptions,
  ) {
    this.#template = template;
    this.#reached = reached;
    this.#roots = roots;
    this.#options = options;
    this.#diagnostics = onlyOnce(options.diagnostics);
    this.#parameters = parametersOf(template.schema);
  }

  /** Checks an element of the body. */
  async run(node: Node): Promise<void> {
    const isUnused = !this.#reached.has(this.#template);
    this.#visit(node, { isSkipped: isUnused, loops: [], later: "*" });
    if (!isUnused && !this.#isSkipped(node)) return;
    const { names, blueprint } = unwrap(node);
    const kind = blueprint.type === "mapping" ? kindOf(blueprint) : undefined;
    if (kind === undefined || !this.#options.kinds.has(kind)) return;
    const places = new Map<string, Path>();
    const value = valueOf(blueprint, [], places, names);
    const { name, document } = this.#template;
    const entry: RegistryEntry = {
      urn: `${kind} in the template "${name}"`,
      kind,
      name,
      resource: asResource(value),
      manifest: {
        kind,
        name,
        value,
        uri: "",
        generationDepth: 0,
        source: document.source,
        originAt: (path, anchor) => document.originAt(placeOf(path, places), anchor),
      },
    };
    const { kinds } = this.#options;
    const declared = kinds.get(kind)!.scopes;
    const scopes = ownScopes(declared, entry.resource) ?? declared;
    if (scopes !== "*") {
      reportMisspeltNames(referencesIn(value), entry, scopes, {
        kinds,
        diagnostics: this.#diagnostics,
        code: "ERR_TEMPLATE_INVALID",
        own: [...this.#parameters.keys(), ...names],
      });
    }
    await checkExpressions([entry], {
      ...this.#options,
      diagnostics: this.#diagnostics,
      names: (name) => names.has(name) ? DYN : this.#parameters.get(name),
    });
  }

  #visit(node: Node, frame: Frame): void {
    switch (node.type) {
      case "constant":
        return;
      case "text":
        return this.#checkDeferred(node.deferred, node.path, frame);
      case "list":
        for (const item of node.items) this.#visit(item, frame);
        return;
      case "variants":
        // Instances have evaluated other nodes, those of the kinds that they give.
        if (!frame.isSkipped) return;
        this.#visit(node.kind, frame);
        return this.#visit(node.forKind(undefined), { ...frame, later: "*" });
      case "mapping": {
        const kind = kindOf(node);
        const later = kind === undefined ? frame.later : this.#namesOf(kind);
        for (const { key, node: below } of node.entries) {
          if (typeof key !== "string") this.#checkDeferred(key, below.path, frame, "key");
          this.#visit(below, { ...frame, later });
        }
        return;
      }
      case "repeated": {
        let { loops } = frame;
        for (const { deferred, names, path } of node.loops) {
          const isSkipped = frame.isSkipped || !this.#reached.has(deferred);
          this.#checkDeferred(deferred, path, { isSkipped, loops, later: [] });
          loops = [...loops, ...names];
        }
        if (typeof node.condition !== "boolean") {
          const { deferred, path } = node.condition;
          const isSkipped = frame.isSkipped || !this.#reached.has(deferred);
          this.#checkDeferred(deferred, path, { isSkipped, loops, later: [] });
        }
        const isSkipped = frame.isSkipped || this.#isSkipped(node);
        return this.#visit(node.content, { ...frame, isSkipped, loops });
      }
    }
  }

  /** True for an element that no instance has generated. */
  #isSkipped(node: Node): boolean {
    return node.type === "repeated" && !this.#reached.has(node.content);
  }

  #namesOf(kind: string): Frame["later"] {
    const entry = this.#options.kinds.get(kind);
    // A check may add names, and what is written inline sees those of the resource around it.
    const mayHaveMore = entry === undefined || entry.check !== undefined ||
      entry.resources.length > 0;
    return mayHaveMore ? "*" : allNames(entry.scopes);
  }

  #checkDeferred(deferred: Deferred, path: Path, frame: Frame, anchor?: Anchor): void {
    if (deferred === ERROR_VALUE || !frame.isSkipped) return;
    const origin = () => this.#template.document.originAt(path, anchor);
    this.#checkNames(deferred, origin, frame);
    for (const { program: { tree, text }, offset } of codesOf(deferred)) {
      const { problems } = checkTypes(
        tree,
        text,
        (name) => frame.loops.includes(name) ? DYN : this.#parameters.get(name),
      );
      for (const { severity, problem, help, start, end } of problems) {
        if (severity === "warning") continue;
        const whole = origin();
        const part = { expression: text, offset, start, end };
        this.#diagnostics.error(
          fail("ERR_EXPRESSION_TYPE", { problem, expression: text }, {
            origin: placeOfPart(whole, part) ?? whole,
            help,
          }),
        );
      }
    }
  }

  /** Reports misspelt names; an instance may give parameters that the schema does not name. */
  #checkNames(
    deferred: Deferred,
    origin: () => ReturnType<Template["document"]["originAt"]>,
    { loops, later }: Frame,
  ): void {
    if (later === "*") return;
    const own = [...this.#parameters.keys(), ...loops];
    const isClosed = isMap(this.#template.schema) &&
      this.#template.schema["additionalProperties"] === false;
    for (const { root, expression, offset, start } of referencesOf(deferred)) {
      // The kind of a module that this app does not import looks like that.
      if (/^[A-Z]/.test(root) || this.#roots.has(root)) continue;
      const known = [...own, ...later];
      const near = nearestField(root, known);
      if (known.includes(root) || (!isClosed && near === undefined)) continue;
      const whole = origin();
      const part = { expression, offset, start, end: start + root.length };
      const written = later.length === 0 ? expression : `\${{ ${expression} }}`;
      this.#diagnostics.error(
        fail("ERR_TEMPLATE_INVALID", { problem: `Unknown name "${root}" in ${written}` }, {
          origin: placeOfPart(whole, part) ?? whole,
          help: near === undefined
            ? `Known here: ${["env", ...known].sort().join(", ")}`
            : `Did you mean "${near}"?`,
        }),
      );
    }
  }
}

/** The types of the parameters; those that may be left out may be null. */
function parametersOf(schema: Value | undefined): ReadonlyMap<string, Type> {
  const type = typeOfSchema(schema, { side: "read" });
  if (type.kind !== "map") return new Map();
  return new Map(Array.from(type.fields, ([name, field]) => [
    name,
    field.required ? field.type : unionOf([field.type, NULL]),
  ]));
}

/** An element without its loops and conditions, and the names of all loops in and around it. */
function unwrap(node: Node): { readonly names: Set<string>; readonly blueprint: Node } {
  const names = new Set<string>();
  let blueprint = node;
  while (blueprint.type === "repeated") {
    for (const loop of blueprint.loops) for (const name of loop.names) names.add(name);
    blueprint = blueprint.content;
  }
  return { names, blueprint };
}

function kindOf({ entries }: Mapping): string | undefined {
  const kind = entries.find(({ key }) => key === "kind")?.node;
  return kind?.type === "constant" && typeof kind.value === "string" ? kind.value : undefined;
}

/**
 * The resource that a blueprint describes, with its expressions, and one element for each loop. Notes
 * where everything is written, and the names of loops.
 */
function valueOf(node: Node, at: Path, places: Map<string, Path>, names: Set<string>): Value {
  places.set(at.join("\0"), node.path);
  switch (node.type) {
    case "constant":
      return node.value;
    case "text":
      return node.deferred;
    case "list":
      return node.items.map((item, index) => valueOf(item, [...at, index], places, names));
    case "variants":
      return valueOf(node.forKind(undefined), at, places, names);
    case "repeated": {
      const { names: own, blueprint } = unwrap(node);
      for (const name of own) names.add(name);
      return valueOf(blueprint, at, places, names);
    }
    case "mapping": {
      const map: ValueMap = {};
      for (const { key, node: below } of node.entries) {
        if (!isDeferred(key)) setOwn(map, key, valueOf(below, [...at, key], places, names));
      }
      return map;
    }
  }
}

/** Where what is at a path of such a resource is written. */
function placeOf(path: Path, places: ReadonlyMap<string, Path>): Path {
  for (let length = path.length; length >= 0; length--) {
    const place = places.get(path.slice(0, length).join("\0"));
    if (place !== undefined) return [...place, ...path.slice(length)];
  }
  return path;
}

/** An expression is checked by itself and as a part of its resource, and reported once. */
function onlyOnce(diagnostics: Diagnostics): Diagnostics {
  const seen = new Set<string>();
  return {
    error(error) {
      const { file, line, column } = error.origin ?? {};
      const key = `${file}:${line}:${column} ${error.message}`;
      if (!seen.has(key)) diagnostics.error(error);
      seen.add(key);
    },
    warning: () => {},
  };
}
