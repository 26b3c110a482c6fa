/** Reads template definitions, and finds the template of an instance. See docs/decisions.md#template-instances. */
import type { Diagnostics } from "../../contract/diagnostics.ts";
import { type DiglyError, fail, isDiglyError } from "../../contract/errors.ts";
import { withOrigin } from "../../diagnostics/with_origin.ts";
import { isRemote } from "../../contract/location.ts";
import { keysOf, TEMPLATE_SCHEMA } from "../../contract/manifest_schema.ts";
import { didYouMean, nearest } from "../../diagnostics/nearest.ts";
import { isMap, type Path, type Value } from "../../contract/resource.ts";
import type { Anchor, Located } from "../../contract/source.ts";
import type { ValidationBounds } from "../../contract/validation_budget.ts";
import { isKind, KERNEL_KINDS } from "../../contract/urn.ts";
import { compileDefaults, type FillDefaults } from "../../schema/defaults.ts";
import { checkSchema } from "../../schema/check/schema_check.ts";
import { describe } from "../expr/values.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { INSTANCE_TIME } from "../form.ts";
import { bareExpression } from "./bare_expression.ts";
import type { Node } from "./nodes.ts";
import { scanList } from "./scan.ts";

/** A `TemplateDefinition`, read. */
export interface Template {
  readonly name: string;
  /** The module whose manifest brought it. */
  readonly module: string;
  readonly document: Located;
  /** The entries of `resources`; `undefined` when one of them is wrong, which is reported. */
  readonly body: readonly Node[] | undefined;
  readonly schema: Value | undefined;
  readonly fill: FillDefaults | undefined;
  /** The parameters that the schema declares. */
  readonly parameters: readonly string[];
}

const KEYS = ["kind", "metadata", ...keysOf(TEMPLATE_SCHEMA)];

/** Options of {@link readTemplate}. */
export interface ReadOptions {
  /** Paths in resources of a kind that hold no expressions. */
  readonly opaque: (kind: string) => readonly string[] | undefined;
  /** Tells where the items of a kind's lists have a `for` or `if` of their own. */
  readonly ownedKeys: (kind: string) => ((path: Path) => boolean) | undefined;
  readonly limits: ValidationBounds;
  readonly diagnostics: Diagnostics;
  readonly schemaRefs: { resolve(schema: Value, path: Path, owner: Located): Value };
}

/** Reads a template's document; reports what is wrong with it. */
export function readTemplate(
  document: Located & { readonly value: Value; readonly name: string },
  { opaque, ownedKeys, limits, diagnostics, schemaRefs }: ReadOptions,
): Template {
  const { name } = document;
  const value = isMap(document.value) ? document.value : {};
  let broken = false;
  const report = (error: DiglyError) => {
    broken = true;
    diagnostics.error(error);
  };
  const reportDirectiveError = (problem: string, path: Path, help?: string, anchor?: Anchor) =>
    report(
      fail("ERR_TEMPLATE_INVALID", { problem }, { origin: document.originAt(path, anchor), help }),
    );
  if (!isKind(name)) {
    reportDirectiveError(
      `"${name}" is not a valid template name: its instances have the kind Module.${name}`,
      ["metadata", "name"],
      "Use letters, digits and _",
    );
  }
  const { schema: written, resources } = value;
  if (written !== undefined && !isMap(written)) {
    reportDirectiveError(
      `\`schema\` must be a JSON Schema, not ${describe(written)}`,
      ["schema"],
      typeof written === "string" && written.includes("${")
        ? "Expressions in schemas are not evaluated: write the schema out"
        : undefined,
    );
  }
  if (!Array.isArray(resources)) {
    const near = Object.keys(value).find((key) => didYouMean(key, ["resources"]));
    if (resources !== undefined) {
      reportDirectiveError(`\`resources\` must be a list, not ${describe(resources)}`, [
        "resources",
      ]);
    } else if (near === undefined) {
      reportDirectiveError(
        `The template "${name}" has no \`resources\``,
        [],
        "List what it generates",
      );
    } else {
      reportDirectiveError(
        `"${near}" is not a field of a template`,
        [near],
        'Did you mean "resources"?',
        "key",
      );
    }
  }
  for (const key of Object.keys(value)) {
    if (KEYS.includes(key)) continue;
    const near = nearest(key, KEYS);
    // A misspelt `resources` was reported above.
    if (near !== undefined && value[near] === undefined) {
      if (near === "resources") continue;
      reportDirectiveError(
        `"${key}" is not a field of a template`,
        [key],
        `Did you mean "${near}"?`,
        "key",
      );
    } else {
      diagnostics.warning({
        code: "WARN_UNKNOWN_FIELD",
        message: `"${key}" is not a field of a template`,
        origin: document.originAt([key], "key"),
        help: `It has no effect. Known fields: ${KEYS.join(", ")}`,
      });
    }
  }
  const parameters = parametersOf(written);
  const reported = new Set<string>();
  const once = (path: Path, problem: string, report: () => void) => {
    const key = `${path.join("/")} ${problem}`;
    if (!reported.has(key)) report();
    reported.add(key);
  };
  const body = scanList(Array.isArray(resources) ? resources : [], ["resources"], {
    form: INSTANCE_TIME,
    opaque,
    ownedKeys,
    source: isRemote(document.source.url) ? document.source : undefined,
    reportDirectiveError: (problem, path, help) =>
      once(path, problem, () => reportDirectiveError(problem, path, help)),
    reportExpressionError: (error, path, anchor) => {
      if (!(error instanceof ExpressionError)) throw error;
      once(path, error.message, () => {
        const origin = document.originAt(path, anchor);
        diagnostics.error(error.toDiglyError("ERR_TEMPLATE_INVALID", origin));
      });
    },
    reportBareExpression: (text, offset, path, anchor) =>
      once(path, String(offset), () => {
        const origin = document.originAt(path, anchor);
        diagnostics.warning(bareExpression(text, offset, origin, parameters));
      }),
  });
  const schema = isMap(written) && isSound(name, written, document, diagnostics)
    ? schemaRefs.resolve(written, ["schema"], document)
    : undefined;
  function defaultsOf(schema: Value | undefined): FillDefaults | undefined {
    try {
      return compileDefaults(schema, limits);
    } catch (error) {
      if (!isDiglyError(error)) throw error;
      report(withOrigin(error, document.originAt(["schema"])));
      return undefined;
    }
  }

  return {
    name,
    module: document.source.module,
    document,
    body: broken ? undefined : body,
    schema,
    fill: defaultsOf(schema),
    parameters: parametersOf(schema ?? written),
  };
}

