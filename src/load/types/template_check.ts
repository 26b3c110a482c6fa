/**
 * Checks what instances of templates have not evaluated: the bodies of templates that have none, loops
 * without iterations, and what conditions left out. The rest is checked in what it generates. Parameters have the types of the template's schema.
 */
import { checkTypes } from "../../cel/check/check.ts";
import { turnOf } from "../../cel/check/loops.ts";
import { NULL, type Type, typeWithArticle, unionOf } from "../../cel/types.ts";
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { fail } from "../../contract/errors.ts";
import {
  asResource,
  type Deferred,
  isMap,
  type Path,
  type Value,
} from "../../contract/resource.ts";
import type { Anchor } from "../../contract/source.ts";
import { nearestField } from "../../diagnostics/nearest.ts";
import { codesOf, referencesOf } from "../../template/deferred/deferred.ts";
import { ERROR_VALUE } from "../../template/deferred/error_value.ts";
import type { Collection, Node } from "../../template/expand/nodes.ts";
import type { Template } from "../../template/expand/templates.ts";
import { placeOfPart } from "../../template/expr/expression_error.ts";
import type { App } from "../load.ts";
import type { RegistryEntry } from "../registry/registry.ts";
import { allNames, ownScopes } from "../registry/scopes.ts";
import { Blueprint, collectionType, kindOf, loopTypes } from "./blueprint.ts";
import { checkLoadTime } from "./load_time_check.ts";
import { referencesIn, reportMisspeltNames } from "./misspelt_names.ts";
import { typeOfSchema } from "./schema_type.ts";
import { checkExpressions, type TypeCheckOptions } from "./type_check.ts";
import { rootOfKind } from "../../contract/urn.ts";

/** What is known at a place in a body. */
interface Frame {
  /** The types of the names of the loops around it. */
  readonly loops: ReadonlyMap<string, Type>;
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
  for (const kind of options.kinds.keys()) roots.add(rootOfKind(kind));
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
    this.#visit(node, { isSkipped: isUnused, loops: new Map(), later: "*" });
    if (!isUnused && !this.#isSkipped(node)) return;
    const blueprint = new Blueprint((name) => this.#parameters.get(name));
    const inner = blueprint.unwrap(node);
    const kind = inner.type === "mapping" ? kindOf(inner) : undefined;
    if (kind === undefined || !this.#options.kinds.has(kind)) return;
    const value = blueprint.valueOf(inner);
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
        originAt: (path, anchor) => document.originAt(blueprint.placeOf(path), anchor),
      },
    };
    const { kinds } = this.#options;
    // Other kinds have returned above.
    const declared = kinds.get(kind)!.scopes;
    const scopes = ownScopes(declared, entry.resource) ?? declared;
    if (scopes !== "*") {
      reportMisspeltNames(referencesIn(value), entry, scopes, {
        kinds,
        diagnostics: this.#diagnostics,
        code: "ERR_TEMPLATE_INVALID",
        own: [...this.#parameters.keys(), ...blueprint.names.keys()],
      });
    }
    await checkExpressions([entry], {
      ...this.#options,
      diagnostics: this.#diagnostics,
      names: (name) => blueprint.typeOf(name),
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
        for (const loop of node.loops) {
          const isSkipped = frame.isSkipped || !this.#reached.has(loop.deferred);
          this.#checkLoop(loop, { isSkipped, loops, later: [] });
          const types = loopTypes(loop, (name) => this.#typeIn(loops, name));
          loops = new Map([...loops, ...types]);
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

  #typeIn(loops: Frame["loops"], name: string): Type | undefined {
    return loops.get(name) ?? this.#parameters.get(name);
  }

  #checkLoop(loop: Collection, frame: Frame): void {
    const { deferred, path, text } = loop;
    this.#checkDeferred(deferred, path, frame);
    if (deferred === ERROR_VALUE || !frame.isSkipped) return;
    const type = collectionType(loop, (name) => this.#typeIn(frame.loops, name));
    if (turnOf(type) !== undefined) return;
    const problem = `\`for\` requires a list or a map, but ${text} is ${typeWithArticle(type)}`;
    const { document } = this.#template;
    this.#diagnostics.error(
      fail("ERR_EXPRESSION_TYPE", { problem, expression: text }, {
        origin: document.originAt(path),
      }),
    );
  }

  #checkDeferred(deferred: Deferred, path: Path, frame: Frame, anchor?: Anchor): void {
    if (deferred === ERROR_VALUE || !frame.isSkipped) return;
    const origin = () => this.#template.document.originAt(path, anchor);
    this.#checkNames(deferred, origin, frame);
    for (const { program: { tree, text }, offset } of codesOf(deferred)) {
      const { problems } = checkTypes(
        tree,
        text,
        (name) => this.#typeIn(frame.loops, name),
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
    const own = [...this.#parameters.keys(), ...loops.keys()];
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
