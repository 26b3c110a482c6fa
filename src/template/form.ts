/**
 * The two forms of templates: directives of documents, which run once while a document is compiled,
 * and bodies of templates, which are scanned once and evaluated for each instance. Everything that
 * loops, conditions, keys and texts do differently in them is here.
 */
import type { Deferred, Path } from "../contract/resource.ts";
import type { Anchor } from "../contract/source.ts";
import type { Scope } from "./expr/scope.ts";

/** How one form words its errors, and where it is more tolerant. */
export interface TemplateForm {
  /** The name of a directive as messages quote it. */
  readonly quote: (name: string) => string;
  readonly loopHelp: string;
  readonly laterValueHelp: string;
  readonly laterKeyHelp: string;
  /** A parameter that was left out is null, and a loop over it has no iterations. */
  readonly nullIsEmpty: boolean;
}

/** `$for`, `$if` and `${ }` of a document. */
export const COMPILE_TIME: TemplateForm = {
  quote: (name) => `"$${name}"`,
  loopHelp: 'Write "x in xs" or "i, x in xs"',
  laterValueHelp:
    "Directives run before resources exist and cannot read values that contain ${{ }}",
  laterKeyHelp: "Use ${ } in keys",
  nullIsEmpty: false,
};

/** `for`, `if` and `${{ }}` in the body of a template. */
export const INSTANCE_TIME: TemplateForm = {
  quote: (name) => `\`${name}\``,
  loopHelp: 'Write "x in xs", "i, x in xs", or a list of these',
  laterValueHelp: "Use parameters, loop variables and `env`",
  laterKeyHelp: "Use parameters, loop variables or `env` in keys",
  nullIsEmpty: true,
};

/** Reports what is wrong at a path of the document that is evaluated. */
export interface ErrorReporter {
  readonly form: TemplateForm;
  readonly reportDirectiveError: (
    problem: string,
    path: Path,
    help?: string,
    anchor?: Anchor,
  ) => void;
  /** Notes the outcome of a condition, for the coverage of tests. */
  readonly noteCondition?: ((path: Path, outcome: boolean) => void) | undefined;
  /** Reports what an expression threw; errors that only follow from another stay silent. */
  readonly reportExpressionError: (error: unknown, path: Path, anchor?: Anchor) => void;
}

/** Reports errors, and limits what is produced. */
export interface Reporter extends ErrorReporter {
  /** Counts nodes and characters that were produced; throws when a limit is exceeded. */
  readonly charge: (nodes: number, text: number, path: Path) => void;
  /** Notes the expressions of a value that a template evaluates, for tools that show their types. */
  readonly noteEvaluated?: ((deferred: Deferred, path: Path, scope: Scope) => void) | undefined;
  /** Notes that a loop, a condition or an element of a template is evaluated. */
  readonly noteReached?: ((part: object) => void) | undefined;
}
