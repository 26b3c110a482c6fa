/** Checks what a server mounts besides routes: two resources cannot answer the same requests. */
import { type CheckContext, formatUrn, type RuntimeResource } from "../../contract/author.ts";
import { joinPaths, parsePath } from "./paths.ts";
import type { ServerFields } from "./resources.ts";
import { describeConflict, type Mounted } from "./routes.ts";

/** The kinds that answer everything below their mount, and the method; `*` is every one. */
const METHODS: Readonly<Record<string, string>> = { "Http.Static": "GET", "Http.Proxy": "*" };

/** Something mounted, and the index in `mounts`. */
type Placed = Mounted & { readonly index: number | undefined };

/** Reports mounts at the same path, and routes at the path of a mount. */
export function checkMounts(
  { mounts }: RuntimeResource<ServerFields>,
  routes: readonly Mounted[],
  ctx: CheckContext,
): void {
  const seen: Mounted[] = [...routes];
  for (const mounted of placed(mounts, ctx)) {
    const other = seen.find((one) => answersSame(one, mounted));
    seen.push(mounted);
    if (other === undefined) continue;
    const { index } = mounted;
    const at = index === undefined ? [] : ["mounts", index];
    ctx.report(ctx.problem(at, describeConflict(other, mounted), {
      help: index === undefined
        ? "Write `mounts` with a path for each of them"
        : "Give one of them another `path`",
    }));
  }
}

function placed(mounts: ServerFields["mounts"], ctx: CheckContext): Placed[] {
  const methods = new Map<string, string>();
  for (const [base, method] of Object.entries(METHODS)) {
    for (const { kind, metadata } of ctx.resourcesOf(base)) {
      methods.set(formatUrn(kind, metadata.name), method);
    }
  }
  const list = mounts?.map(({ path, type }, index) => ({ path, type, index })) ??
    Array.from(methods.keys(), (type) => ({ path: "/", type, index: undefined }));
  return list.flatMap(({ path, type, index }) => {
    const method = methods.get(type);
    const whole = joinPaths(path, "*");
    const parsed = parsePath(whole);
    if (method === undefined || "problem" in parsed) return [];
    return [{ urn: type, method, path: whole, pattern: parsed.pattern, source: {}, index }];
  });
}

function answersSame(one: Mounted, other: Mounted): boolean {
  return one.pattern === other.pattern &&
    (one.method === other.method || one.method === "*" || other.method === "*");
}
