/** Expands instances of templates, and what they generate that is an instance itself. */
import { type DiglyError, fail, isDiglyError } from "../../contract/errors.ts";
import { formatField } from "../../contract/field_path.ts";
import { isRemote } from "../../contract/location.ts";
import { isDeferred, isMap, type Path, type Value } from "../../contract/resource.ts";
import type { ExpandedManifest, Located } from "../../contract/source.ts";
import { isKernelKind } from "../../contract/urn.ts";
import { withOrigin } from "../../diagnostics/with_origin.ts";
import { ErrorValueRead } from "../deferred/error_value.ts";
import { bindDeferred, evaluateDeferred } from "../deferred/deferred.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { rootScope, type Scope, visibleNames } from "../expr/scope.ts";
import { build, forEachIteration, locate, variantOf } from "./build.ts";
import type { ExpandOptions } from "./options.ts";
import {
  firstLink,
  generatedUri,
  type Lineage,
  type Link,
  linksTo,
  nextLink,
  originIn,
} from "./lineage.ts";
import type { Reporter } from "../form.ts";
import type { Mapping, Node, WrittenParameter } from "./nodes.ts";
import { isParameter, type ReadParameters } from "./parameters.ts";
import { scanCompiled } from "./scan.ts";
import type { Template, TemplateTable } from "./templates.ts";
import type { ExpansionContext, LocateOrigin, ResourceReporter } from "./context.ts";
import { ownValue } from "../../contract/own_key.ts";

/** A resource that may be an instance. */
export interface Candidate extends Located {
  readonly value: Value;
  readonly kind: string;
  readonly name: string;
}

/** Dependencies of {@link createExpander}. */
export interface Expansion {
  readonly options: ExpandOptions;
  readonly table: TemplateTable;
  readonly context: ExpansionContext;
  readonly readParameters: ReadParameters;
  /** Takes what is generated. */
  readonly add: (manifest: ExpandedManifest) => void;
}

/**
 * Makes a function that expands a document's resource; it returns false if that is not an
 * instance of a template.
 */
export function createExpander(
  { options, table, context, readParameters, add }: Expansion,
): (candidate: Candidate, lineage?: Lineage) => boolean {
  const { kinds, env, limits, checkShape } = options;
  const local = rootScope({ env }, limits);
  // What was fetched sees nothing of this machine.
  const remote = rootScope({}, limits);
  // The wrong names of a loop are one mistake of the template.
  const shapes = {
    error: (error: DiglyError) => context.report(error, error.code),
    warning: () => {},
  };
  let generated = 0;

  /** The template of a resource; "wrong" when it must have one and has none. */
  function templateOf(
    kind: string,
    module: string,
    located: Located,
  ): Template | "wrong" | undefined {
    if (kinds.has(kind) || isKernelKind(kind)) return undefined;
    const found = table.find(kind, module);
    if (!isDiglyError(found)) return found;
    context.report(withOrigin(found, located.originAt(["kind"])));
    return "wrong";
  }

  function expandBody(
    link: Link,
    given: readonly WrittenParameter[],
    around: Scope,
    outer: Reporter,
  ): void {
    options.reached?.add(link.template);
    const root = isRemote(link.template.document.source.url) ? remote : local;
    const scope = readParameters(link, given, around, outer, root);
    if (link.depth > limits.templateDepth) {
      const links = linksTo(link);
      const chain = links.map(({ kind }) => kind).join(" → ");
      const problem = `Templates nest more than ${limits.templateDepth} levels deep: ${chain}`;
      const isRecursive = links.some((one) => one !== link && one.template === link.template);
      const advice = `${link.kind} generates itself: let an \`if\` end that`;
      const origin = link.located.originAt(["kind"]);
      throw context.exceeded(
        "templateDepth",
        problem,
        origin,
        false,
        isRecursive ? advice : undefined,
      );
    }
    const place: LocateOrigin = (path, anchor) => originIn(link, path, anchor);
    const reporter = context.resource(place);
    const loops = context.loops(place);
    for (const node of link.template.body ?? []) {
      if (node.type !== "repeated") generate(link, node, scope, reporter);
      else {forEachIteration(node, scope, loops, (content, inner) =>
          generate(link, content, inner, reporter));}
    }
  }

  function generate(link: Link, node: Node, scope: Scope, reporter: ResourceReporter): void {
    if (++generated > limits.resources) {
      const problem = `Templates generate more than ${limits.resources} resources`;
      throw context.exceeded("resources", problem, originIn(link, node.path), true);
    }
    reporter.begin();
    const known = node.type === "variants" ? variantOf(node, scope, reporter) : node;
    const value = withTextName(build(known, scope, reporter), known);
    const located: Located = {
      source: link.template.document.source,
      originAt: (path, anchor) => originIn(link, locate(known, scope, path), anchor),
    };
    if (isWaiting(value, known, scope, reporter)) return;
    const shape = checkShape({ ...located, value }, shapes);
    if (shape === undefined) return;
    const { kind, name } = shape;
    if (isKernelKind(kind)) {
      context.report(fail("ERR_TEMPLATE_INVALID", {
        problem: `A template cannot generate a ${kind}`,
      }, {
        origin: located.originAt(["kind"]),
        help: "Define it in a document: kinds must be known before templates are expanded",
      }));
      return;
    }
    const template = templateOf(kind, link.template.module, located);
    if (template === "wrong") return;
    if (template !== undefined) {
      const next = nextLink(link, { template, kind, name, located });
      expandBody(next, parametersIn(known, value, scope), scope, reporter);
      return;
    }
    add({
      kind,
      name,
      value,
      // The chain of links ends at this one, so it is not empty.
      source: linksTo(link)[0]!.located.source,
      uri: generatedUri(link, kind, name),
      generationDepth: link.generation,
      originAt: located.originAt,
      knownNames: () => visibleNames(scope),
    });
  }

  return ({ kind, name, value, source, originAt }, lineage) => {
    const located: Located = { source, originAt };
    const template = templateOf(kind, source.module, located);
    if (template === undefined) return false;
    if (template !== "wrong") {
      const link = firstLink({ template, kind, name, located }, lineage);
      const around = isRemote(source.url) ? remote : local;
      expandBody(link, parametersOf(value, []), around, context.resource(originAt));
    }
    return true;
  };
}

