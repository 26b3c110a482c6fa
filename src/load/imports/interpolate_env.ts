/** `${{ env.X }}` in the imports and resources of a manifest. */
import { fail } from "../../contract/errors.ts";
import { type Deferred, isDeferred, type Path } from "../../contract/resource.ts";
import {
  evaluateDeferred,
  referencesOf,
  scanResourceTime,
} from "../../template/deferred/deferred.ts";
import { ExpressionError } from "../../template/expr/expression_error.ts";
import { rootScope } from "../../template/expr/scope.ts";
import { type Fields, nameOf, reportField } from "../yaml/fields.ts";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const COMPILE_TIME = /(?:^|[^$])\$\{(?!\{)/;

/** The text with its expressions evaluated; `undefined` when that fails, which is reported. */
export function interpolateEnv(
  text: string,
  path: Path,
  env: Environment,
  fields: Fields,
): string | undefined {
  if (!text.includes("${")) return text;
  if (COMPILE_TIME.test(text)) {
    const help = "Write ${{ … }}: a manifest is read before anything is compiled";
    reportField(fields, path, `${nameOf(path)} cannot contain a compile-time expression`, help);
    return undefined;
  }
  let isParsed = false;
  try {
    const scanned = scanResourceTime(text);
    isParsed = true;
    if (!isDeferred(scanned)) return scanned as string;
    return isOfEnv(scanned, path, fields) ? evaluate(scanned, path, env, fields) : undefined;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const origin = fields.document.originAt(path);
    fields.diagnostics.error(
      isParsed
        ? error.toEvaluationError(origin)
        : error.toDiglyError("ERR_COMPILATION_FAILED", origin),
    );
    return undefined;
  }
}

function isOfEnv(deferred: Deferred, path: Path, { document, diagnostics }: Fields): boolean {
  const other = referencesOf(deferred).find(({ root }) => root !== "env");
  if (other === undefined) return true;
  diagnostics.error(fail("ERR_REFERENCE_UNRESOLVED", {
    problem: `Unknown name "${other.root}" in \${{ ${other.expression} }}`,
    expression: other.expression,
  }, { origin: document.originAt(path), help: "A manifest knows the environment only: env.NAME" }));
  return false;
}

function evaluate(
  deferred: Deferred,
  path: Path,
  env: Environment,
  fields: Fields,
): string | undefined {
  const value = evaluateDeferred(deferred, rootScope({ env }));
  if (typeof value === "string" && value !== "") return value;
  const what = value === "" ? "is empty" : "does not give a string";
  reportField(fields, path, `The expression in ${nameOf(path)} ${what}`, "It must name a place");
  return undefined;
}
