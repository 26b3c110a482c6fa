/** Checks a file that no app loads: its syntax, and the fields of kinds that are known. */
import type { DiglyError } from "../contract/errors.ts";
import { analyse, type Analysis, type AnalysisOptions } from "./analysis.ts";
import { isOwnFormat } from "./locate_app.ts";
import { TextDocument } from "./text_document.ts";
import type { DocumentTree } from "./yaml_tree.ts";

/** Codes of problems that a file has by itself, whatever is loaded with it. */
const OWN = new Set([
  "ERR_MANIFEST_INVALID",
  "ERR_COMPILATION_FAILED",
  "ERR_SCHEMA_VALIDATION",
  "ERR_TEMPLATE_INVALID",
  "ERR_EXPRESSION_TYPE",
  "ERR_DUPLICATE_RESOURCE",
  "ERR_LIMIT_EXCEEDED",
  "WARN_UNKNOWN_FIELD",
  "WARN_EXPRESSION_TYPE",
]);

/** Checks a document with all built-in kinds; one of another program has no problems. */
export async function checkAlone(
  document: TextDocument,
  trees: readonly DocumentTree[],
  open: ReadonlyMap<string, TextDocument>,
  options: AnalysisOptions,
): Promise<Analysis> {
  const { url } = document;
  if (!isOwnFormat(trees)) return nothing(document);
  const imports = (await options.builtins()).map((name) => `digly:${name}`).join(", ");
  const manifest = new URL(".digly-editor.yaml", url).href;
  const text = `name: Editor\nimports: [${imports}]\nresources: [${JSON.stringify(url)}]\n`;
  const texts = new Map([...open, [manifest, new TextDocument(manifest, text)]]);
  const analysis = await analyse(manifest, texts, options);
  const path = options.platform.toPath(url);
  const findings = analysis.findings.filter(({ problem }) =>
    problem.origin?.file === path && OWN.has(problem.code) && !dependsOnApp(problem)
  );
  return { ...analysis, findings };
}

/** True for a reference to a resource, and for a variable of the environment. */
function dependsOnApp(problem: { readonly message: string; readonly details?: unknown }): boolean {
  const { keyword, variable } = (problem.details ?? {}) as Partial<DiglyError["details"]> & {
    readonly keyword?: string;
    readonly variable?: string;
  };
  return variable !== undefined || ["format", "diglyUrn", "digly:kind"].includes(keyword ?? "");
}

function nothing(document: TextDocument): Analysis {
  const files = new Map([[document.url, document]]);
  return {
    findings: [],
    redact: String,
    redactValue: (value) => value,
    app: undefined,
    files,
    isPartial: false,
  };
}