/** False for an invalid schema, which is reported; parameters are not checked then. */
function isSound(
  name: string,
  schema: Value,
  document: Located,
  diagnostics: Diagnostics,
): boolean {
  const mistakes = checkSchema(schema).filter(({ isWarning }) => !isWarning);
  for (const { path, problem, help } of mistakes) {
    diagnostics.error(fail("ERR_TEMPLATE_INVALID", {
      problem: `The schema of the template "${name}" is invalid: ${problem}`,
    }, { origin: document.originAt(["schema", ...path]), help }));
  }
  return mistakes.length === 0;
}

/** The parameters that a schema declares. */
function parametersOf(schema: Value | undefined): string[] {
  const properties = isMap(schema) ? schema["properties"] : undefined;
  return isMap(properties) ? Object.keys(properties) : [];
}

/** Finds the template of an instance. */
export interface TemplateTable {
  /**
   * The template that `kind` means in a string of `module`; `undefined` when it names none, an
   * error without a place when it could mean several, or can mean nothing but a template.
   */
  find(kind: string, module: string): Template | DiglyError | undefined;
}

/** Makes the table of these templates. */
export function createTemplateTable(templates: readonly Template[]): TemplateTable {
  const byName = new Map<string, Template[]>();
  for (const template of templates) {
    const list = byName.get(template.name) ?? [];
    // Two of one name in one module are the same resource twice, which registering reports.
    if (list.some(({ module }) => module === template.module)) continue;
    byName.set(template.name, [...list, template]);
  }

  return {
    find(kind, module) {
      const dot = kind.lastIndexOf(".");
      const prefix = kind.slice(0, Math.max(0, dot));
      const name = kind.slice(dot + 1);
      const list = byName.get(name) ?? [];
      const own = list.find((template) => template.module === module);
      if (prefix === "Self" && own !== undefined) return own;
      if (prefix === "Self" || (prefix === "Template" && list.length === 0)) {
        return notFound(name, prefix === "Self" ? module : undefined, list, byName.keys());
      }
      const named = list.find((template) => template.module === prefix);
      if (named !== undefined || list.length < 2) return named ?? list[0];
      return ambiguous(kind, name, list);
    },
  };
}

function notFound(
  name: string,
  module: string | undefined,
  others: readonly Template[],
  names: Iterable<string>,
): DiglyError {
  const [other] = others;
  return fail("ERR_TEMPLATE_NOT_FOUND", {
    problem: module === undefined
      ? `No template is named "${name}"`
      : `The module ${module} has no template "${name}"`,
  }, {
    help: other === undefined
      ? didYouMean(name, names) ?? `Define it: kind: ${KERNEL_KINDS.template}`
      : `The module ${other.module} has one: write ${other.module}.${name}`,
  });
}

function ambiguous(kind: string, name: string, list: readonly Template[]): DiglyError {
  return fail("ERR_TEMPLATE_INVALID", {
    problem: `${kind} could mean ${list.length} templates named "${name}"`,
  }, {
    help: `Write ${list.map(({ module }) => `${module}.${name}`).join(" or ")}`,
    related: list.map(({ module, document }) => ({
      message: `the template of ${module}`,
      origin: document.originAt(["metadata", "name"]),
    })),
  });
}
