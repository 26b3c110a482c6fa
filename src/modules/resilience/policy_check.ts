/** Checks what a `Resilience.Policy` applies to, and the codes of its retry. */
import {
  type CheckContext,
  didYouMean,
  isModuleErrorCode,
  type RuntimeResource,
} from "../../contract/author.ts";
import type { PolicyFields } from "./fields.ts";

/** The kinds that describe something to the runtime, and are never executed. */
const KERNEL = /^(?:Runtime|Template)\b/;

export function check(resource: RuntimeResource<PolicyFields>, ctx: CheckContext): void {
  const kinds = ctx.kinds().filter((kind) => !KERNEL.test(kind));
  const urns = new Set(ctx.urns());
  resource.applies.forEach((pattern, index) => {
    if (appliesTo(pattern, kinds, urns)) return;
    const modules = new Set(kinds.map((kind) => `${kind.slice(0, kind.lastIndexOf("."))}.*`));
    const near = didYouMean(pattern, [...urns, ...kinds, ...modules]);
    ctx.report(ctx.problem(
      ["applies", index],
      `"${pattern}" is not a kind or a resource of this app`,
      { help: near ?? "Write a kind such as Sql.Query, a module such as Sql.*, or a resource" },
    ));
  });
  resource.retry?.on?.forEach((code, index) => {
    const { codes, isOpen } = ctx.errorCodes();
    if (isKnownCode(code, codes, isOpen)) return;
    const near = didYouMean(code, codes);
    ctx.report(ctx.problem(
      ["retry", "on", index],
      `"${code}" is not an error code of this app`,
      {
        help: near ?? "Write a code such as HttpClient.Timeout; `digly kinds --errors` lists them",
      },
    ));
  });
  const [only, ...others] = resource.applies;
  if (only !== undefined && others.length === 0 && urns.has(only)) {
    ctx.declare(["cache", "key"], { input: { $inputOf: "applies.0" } });
  }
  const { retry, timeout, breaker, concurrency, cache } = resource;
  if (![retry, timeout, breaker, concurrency, cache].some((field) => field !== undefined)) {
    ctx.report(ctx.problem([], "the policy does nothing", {
      help: "Add retry, timeout, breaker, concurrency or cache",
    }));
  }
}

function appliesTo(
  pattern: string,
  kinds: readonly string[],
  urns: ReadonlySet<string>,
): boolean {
  if (pattern === "*") return true;
  if (!pattern.endsWith(".*")) return kinds.includes(pattern) || urns.has(pattern);
  const prefix = pattern.slice(0, -1);
  return kinds.some((kind) => `${kind}.` === prefix || kind.startsWith(prefix));
}

/** Code of the app may use any code, except under the name of a module that declares its own. */
function isKnownCode(code: string, known: readonly string[], isOpen: boolean): boolean {
  if (code.endsWith(".*")) {
    return known.some((one) => one.startsWith(code.slice(0, -1))) || isOpen;
  }
  if (known.includes(code)) return true;
  if (!isOpen || !isModuleErrorCode(code) || didYouMean(code, known) !== undefined) return false;
  const module = code.slice(0, code.lastIndexOf(".") + 1);
  return !known.some((one) => one.startsWith(module));
}
