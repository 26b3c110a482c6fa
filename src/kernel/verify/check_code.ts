/**
 * Checks fields that contain JavaScript: those with `contentMediaType: text/javascript` in the
 * schema of their kind, where a parameter `entry` names the function that the code must define.
 */
import type { OnProgress } from "../../contract/progress.ts";
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { type DiglyError, fail, type Origin } from "../../contract/errors.ts";
import { isMap } from "../../contract/resource.ts";
import { type CodeProblem, findExpressions, findMissing, findSyntaxError } from "./javascript.ts";
import type { Checked, CheckedKind } from "./checked.ts";

/** Options of {@link checkCode}. */
export interface CodeCheckOptions {
  readonly kinds: ReadonlyMap<string, CheckedKind>;
  /** Also warn about likely mistakes. */
  readonly checking: boolean;
  readonly diagnostics: Diagnostics;
  readonly onProgress?: OnProgress | undefined;
}

/** A field that contains code. */
interface CodeField {
  readonly name: string;
  /** The function that the code must define. */
  readonly entry: string | undefined;
}

/** Checks the code in resources without running it. */
export async function checkCode(
  resources: readonly Checked[],
  { kinds, checking, diagnostics, onProgress }: CodeCheckOptions,
): Promise<void> {
  let done = 0;
  for (const { kind, urn, resource, manifest } of resources) {
    onProgress?.({ step: "code", done: done++, total: resources.length });
    for (const { name, entry } of codeFields(kind, kinds)) {
      const code = resource[name];
      if (typeof code !== "string" || code === "") continue;
      const originOf = ({ start, end }: CodeProblem) => manifest.originAt([name], { start, end });
      const codeProblem = await findSyntaxError(code) ??
        (entry === undefined ? undefined : await findMissing(code, entry));
      if (codeProblem !== undefined) {
        diagnostics.error(codeError(urn, codeProblem, originOf(codeProblem)));
      } else if (checking) {
        for (const expression of await findExpressions(code)) {
          const { problem: message, help } = expression;
          const origin = originOf(expression);
          diagnostics.warning({ code: "WARN_EXPRESSION_IN_CODE", message, origin, help });
        }
      }
    }
  }
}

type KindWithCode = Pick<CheckedKind, "schema" | "servedBy">;

const NO_FIELDS: readonly CodeField[] = [];

const known = new WeakMap<KindWithCode, readonly CodeField[]>();

/** The fields that contain code, by the schemas of a kind and of the kind that serves it. */
export function codeFields(
  name: string,
  kinds: ReadonlyMap<string, KindWithCode>,
): readonly CodeField[] {
  const kind = kinds.get(name);
  if (kind === undefined) return NO_FIELDS;
  let fields = known.get(kind);
  if (fields === undefined) {
    known.set(kind, fields = findCodeFields([kind.schema, kinds.get(kind.servedBy)?.schema]));
  }
  return fields;
}

function findCodeFields(schemas: readonly unknown[]): CodeField[] {
  const fields = new Map<string, CodeField>();
  for (const schema of schemas) {
    const properties = isMap(schema) ? schema["properties"] : undefined;
    for (const [field, property] of Object.entries(isMap(properties) ? properties : {})) {
      const type = isMap(property) ? property["contentMediaType"] : undefined;
      const match = typeof type === "string"
        ? /^text\/javascript(?:\s*;\s*entry=(\w+))?$/.exec(type)
        : null;
      if (match !== null) fields.set(field, { name: field, entry: match[1] });
    }
  }
  return [...fields.values()];
}

function codeError(urn: string, { problem, help }: CodeProblem, origin: Origin): DiglyError {
  return fail("ERR_CREATE_FAILED", { urn, problem }, { origin, help });
}
