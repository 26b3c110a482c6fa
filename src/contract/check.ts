/** Mistakes in resources, and what finds them without a boot. */
import type { AppFile } from "./app_file.ts";
import type { DiglyError } from "./errors.ts";
import type { Path, RuntimeResource } from "./resource.ts";
import type { TextPart } from "./source.ts";
import type { Late, TextParts } from "./templates.ts";
import type { Validator, ValidatorOptions } from "./validator.ts";

/**
 * A related place of a {@link ProblemOptions | problem}.
 *
 * @example
 * const first: RelatedPlace = { message: "The first one is here", at: ["steps", 0] };
 */
export interface RelatedPlace {
  /** URN of the resource; the own one without it. */
  readonly resource?: string;
  readonly at: Path;
  /** What is there: `the first one`. */
  readonly message: string;
}

/**
 * What to add to a problem.
 *
 * @example
 * const options: ProblemOptions = { help: "Use 587", related: [{ message: "It is used here", at: [] }] };
 */
export interface ProblemOptions {
  /** What to do about it, a sentence; the nearest right name goes here. */
  readonly help?: string | undefined;
  /** URN of the resource that `at` is a path in; the own one without it. */
  readonly resource?: string;
  readonly related?: readonly RelatedPlace[];
  readonly cause?: unknown;
  /** The part of the string at the path that it is about. */
  readonly part?: TextPart;
}

/**
 * Makes the error that points at a field of a resource: `problem(["port"], "…")`.
 *
 * @example
 * function checkPort(port: number, problem: Problem): void {
 *   if (port === 25) throw problem(["port"], "is not allowed", { help: "Use 587" });
 * }
 */
export type Problem = (at: Path, message: string, options?: ProblemOptions) => DiglyError;

/**
 * A name that an expression uses.
 *
 * @example
 * const isStep = ({ path }: NameUse) => path[0] === "steps";
 */
export interface NameUse {
  /** The name, and the fields that are read of it: `["steps", "fetch", "output"]`. */
  readonly path: readonly string[];
  /** True if nothing else is read of it, such as by an index that is computed. */
  readonly isWhole: boolean;
  /** The field that the expression is in. */
  readonly at: Path;
  /** Where the name is in the string of the field, if it is written there. */
  readonly part: TextPart | undefined;
}

/**
 * The codes of errors that executions of an app may fail with.
 *
 * @example
 * const isUnknown = (code: string, { codes, isOpen }: KnownCodes) =>
 *   !isOpen && !codes.includes(code);
 */
export interface KnownCodes {
  readonly codes: readonly string[];
  /** True if the app has code of its own that may throw any code. */
  readonly isOpen: boolean;
}

/**
 * Where resources provide values, and what to do about one that none of them provides.
 *
 * @example
 * const options: ProvideOptions = { stars: [0], help: { auth: "Add an Auth.Basic to `use`" } };
 */
export interface ProvideOptions {
  /** What the stars in the paths of the scopes are: `[0]` for `routes.*.handler.inputs` of the first route. */
  readonly stars?: Path;
  /** By the name of the value, if no kind of the app provides it. */
  readonly help?: Readonly<Record<string, string>>;
}

/**
 * What `check` gets, once per resource.
 *
 * @example
 * export function check(resource: RuntimeResource<{ port: number }>, ctx: CheckContext): void {
 *   const isTaken = ctx.resourcesOf("Mail.Server").some((other) =>
 *     other !== resource && other["port"] === resource.port
 *   );
 *   if (isTaken) throw ctx.problem(["port"], "is the port of another server");
 * }
 */
