/** Checks the origins of an `Http.Cors`. */
import type { CheckContext, RuntimeResource } from "../../contract/author.ts";
import type { CorsFields } from "./cors.ts";
import { originProblem } from "./origins.ts";

/** Reports what is not an origin, and credentials for every origin. */
export function check(cors: RuntimeResource<CorsFields>, ctx: CheckContext): void {
  for (const [index, origin] of cors.origins.entries()) {
    if (origin === "*" || origin === "null") continue;
    const problem = originProblem(origin);
    if (problem === undefined) continue;
    const { message, help } = problem;
    ctx.report(ctx.problem(["origins", index], message, { help }));
  }
  if (cors.credentials && cors.origins.includes("*")) {
    ctx.report(ctx.problem(["credentials"], "credentials cannot be allowed for the origin `*`", {
      help: "List the origins whose pages may send credentials",
    }));
  }
}
