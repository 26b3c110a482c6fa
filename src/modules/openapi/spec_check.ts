/** Checks that the document and the page of an `OpenApi.Spec` have different paths. */
import type { CheckContext, HttpMountOffer, RuntimeResource } from "../../contract/author.ts";
import { scriptPathOf, type SpecFields, uiPath } from "./spec.ts";

/** Reports paths that are equal or not plain. */
export function check(spec: RuntimeResource<SpecFields>, ctx: CheckContext): void {
  const ui = uiPath(spec);
  if (ui === spec.path) {
    ctx.report(ctx.problem(["ui"], `the page and the document have the same path, ${ui}`, {
      help: "Change one of them, or set `ui: false`",
    }));
  }
  const pages = ui === undefined || ui === spec.path ? [] : [ui, scriptPathOf(ui)];
  const offer: HttpMountOffer = {
    paths: [
      { path: spec.path, at: ["path"] },
      ...pages.map((path) => ({ path, at: ["ui"] })),
    ],
  };
  ctx.offer("Http.Mount", offer);
  for (const [field, path] of [["path", spec.path], ["ui", ui]] as const) {
    if (path === undefined || !/[:{}*?#]/.test(path)) continue;
    ctx.report(ctx.problem([field], `the path "${path}" must be plain text`, {
      help: "Write a path without parameters, such as /docs",
    }));
  }
}
