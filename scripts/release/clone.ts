/** A clone that a release is made in: the files it changes and the tools it runs. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import semver from "semver";

/** Runs a program in a folder and gives what it printed; throws an `Error` when it fails. */
export function runIn(folder: string, program: string, ...args: string[]): string {
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, npm_config_update_notifier: "false" },
  });
  if (error !== undefined) throw new Error(`${program} cannot be run: ${error.message}`);
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed\n${stdout}${stderr}`);
  return stdout.trimEnd();
}

/** Changes the text of a file. */
export function changeFile(folder: string, name: string, change: (text: string) => string): void {
  const before = readFileSync(join(folder, name), "utf8");
  writeFileSync(join(folder, name), change(before));
}

/** The last tag of a release that `HEAD` comes from. */
export function lastTag(folder: string): string | undefined {
  const tags = runIn(folder, "git", "tag", "--merged", "HEAD", "--list", "v*").split("\n");
  return tags.filter((tag) => semver.valid(tag) !== null).sort(semver.rcompare)[0];
}

/** The first lines of the commits since a tag, or of all of them, newest first. */
export function subjectsSince(folder: string, tag: string | undefined): string[] {
  const range = tag === undefined ? "HEAD" : `${tag}..HEAD`;
  const log = runIn(folder, "git", "log", "--no-merges", "--format=%s", range);
  return log === "" ? [] : log.split("\n");
}

/** Writes the version everywhere it occurs. */
export function writeVersion(folder: string, version: string): void {
  changeFile(
    folder,
    "src/version.ts",
    (text) => text.replace(/(export const VERSION = )".*"/, `$1"${version}"`),
  );
  changeFile(
    folder,
    "package.json",
    (text) => text.replace(/^( {2}"version": )".*"/m, `$1"${version}"`),
  );
  changeFile(folder, "package-lock.json", (text) => {
    const lock = JSON.parse(text) as { version: string; packages: { "": { version: string } } };
    lock.version = version;
    lock.packages[""].version = version;
    return JSON.stringify(lock, undefined, 2) + "\n";
  });
}
