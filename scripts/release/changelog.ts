/** How a release changes `CHANGELOG.md`. */

const UNRELEASED = "## [Unreleased]";

/** What goes into a release. */
export interface Release {
  readonly version: string;
  /** The day, `2026-02-01`. */
  readonly date: string;
  /** The first lines of the commits since the last release. */
  readonly subjects: readonly string[];
}

/**
 * Makes what is unreleased a version of its own, with the commits that the changelog does not
 * tell in their own words. Throws an `Error` for a changelog without an unreleased part.
 */
export function releaseChangelog(text: string, { version, date, subjects }: Release): string {
  const [head, rest] = splitOnce(text, `${UNRELEASED}\n`);
  if (rest === undefined) throw new Error(`CHANGELOG.md has no heading "${UNRELEASED}"`);
  const end = rest.search(/^## /m);
  const written = (end === -1 ? rest : rest.slice(0, end)).trim();
  const older = end === -1 ? "" : rest.slice(end);
  const missing = [...new Set(subjects)].filter((subject) => !written.includes(subject));
  const commits = missing.map((subject) => `- ${subject.replace(/[<*]/g, "\\$&")}`);
  const parts = [
    `${UNRELEASED}\n`,
    `## [${version}] - ${date}\n`,
    ...(written === "" ? [] : [`${written}\n`]),
    ...(commits.length === 0 ? [] : ["### Commits\n", `${commits.join("\n")}\n`]),
    ...(older === "" ? [] : [older]),
  ];
  return head + parts.join("\n");
}

/** The part of a version, without its heading. */
export function sectionOf(text: string, version: string): string {
  const [, after = ""] = splitOnce(text, `## [${version}]`);
  const [part = ""] = after.slice(after.indexOf("\n")).split(/^## /m);
  return part.trim();
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
