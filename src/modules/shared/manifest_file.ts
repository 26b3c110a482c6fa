/** Files that a manifest names. */
import { readFileSync } from "node:fs";
import type { ModuleCreateContext, Path } from "../../contract/author.ts";
import { resolvePath } from "./manifest_path.ts";

/** The text of the file that the field `at` names, relative to its manifest; none without a path. */
export function textOfFile(
  path: string | undefined,
  at: Path,
  ctx: ModuleCreateContext,
): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(resolvePath(path, at, ctx), "utf8");
  } catch (cause) {
    throw ctx.problem(at, `the file "${path}" cannot be read`, {
      help: "Write the path of a file, relative to this one",
      cause,
    });
  }
}
