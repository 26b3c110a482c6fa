/** Asks a controller for the value of a resource that others read in expressions. */
import { type DiglyError, fail } from "../../contract/errors.ts";
import type { ValueContext } from "../../contract/contexts.ts";
import type { Controller } from "../../contract/module.ts";
import type { RuntimeResource } from "../../contract/resource.ts";
import type { KindEntry } from "../../load/registry/kinds.ts";
import type { RegistryEntry } from "../../load/registry/registry.ts";
import type { KernelParts } from "../parts.ts";
import { createLogger } from "../run/logger.ts";
import { untilAborted } from "./abortable.ts";
import { createProblem } from "./problem.ts";
import { describeHost, selectEntry } from "./select.ts";

/** The value that the controller of `kind` provides for a resource. */
export async function provideValue(
  { urn, manifest }: RegistryEntry,
  kind: KindEntry,
  resource: RuntimeResource,
  parts: KernelParts,
): Promise<unknown> {
  const { options: { bootTimeoutMs = 60_000 }, redaction, log } = parts;
  const { value } = await controllerOf(kind, parts);
  if (value === undefined) throw noValueFunction(kind);
  const signal = AbortSignal.timeout(bootTimeoutMs);
  const context: ValueContext = {
    log: createLogger(urn, log),
    signal,
    problem: createProblem(urn, (_urn, path) => manifest.originAt(path)),
    secret(secret) {
      redaction.add(secret);
      return secret;
    },
  };
  const work = Promise.resolve(value(Object.freeze({ ...resource }), context));
  const provided = await untilAborted(work, signal).catch((error: unknown) => {
    throw signal.aborted ? tooSlow(bootTimeoutMs) : error;
  });
  if (provided !== undefined && typeof provided !== "function") return provided;
  throw new Error(
    `\`value\` of its controller gave ${provided === undefined ? "nothing" : "a function"}`,
  );
}

async function controllerOf(
  { kind, implementation }: KindEntry,
  { loader, platform }: KernelParts,
): Promise<Controller> {
  if (implementation.type === "code") return implementation.controller;
  const entries = implementation.type === "entries" ? implementation.entries : [];
  const selection = selectEntry(entries, platform.runtime);
  if ("entry" in selection) return await loader.load(selection.entry);
  throw fail("ERR_RUNTIME_MISMATCH", {
    problem: `No controller of ${kind}, which provides values, fits ${
      describeHost(platform.runtime)
    }`,
  }, { origin: entries[0]?.origin, help: "Add a controller for this runtime" });
}

function noValueFunction({ kind, implementation, originOf }: KindEntry): DiglyError {
  return fail("ERR_MODULE_INVALID", {
    problem:
      `The definition of ${kind} has \`value: true\`, and its controller does not export \`value\``,
  }, {
    origin: implementation.type === "entries" ? implementation.entries[0]?.origin : originOf(),
    help: "Write `export function value(resource, ctx) { … }`",
  });
}

function tooSlow(ms: number): Error {
  return new Error(`its controller did not provide it within ${ms / 1000} s`);
}
