/** Runs the `check` functions of kinds, which find mistakes that schemas cannot express. */
import {
  type DiglyError,
  fail,
  isDiglyError,
  messageOf,
  type Origin,
} from "../../contract/errors.ts";
import type { Check, CheckContext } from "../../contract/check.ts";
import { isDeferred, type RuntimeResource, type Value } from "../../contract/resource.ts";
import { ERROR_VALUE } from "../../template/deferred/error_value.ts";
import { containsUnknown, isUnknownAt } from "../../template/deferred/unknown_value.ts";
import { lateExpression } from "../boot/late_expression.ts";
import { createNameUses } from "../boot/name_uses.ts";
import { translationFor } from "../boot/own_names.ts";
import { createProblem } from "../boot/problem.ts";
import type { Checked, CheckedKind, VerifyOptions } from "./checked.ts";
import { type SharedContext, sharedContext } from "./shared_context.ts";

/** Checks the resources that satisfy their schemas; `unsound` lists the URNs of the others. */
export async function runChecks(
  resources: readonly Checked[],
  unsound: ReadonlySet<string>,
  options: VerifyOptions,
): Promise<void> {
  const { kinds, diagnostics, originAt, hints } = options;
  const withCheck = resources.filter(({ kind }) => kinds.get(kind)?.check !== undefined);
  if (withCheck.length === 0) return;
  const sound = options.all().filter(({ urn, resource, isPlain }) =>
    !unsound.has(urn) && (isPlain === true || !containsFailed(resource))
  );
  const viewFor = createViews(sound, options);
  let byUrn: ReadonlyMap<string, string> | undefined;
  const kindOf = (urn: string) => {
    byUrn ??= new Map(options.all().map((checked) => [checked.urn, checked.kind]));
    return byUrn.get(urn) ?? "";
  };
  const soundUrns = new Set(sound.map(({ urn }) => urn));
  const checks = new Map<string, KindCheck | undefined>();
  // Two resources may report the same mistake, such as two servers with the same routes.
  const reported = new Set<string>();
  const report = (error: DiglyError) => {
    const key = `${placeOf(error.origin)} ${error.message}`;
    if (reported.has(key)) return;
    reported.add(key);
    diagnostics.error(error);
  };
  const afterwards: (() => Promise<void>)[] = [];
  // Every resource of a kind asks for the same offers, which are complete when all checks have run.
  const offers = new Map<string, ReadonlyMap<string, object>>();
  for (const [done, { urn, kind, resource, manifest }] of withCheck.entries()) {
    options.onProgress?.({ step: "checks", done, total: withCheck.length });
    if (!soundUrns.has(urn)) continue;
    if (!checks.has(kind)) {
      // Only resources of known kinds have a check.
      const entry = kinds.get(kind)!;
      const check = await loadCheck(kind, entry, options);
      checks.set(
        kind,
        check && {
          check,
          shared: sharedContext(
            translationFor(options.moduleOf(kind)),
            viewFor(entry),
            kindOf,
            options,
          ),
        },
      );
    }
    const known = checks.get(kind);
    if (known === undefined) continue;
    const { check, shared } = known;
    const errors: DiglyError[] = [];
    /** Errors about values that are not known here; the boot knows them and checks them again. */
    let undecided: Set<DiglyError> | undefined;
    const makeProblem = createProblem(urn, originAt);
    const uses = createNameUses(resource);
    const context: CheckContext = {
      ...shared,
      problem(at, message, more) {
        const error = makeProblem(at, message, more);
        if (more?.resource === undefined && isUnknownAt(resource, at)) {
          (undecided ??= new Set()).add(error);
        }
        return error;
      },
      report: (problem) => void errors.push(problem),
      expression(text, at, type) {
        const deferred = lateExpression(text, at, urn, options);
        uses.add(at, deferred);
        hints?.addExpression(urn, { at, deferred, type: type as Value | undefined });
      },
      references: (at) => uses.at(at),
      declare: (at, variables) => hints?.add(urn, at, variables),
      output: (schema) => hints?.setOutput(urn, schema as Value),
      offer(contract, details) {
        addOffer(resource, contract, details);
        offers.delete(contract);
      },
      whenOffered(contract, then) {
        afterwards.push(() =>
          attempt(() => {
            let found = offers.get(contract);
            if (found === undefined) offers.set(contract, found = offersOf(contract, sound));
            return then(found);
          })
        );
      },
      readFiles: (at) => options.readFiles(urn, at),
    };
    /** Runs code of the check, and reports what it has found. */
    const attempt = async (work: () => void | Promise<void>) => {
      try {
        await work();
      } catch (error) {
        // A check that expects a string fails in its own way for a value that is not known.
        if (!isDiglyError(error) && containsUnknown(resource)) return;
        errors.push(
          isDiglyError(error) ? error : fail("ERR_MODULE_INVALID", {
            problem: `The check of ${kind} failed for ${urn}: ${messageOf(error)}`,
          }, { origin: manifest.originAt([]), cause: error }),
        );
      }
      for (const error of errors.splice(0)) {
        if (!undecided?.has(error)) report(error);
      }
    };
    await attempt(() => check(resource, context));
  }
  for (const then of afterwards) await then();
}

