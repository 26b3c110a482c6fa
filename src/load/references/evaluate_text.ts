/** Evaluates an expression that somebody types, as if it were written in an app. */
import { fail, type Origin } from "../../contract/errors.ts";
import { isDeferred, type Value } from "../../contract/resource.ts";
import { referencesOf } from "../../template/deferred/deferred.ts";
import { defer } from "../../template/deferred/deferred_expression.ts";
import { engine, loadEngine } from "../../template/expr/engine.ts";
import { ExpressionError } from "../../template/expr/expression_error.ts";
import { KERNEL_KINDS, rootOfKind } from "../../contract/urn.ts";
import type { Registry, RegistryEntry } from "../registry/registry.ts";
import type { DeferredNode } from "./deferred_nodes.ts";
import { createReader, type ReaderOptions } from "./reference_values.ts";
import { type NeededValue, UnknownValue, ValueNeeded } from "./value_resolver.ts";

/** What an expression is evaluated in. */
export interface EvaluationOptions extends ReaderOptions {
  readonly registry: Registry;
  /** Asks a controller for the value of its resource. */
  readonly provide: (needed: NeededValue) => Promise<void>;
}

/** The result of an expression. */
export interface Evaluation {
  readonly value: unknown;
  /** True if the expression reads a sensitive value. */
  readonly isSensitive: boolean;
}

/** What errors call the text. */
const FILE = "expression";

/**
 * The value of an expression that may use `variables`, `env` and the resources of an app. Throws a
 * `DiglyError` with the place in the text.
 */
export async function evaluateText(
  text: string,
  variables: Readonly<Record<string, unknown>>,
  options: EvaluationOptions,
): Promise<Evaluation> {
  await loadEngine();
  const entry = entryOf(text);
  const originAt = entry.manifest.originAt;
  let node: DeferredNode;
  try {
    const program = engine().compileExpression(text.trim());
    const bound = new Map(Object.entries(variables));
    const deferred = defer([{ program, offset: text.indexOf(text.trim()), bound }], true);
    node = { entry, path: [], deferred, state: "waiting", result: deferred, isUnknown: false };
    checkNames(node, [...bound.keys()], options);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw error.toDiglyError("ERR_COMPILATION_FAILED", originAt([]));
  }
  const valueOf = createReader(options.registry, new Map(), options);
  for (;;) {
    try {
      const value = valueOf(node);
      if (isDeferred(value)) throw unknownValue(originAt([]));
      return { value, isSensitive: (entry.sensitive ?? []).length > 0 };
    } catch (error) {
      if (error instanceof ValueNeeded) await options.provide(error.needed);
      else if (error instanceof UnknownValue) throw unknownValue(originAt([]));
      else if (error instanceof ExpressionError) {
        throw error.toEvaluationError(originAt([]));
      } else throw error;
    }
  }
}

function checkNames(
  { deferred }: DeferredNode,
  variables: readonly string[],
  { registry, kinds, env }: EvaluationOptions,
): void {
  const roots = new Set(
    [...registry.kinds(), ...kinds.keys()].filter((kind) => kind !== KERNEL_KINDS.template)
      .map((kind) => rootOfKind(kind)),
  );
  const names = [...variables, "env", ...roots];
  for (const { root, path, expression, start } of referencesOf(deferred)) {
    if (names.includes(root)) continue;
    throw new ExpressionError({
      problem: `Unknown name "${root}"`,
      help: engine().unknownNameHelp({
        name: root,
        path,
        names,
        env: present(env),
        expression,
        start,
      }) ?? `Known here: ${names.sort().join(", ")}`,
      expression,
      start,
      end: start + root.length,
    });
  }
}

function present(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const set = Object.entries(env).filter((entry): entry is [string, string] =>
    entry[1] !== undefined
  );
  return Object.fromEntries(set);
}

function unknownValue(origin: Origin): Error {
  return fail("ERR_REFERENCE_UNRESOLVED", {
    problem: "The value is known only while the app runs",
  }, { origin, help: "Use `digly exec` for what a controller computes" });
}

/** An entry for the text, whose places are in it. */
function entryOf(text: string): RegistryEntry {
  const lines = text.split("\n");
  const origin = {
    file: FILE,
    line: 1,
    column: 1,
    length: lines[0]?.length ?? 0,
    path: "$",
    excerpt: { firstLine: 1, lines },
  };
  const source = { url: "file:///expression", text, module: "", root: "file:///" };
  return {
    urn: "The expression",
    kind: "",
    name: "",
    resource: { kind: "", metadata: { name: "", uri: "", generationDepth: 0 } },
    manifest: {
      kind: "",
      name: "",
      value: {} as Value,
      uri: "",
      generationDepth: 0,
      source,
      originAt: () => origin,
    },
  };
}
