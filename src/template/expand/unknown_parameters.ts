/** Finds parameters of an instance that have no effect. */
import { isMap, type Value, type ValueMap } from "../../contract/resource.ts";
import { nearest, nearestField } from "../../diagnostics/nearest.ts";
import { compileUnknownFields } from "../../schema/unknown_fields.ts";
import { namesIn, wordsIn } from "./names.ts";
import type { WrittenParameter } from "./nodes.ts";
import type { Template } from "./templates.ts";

/** A parameter that the schema of its template does not declare, and that nothing reads. */
export interface UnknownParameter {
  readonly name: string;
  /** The parameter that was probably meant. */
  readonly nearest: string | undefined;
  /** The parameters that the schema declares. */
  readonly known: readonly string[];
}

/** The parts of a template that decide which parameters it takes. */
interface Taken {
  /** Finds those of `values` that the schema does not accept by name. */
  readonly undeclared: (values: ValueMap) => readonly string[];
  /** Names that the body reads. */
  readonly used: ReadonlySet<string>;
}

const takenBy = new WeakMap<Template, Taken>();

/** The parameters of an instance that have no effect; `values` are those in `written`. */
export function findUnknownParameters(
  template: Template,
  written: readonly WrittenParameter[],
  values: ValueMap,
): readonly UnknownParameter[] {
  // In a template with mistakes, more may be missing.
  if (template.body === undefined || written.length === 0) return [];
  let taken = takenBy.get(template);
  if (taken === undefined) takenBy.set(template, taken = readTaken(template));
  const { undeclared, used } = taken;
  const { parameters } = template;
  const names = undeclared(values).filter((name) => !parameters.includes(name) && !used.has(name));
  if (names.length === 0) return [];
  // Parameters may read each other, and another message is about an expression that is not one.
  const words = new Set(template.body.flatMap((node) => [...wordsIn(node)]));
  const unread = names.filter((name) =>
    !words.has(name) &&
    !written.some(({ name: other, node }) => other !== name && namesIn(node).has(name))
  );
  const isAbsent = (name: string) => !Object.hasOwn(values, name);
  const absent = parameters.filter(isAbsent);
  // The error about a name that only the body has suggests the parameter.
  const unknown = [...used].filter((name) => isAbsent(name) && !parameters.includes(name));
  return unread.flatMap((name) =>
    nearest(name, unknown) !== undefined
      ? []
      : [{ name, nearest: nearestField(name, absent), known: parameters }]
  );
}

function readTaken({ schema, body }: Template): Taken {
  const used = new Set((body ?? []).flatMap((node) => [...namesIn(node)]));
  if (declaresNothing(schema)) return { undeclared: Object.keys, used };
  const find = compileUnknownFields(schema);
  const undeclared = (values: ValueMap) =>
    find(values).flatMap(({ path }) => path.length === 1 ? [String(path[0])] : []);
  return { undeclared, used };
}

/** Keywords that say nothing about the parameters. */
const SILENT = ["$schema", "$comment", "title", "description", "type"];

function declaresNothing(schema: Value | undefined): boolean {
  return !isMap(schema) || Object.keys(schema).every((key) => SILENT.includes(key));
}