export interface CheckContext {
  /**
   * True for `digly check`. A boot finds out some things by itself later, such as what a database
   * says: leave them out before it, so that an app starts quickly.
   */
  readonly checking: boolean;
  /**
   * True for `digly check --connect`: servers may be asked, such as a database about the types of
   * columns. A check changes nothing there.
   */
  readonly connects: boolean;
  /** Makes an error that points at a field; throw it, or report it to continue. */
  readonly problem: Problem;
  /** Reports a problem and continues; a boot stops at the first. */
  report(problem: DiglyError): void;
  /**
   * The sound resources of a kind and of kinds that extend it, in load order: what is wrong
   * with the others is reported already. Those of kinds that the module does not serve show
   * `kind` and `metadata` only.
   */
  resourcesOf(kind: string): readonly RuntimeResource[];
  /** The names of all kinds of the app. */
  kinds(): readonly string[];
  /**
   * The events that are emitted about resources of a kind: those that its definition lists, and those
   * of every kind. `undefined` if the app has no such kind, or if its definition lists none.
   */
  eventsOf(kind: string): readonly string[] | undefined;
  /** The URNs of all resources of the app. */
  urns(): readonly string[];
  /** True if there is a resource with this URN, and it is of the kind or of one that extends it. */
  isA(urn: string, kind: string): boolean;
  /**
   * Compiles a field that is an expression without `${{ }}`. Throws an error at its place if it is not
   * one, or if it uses a name that `scopes` does not provide there. `digly check` compares its result
   * with `type`, which is written as in `expects` of a definition.
   */
  expression(text: string | Late<string>, at: Path, type?: unknown): void;
  /**
   * The names that the expressions in a field, or below it, use; those of a field without `${{ }}`
   * after it was given to `expression`.
   */
  references(at: Path): readonly NameUse[];
  /**
   * Says more than the definition can about the names that expressions in a field see: their types,
   * as in `scopes`. `{ $elementOf: path }` is the type of the elements of the list that `expression`
   * was called for. `digly check` compares the expressions with them.
   */
  declare(at: Path, variables: Readonly<Record<string, unknown>>): void;
  /**
   * Says what an execution of the resource gives, as a JSON Schema, where its fields do not say it.
   * `digly check` compares the expressions that use its result with it.
   */
  output(schema: unknown): void;
  /**
   * Says what the resource offers by a contract of its kind, for the checks of others: the paths of
   * an `Http.Mount`, as an `HttpMountOffer`.
   */
  offer(contract: string, details: object): void;
  /**
   * Calls `then` after all other checks, with what sound resources offer by a contract, by URN. Those
   * whose checks have not said it are missing.
   */
  whenOffered(
    contract: string,
    then: (offers: ReadonlyMap<string, object>) => void | Promise<void>,
  ): void;
  /**
   * Says that expressions of a resource, where the definition of its kind says `$providedBy`, see what
   * `providers` provide by a contract: URNs, of which the last wins. Called again for the same place,
   * it adds another way in which they are reached.
   */
  provideTo(
    urn: string,
    contract: string,
    providers: readonly string[],
    options?: ProvideOptions,
  ): void;
  /** The codes of the runtime, and those that the modules of the app declare. */
  errorCodes(): KnownCodes;
  /** The texts of a string, with its expressions apart; see `parts` of a `ControllerContext`. */
  parts(value: string | Late<string>): Omit<TextParts, "values">;
  /** The files that a field names; see `readFiles` of a `ControllerContext`. */
  readFiles(at: Path): readonly AppFile[];
  /** Compiles a JSON Schema. Throws `ERR_SCHEMA_VALIDATION` for one that is invalid. */
  validator(schema: unknown, options?: ValidatorOptions): Promise<Validator>;
}

/**
 * Checks a resource beyond what its schema can say, without a boot: `digly check` and every
 * boot run it before the first `create`, so it has no effect on anything outside.
 *
 * @example
 * export const check: Check = (resource, ctx) => {
 *   if (resource["from"] !== resource["to"]) return;
 *   ctx.report(ctx.problem(["to"], "is the same as `from`"));
 * };
 */
export type Check = (resource: RuntimeResource, ctx: CheckContext) => void | Promise<void>;