/** The parameters in the node of an instance; `value` is what it gave in `scope`. */
function parametersIn(node: Node, value: Value, scope: Scope): WrittenParameter[] {
  if (node.type !== "mapping") return parametersOf(value, node.path);
  return node.entries.map(({ key, node: below }) => (
    { name: typeof key === "string" ? key : bindDeferred(key, scope) as string, node: below }
  )).filter(({ name }) => isParameter(name));
}

/** The parameters in data, as compiled, that stands at `path`. */
function parametersOf(value: Value, path: Path): WrittenParameter[] {
  const given: WrittenParameter[] = [];
  for (const [name, below] of Object.entries(isMap(value) ? value : {})) {
    if (isParameter(name)) given.push({ name, node: scanCompiled(below, [...path, name]) });
  }
  return given;
}

/** `value` with a computed name that is an integer as the text it is to be. */
function withTextName(value: Value, node: Node): Value {
  const metadata = isMap(value) ? value["metadata"] : undefined;
  const name = isMap(metadata) ? metadata["name"] : undefined;
  if (!isMap(value) || !isMap(metadata) || !Number.isInteger(name)) return value;
  const written = entryOf(entryOf(node, "metadata"), "name");
  if (written?.type === "constant") return value;
  return { ...value, metadata: { ...metadata, name: String(name) } };
}

function entryOf(node: Node | undefined, name: string): Node | undefined {
  const value = node?.type === "constant" && isMap(node.value) ? node.value : undefined;
  if (value !== undefined) {
    const written = ownValue(value, name);
    return written === undefined ? undefined : scanCompiled(written, []);
  }
  return (node as Mapping | undefined)?.entries?.find(({ key }) => key === name)?.node;
}

/** True, with a report, when the kind or the name reads what only a later stage knows. */
function isWaiting(value: Value, node: Node, scope: Scope, reporter: Reporter): boolean {
  if (!isMap(value)) return false;
  const metadata = value["metadata"];
  const name = isMap(metadata) ? metadata["name"] : undefined;
  const places: [Value | undefined, Path][] = [
    [value["kind"], ["kind"]],
    [metadata, ["metadata"]],
    [name, ["metadata", "name"]],
  ];
  for (const [part, path] of places) {
    if (!isDeferred(part)) continue;
    const at = locate(node, scope, path);
    try {
      evaluateDeferred(part, scope);
    } catch (error) {
      if (error instanceof ErrorValueRead) return true;
      if (!(error instanceof ExpressionError)) throw error;
      if (!error.waits) {
        reporter.reportExpressionError(error, at);
        return true;
      }
    }
    const problem = `\`${formatField(path)}\` reads a value that is not known yet`;
    reporter.reportDirectiveError(problem, at, "Use parameters, loop variables and `env`");
    return true;
  }
  return false;
}
