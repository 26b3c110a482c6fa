/** Checks how a script is isolated, and the code that is. */
import { type Check, type RuntimeResource } from "../../contract/author.ts";
import { type IsolationFields, limitsOf } from "./isolation/limits.ts";

type Script = RuntimeResource<IsolationFields & { readonly code?: string }>;

/** Reports limits without isolation, and what code cannot use in it. */
export const check: Check = async (resource, ctx) => {
  const { code, isolate, limits } = resource as Script;
  if (isolate === undefined || isolate === false) {
    if (limits === undefined) return;
    throw ctx.problem(["limits"], "only the code of isolated scripts is limited", {
      help: "Add `isolate: true`, or `isolate: process`",
    });
  }
  limitsOf(resource as Script, ctx.problem);
  if (isolate !== true) return;
  if (code === undefined) {
    throw ctx.problem(["isolate"], "a script in a file cannot run in an interpreter of its own", {
      help: "Write the code in `code`, or use `isolate: process`",
    });
  }
  const { findUnavailable } = await import("./quickjs/unavailable.ts");
  for (const { message, help, start, end } of await findUnavailable(code)) {
    ctx.report(ctx.problem(["code"], message, { help, part: { start, end } }));
  }
};
