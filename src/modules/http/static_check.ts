/** Checks the file names and the header of an `Http.Static`. */
import {
  type CheckContext,
  headerValueProblem,
  type HttpMountOffer,
  type RuntimeResource,
} from "../../contract/author.ts";
import type { StaticFields } from "./static.ts";
import { isServed } from "./static_files.ts";

/** Reports names of files that are never served, and a header that cannot be sent. */
export function check(
  { index, fallback, cacheControl, use = [] }: RuntimeResource<StaticFields>,
  ctx: CheckContext,
): void {
  const offer: HttpMountOffer = { methods: ["GET"], use };
  ctx.offer("Http.Mount", offer);
  if (index !== false && !(typeof index === "string" && index !== "" && isServed(index))) {
    ctx.report(ctx.problem(["index"], `"${index}" is not the name of a file that can be served`, {
      help: "Write a name without a folder and without a dot at its start, such as `index.html`",
    }));
  }
  if (fallback?.split("/").some((name) => name === "" || !isServed(name))) {
    ctx.report(ctx.problem(["fallback"], `"${fallback}" is not the path of a file below \`root\``, {
      help:
        "Write the path from `root` on, without `..` and without a slash at its start, such as `index.html`",
    }));
  }
  const problem = headerValueProblem(cacheControl);
  if (problem !== undefined) {
    ctx.report(ctx.problem(["cacheControl"], `the header cannot be sent: ${problem}`));
  }
}
