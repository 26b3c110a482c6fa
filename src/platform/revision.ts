/** Files as they were in a revision of git. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fail } from "../contract/errors.ts";
import type { ExportedRevision } from "../contract/platform.ts";

/** The largest archive, in bytes. */
const LARGEST = 1 << 30;

/** Writes the repository that a folder is in, as it was in a revision, to a temporary folder. */
export function exportRevision(folder: string, revision: string): ExportedRevision {
  const cwd = fileURLToPath(folder);
  const git = (...args: string[]) => spawnSync("git", ["-C", cwd, ...args], { maxBuffer: LARGEST });
  const prefix = git("rev-parse", "--show-prefix");
  if (prefix.status !== 0) {
    throw fail("ERR_USAGE", { problem: `${cwd} is not in a git repository` }, {
      help: "Compare folders, or environments with --env-file",
    });
  }
  // What begins with a dash would be an option.
  const commit = git(
    "rev-parse",
    "--verify",
    "--quiet",
    "--end-of-options",
    `${revision}^{commit}`,
  );
  if (commit.status !== 0) {
    throw fail("ERR_USAGE", { problem: `"${revision}" is not a revision of the repository` }, {
      help: "Name a commit, a branch or a tag",
    });
  }
  // Of the top folder, because imports may lead to folders beside the app.
  const top = git("rev-parse", "--show-toplevel").stdout.toString().trim();
  const archive = spawnSync("git", ["-C", top, "archive", commit.stdout.toString().trim()], {
    maxBuffer: LARGEST,
  });
  const place = mkdtempSync(join(tmpdir(), "digly-revision-"));
  const dispose = () => rmSync(place, { recursive: true, force: true });
  const unpacked = spawnSync("tar", ["-x", "-C", place], { input: archive.stdout });
  if (archive.status !== 0 || unpacked.status !== 0) {
    dispose();
    throw fail("ERR_USAGE", { problem: `The revision "${revision}" cannot be read` }, {
      help: "It needs git and tar on the PATH, and space for temporary files",
    });
  }
  return { path: join(place, prefix.stdout.toString().trim()), dispose };
}