/** The check of a kind, and what the checks of all its resources share. */
interface KindCheck {
  readonly check: Check;
  readonly shared: SharedContext;
}

/** What resources offer by contract, which stays known when others are registered later. */
const offered = new WeakMap<RuntimeResource, Map<string, object>>();

function addOffer(resource: RuntimeResource, contract: string, details: object): void {
  let own = offered.get(resource);
  if (own === undefined) offered.set(resource, own = new Map());
  own.set(contract, details);
}

function offersOf(contract: string, sound: readonly Checked[]): Map<string, object> {
  const offers = new Map<string, object>();
  for (const { urn, resource } of sound) {
    const details = offered.get(resource)?.get(contract);
    if (details !== undefined) offers.set(urn, details);
  }
  return offers;
}

async function loadCheck(
  kind: string,
  { check }: CheckedKind,
  { exists, nearestTo, loadCheck, diagnostics }: VerifyOptions,
): Promise<Check | undefined> {
  if (check === undefined || check.type === "code") return check?.check;
  const { entry } = check;
  if (exists(entry)) return await loadCheck(entry);
  const near = nearestTo(entry);
  diagnostics.error(fail("ERR_MODULE_INVALID", {
    problem: `The check "${entry.entrypoint}" of ${kind} does not exist`,
  }, {
    origin: entry.origin,
    help: near === undefined
      ? "The path is relative to the file that names it"
      : `Did you mean "${near}"?`,
  }));
  return undefined;
}

/** What a check sees: full resources of kinds that its module serves, stubs of all others. */
function createViews(
  sound: readonly Checked[],
  { kinds, isA }: VerifyOptions,
): (own: CheckedKind) => CheckContext["resourcesOf"] {
  const servedBy = (kind: CheckedKind | undefined) => kinds.get(kind?.servedBy ?? "")?.module;
  // Every resource of a kind asks for the same lists, so each is made once and shared.
  const known = new Map<string, readonly RuntimeResource[]>();
  return (own) => (wanted) => {
    const module = servedBy(own);
    const key = `${module} ${wanted}`;
    let view = known.get(key);
    if (view === undefined) {
      view = Object.freeze(
        sound.filter(({ kind }) => isA(kind, wanted)).map(({ kind, resource }) =>
          servedBy(kinds.get(kind)) === module ? resource : stubOf(resource)
        ),
      );
      known.set(key, view);
    }
    return view;
  };
}

function stubOf({ kind, metadata }: RuntimeResource): RuntimeResource {
  return Object.freeze({ kind, metadata });
}

/** True for a resource with an expression that failed, which is reported already. */
function containsFailed(value: unknown): boolean {
  if (value === ERROR_VALUE) return true;
  if (typeof value !== "object" || value === null || isDeferred(value)) return false;
  for (const key in value) {
    const item = (value as Readonly<Record<string, unknown>>)[key];
    if (typeof item === "object" && containsFailed(item)) return true;
  }
  return false;
}

function placeOf(origin: Origin | undefined): string {
  return origin === undefined ? "" : `${origin.file}:${origin.line}:${origin.column}`;
}
