/** The commit of a clone that the program runs from. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The commit, `-dirty` when files differ from it; `undefined` outside of git. */
export function commitOfClone(): string | undefined {
  const args = ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"];
  const cwd = fileURLToPath(new URL("../../", import.meta.url));
  const { status, stdout } = spawnSync("git", args, { cwd, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
