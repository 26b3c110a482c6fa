/** The kinds of `Runtime.KindDefinition`. */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { fail } from "../../contract/errors.ts";
import { keysOf, KIND_DEFINITION_SCHEMA } from "../../contract/manifest_schema.ts";
import { isMap, type Value, type ValueMap } from "../../contract/resource.ts";
import { isKernelKind } from "../../contract/urn.ts";
import { reportUnknownKeys, textOf, unknownFieldsOf } from "./definition.ts";
import {
  duplicateKind,
  helpForParent,
  isReservedKind,
  noParent,
  reservedKind,
} from "./kind_errors.ts";
import type { KindDefinitionInput, KindEntry, KindSources } from "./kinds.ts";

/** Everything else is inherited. */
const KEYS = ["kind", "metadata", ...keysOf(KIND_DEFINITION_SCHEMA)];

/** Adds the kinds of `Runtime.KindDefinition`s, in any order. */
export function addInherited(
  inputs: readonly KindDefinitionInput[],
  table: Map<string, KindEntry>,
  importFor: KindSources["importFor"],
  diagnostics: Diagnostics,
): void {
  const pending = new Map<string, KindDefinitionInput>();
  for (const input of inputs) {
    const name = nameOf(input.document.value);
    if (name === undefined) continue;
    if (pending.has(name)) continue; // Registering reports the duplicate, with both places.
    if (!isKernelKind(name) && isReservedKind(name)) {
      diagnostics.error(reservedKind(name, input.document.originAt(["metadata", "name"])));
    } else if (table.has(name) || isKernelKind(name)) {
      const originOf = () => input.document.originAt(["metadata", "name"]);
      diagnostics.error(duplicateKind({ kind: name, originOf }, table.get(name)));
    } else {
      pending.set(name, input);
    }
  }
  for (const name of pending.keys()) add(name, []);

  function add(name: string, chain: readonly string[]): KindEntry | undefined {
    const known = table.get(name);
    const input = pending.get(name);
    if (known !== undefined || input === undefined) return known;
    const { document, module } = input;
    const originOf = () => document.originAt(["extends"]);
    if (chain.includes(name)) {
      const cycle = [...chain.slice(chain.indexOf(name)), name];
      const places = cycle.slice(1, -1).flatMap((other) => {
        const origin = pending.get(other)?.document.originAt(["extends"]);
        return origin === undefined ? [] : [[other, origin] as const];
      });
      pending.delete(name);
      diagnostics.error(fail("ERR_MODULE_INVALID", {
        problem: `Kinds extend each other in a cycle: ${cycle.join(" → ")}`,
      }, {
        origin: originOf(),
        related: places.map(([other, origin]) => ({ message: `${other} is in it too`, origin })),
        help: "Let one of them extend a kind that a module defines",
      }));
      return undefined;
    }
    const parentName = (document.value as ValueMap)["extends"];
    if (typeof parentName !== "string") {
      pending.delete(name);
      diagnostics.error(noParent(name, document));
      return undefined;
    }
    const parent = add(parentName, [...chain, name]);
    if (parent === undefined) {
      if (!pending.delete(name)) return undefined; // Part of a circle that was just reported.
      if (
        !pending.has(parentName) &&
        !inputs.some((other) => nameOf(other.document.value) === parentName)
      ) {
        diagnostics.error(fail("ERR_MODULE_INVALID", {
          problem: `${name} extends "${parentName}", which is not a known kind`,
        }, {
          origin: originOf(),
          help: helpForParent(parentName, [...table.keys(), ...pending.keys()], importFor),
        }));
      }
      return undefined;
    }
    reportUnknownKeys(document.value as ValueMap, KEYS, document, diagnostics);
    const schema = (document.value as ValueMap)["schema"];
    const entry: KindEntry = {
      ...parent,
      kind: name,
      module,
      extends: parentName,
      description: textOf(document.value as ValueMap, "description", document, diagnostics),
      example: undefined,
      ...(schema === undefined ? {} : {
        schema,
        unknownFields: unknownFieldsOf(document.value as ValueMap, document, diagnostics),
        schemaUrl: document.source.url,
        schemaOriginOf: (path = [], anchor) => document.originAt(["schema", ...path], anchor),
      }),
      originOf: () => document.originAt(["metadata", "name"]),
      sourceUrl: document.source.url,
    };
    table.set(name, entry);
    return entry;
  }
}

function nameOf(value: Value): string | undefined {
  const metadata = isMap(value) ? value["metadata"] : undefined;
  const name = isMap(metadata) ? metadata["name"] : undefined;
  return typeof name === "string" ? name : undefined;
}
