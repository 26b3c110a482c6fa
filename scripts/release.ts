/**
 * Makes a release: `npm run release -- <version> [--dry-run]`. Writes the version and the
 * changelog, commits, builds every artefact from that commit into `dist/`, and tags it. What
 * leaves this machine, it only names: pushing, uploading, publishing.
 *
 * `--dry-run` does all of it in a temporary clone, with the executable of this machine alone.
 */
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import semver from "semver";
import { root } from "./build/command.ts";
import { releaseChangelog, sectionOf } from "./release/changelog.ts";
import { changeFile, lastTag, runIn, subjectsSince, writeVersion } from "./release/clone.ts";

/** Where releases are made. */
const BRANCH = "main";

const USAGE = "Usage: npm run release -- <version> [--dry-run]";

process.exitCode = start(process.argv.slice(2));

/** Reads the arguments and makes the release; gives the exit code. */
function start(args: string[]): number {
  let version: string | undefined;
  let isDry: boolean;
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { "dry-run": { type: "boolean", default: false } },
    });
    const [only, ...others] = positionals;
    if (only === undefined || others.length > 0) throw new Error("Name the version to release");
    version = only;
    isDry = values["dry-run"];
    if (semver.valid(version) !== version) {
      throw new Error(`"${version}" is not a version; write it as 1.2.3 or 1.2.3-rc.1`);
    }
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return 2;
  }
  try {
    if (isDry) rehearse(version);
    else perform(version);
    return 0;
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
}

function perform(version: string): void {
  const problems = problemsWithClone();
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const before = runIn(root, "git", "rev-parse", "HEAD");
  try {
    release(root, version, { hostOnly: false });
  } catch (error) {
    // The tree was clean, so nothing is lost that was not written here.
    runIn(root, "git", "reset", "--quiet", "--hard", before);
    throw error;
  }
  console.log(`
Released ${version} on this machine. To publish it:
  git push origin ${BRANCH} v${version}
  npm publish dist/digly-${version}.tgz
  upload the files of dist/ to the address of the releases, VERSION last`);
}

function rehearse(version: string): void {
  const work = mkdtempSync(join(tmpdir(), "digly-release-"));
  const clone = join(work, "clone");
  try {
    runIn(work, "git", "clone", "--quiet", root, clone);
    symlinkSync(root + "node_modules", join(clone, "node_modules"));
    const settings = { "user.name": "Rehearsal", "user.email": "rehearsal@localhost" };
    const unsigned = { "commit.gpgsign": "false", "tag.gpgsign": "false" };
    for (const [key, value] of Object.entries({ ...settings, ...unsigned })) {
      runIn(clone, "git", "config", key, value);
    }
    release(clone, version, { hostOnly: true });
    console.log(`\nThe part of the changelog:\n`);
    console.log(sectionOf(readFileSync(join(clone, "CHANGELOG.md"), "utf8"), version));
    const problems = problemsWithClone();
    if (problems.length > 0) console.log(`\nThe release itself would refuse:`);
    for (const problem of problems) console.log(problem.replace(/^/gm, "  "));
    console.log("\nThis was a dry run in a temporary clone; nothing here has changed");
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Why no release can be made of what is here. */
function problemsWithClone(): string[] {
  const branch = runIn(root, "git", "branch", "--show-current");
  const changed = runIn(root, "git", "status", "--porcelain");
  return [
    ...(branch === BRANCH
      ? []
      : [`Releases are made on the branch ${BRANCH}, this is ${branch || "no branch"}`]),
    ...(changed === ""
      ? []
      : [`There are changes that are not committed:\n${changed.replace(/^/gm, "  ")}`]),
  ];
}

/** Makes the release in a clone: files, commit, artefacts, tag. */
function release(folder: string, version: string, { hostOnly }: { hostOnly: boolean }): void {
  const tag = lastTag(folder);
  const current = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version as string;
  checkVersion(version, { current, tag });
  console.log(`Releasing ${version}, after ${tag ?? "no release"}`);

  const subjects = subjectsSince(folder, tag);
  const date = new Date().toISOString().slice(0, 10);
  writeVersion(folder, version);
  changeFile(folder, "CHANGELOG.md", (text) => releaseChangelog(text, { version, date, subjects }));
  const files = ["src/version.ts", "package.json", "package-lock.json", "CHANGELOG.md"];
  runIn(folder, "git", "add", "--", ...files);
  runIn(folder, "git", "commit", "--quiet", "--message", `Release ${version}`);
  console.log(runIn(folder, "git", "show", "--stat", "--format=Commit %h: %s", "HEAD"));

  // After the commit, because the artefacts name the commit they were built from.
  console.log("\nBuilding");
  const build = ["scripts/build.ts", ...(hostOnly ? ["--host"] : [])];
  console.log(runIn(folder, process.execPath, ...build));
  for (const name of ["install.sh", "install.ps1"]) {
    copyFileSync(join(folder, name), join(folder, "dist", name));
  }
  writeFileSync(join(folder, "dist/VERSION"), `${version}\n`);
  const pack = ["pack", "--ignore-scripts", "--silent", "--pack-destination", "dist"];
  console.log(
    `dist/VERSION\ndist/install.sh\ndist/install.ps1\ndist/${runIn(folder, "npm", ...pack)}`,
  );

  runIn(folder, "git", "tag", "--annotate", "--message", `Release ${version}`, `v${version}`);
  console.log(`\nTag v${version}: ${runIn(folder, "git", "rev-parse", "--short", "HEAD")}`);
}

/** Throws unless `version` comes after the last release; the first may be the current one. */
function checkVersion(
  version: string,
  { current, tag }: { current: string; tag: string | undefined },
): void {
  const last = tag ?? (semver.eq(version, current) ? undefined : current);
  if (last !== undefined && !semver.gt(version, last)) {
    throw new Error(`${version} is not greater than ${last.replace(/^v/, "")}`);
  }
}
