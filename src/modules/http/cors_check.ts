/** Checks the origins of an `Http.Cors`. */
import type { CheckContext, RuntimeResource } from "../../contract/author.ts";
import type { CorsFields } from "./cors.ts";

/** Reports what is not an origin, and credentials for every origin. */
export function check(cors: RuntimeResource<CorsFields>, ctx: CheckContext): void {
  for (const [index, origin] of cors.origins.entries()) {
    if (origin === "*" || origin === "null" || originOf(origin) === origin.toLowerCase()) continue;
    const near = originOf(origin);
    ctx.report(ctx.problem(["origins", index], `"${origin}" is not an origin`, {
      help: near === undefined
        ? "Write the scheme and the host, such as https://shop.example.com"
        : `Did you mean "${near}"?`,
    }));
  }
  if (cors.credentials && cors.origins.includes("*")) {
    ctx.report(ctx.problem(["credentials"], "credentials cannot be allowed for the origin `*`", {
      help: "List the origins whose pages may send credentials",
    }));
  }
}

/** The origin of a URL, as browsers send it. */
function originOf(text: string): string | undefined {
  const { origin } = URL.canParse(text) ? new URL(text) : { origin: "null" };
  return origin === "null" ? undefined : origin;
}
