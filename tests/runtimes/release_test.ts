/** A release rehearsed in a fresh clone, and the files that a release changes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { releaseChangelog, sectionOf } from "../../scripts/release/changelog.ts";
import { writeVersion } from "../../scripts/release/clone.ts";
import { type Ended, root, run, runtime, tempApp } from "./forms.ts";

const folder = tempApp({ "temp/.keep": "" });
const clone = join(folder, "clone");

before(() => {
  git(folder, "clone", "--quiet", root, clone);
  git(clone, "switch", "--quiet", "-C", "main");
  git(clone, "config", "user.name", "Ada");
  git(clone, "config", "user.email", "ada@localhost");
  git(clone, "tag", "v0.0.9", "HEAD");
  symlinkSync(root + "node_modules", join(clone, "node_modules"));
  writeFileSync(join(clone, ".git/info/exclude"), "/node_modules\n");
  // What is not committed yet is tried as well.
  cpSync(root + "scripts", join(clone, "scripts"), { recursive: true });
  git(clone, "add", "--", "scripts");
  git(clone, "commit", "--quiet", "--allow-empty", "--message", "Ship <it> with *stars*");
});

function git(cwd: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync("git", args, { cwd, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}

function release(...args: string[]): Promise<Ended> {
  return run(
    { name: "release", command: [runtime("node"), join(clone, "scripts/release.ts")] },
    args,
    { cwd: folder, env: { TMPDIR: join(folder, "temp") } },
  );
}

/** Everything of the clone that a release would change. */
function stateOf(): object {
  return {
    head: git(clone, "rev-parse", "HEAD"),
    tags: git(clone, "tag"),
    status: git(clone, "status", "--porcelain"),
    files: readdirSync(clone).sort(),
    version: readFileSync(join(clone, "src/version.ts"), "utf8"),
    // Node keeps a cache of its own there.
    temporary: readdirSync(join(folder, "temp")).filter((name) => name.startsWith("digly")),
  };
}

describe("a release", () => {
  test("is rehearsed without touching anything, with changes that are not committed", async () => {
    writeFileSync(join(clone, "README.md"), "Changed\n");
    writeFileSync(join(clone, "new.txt"), "New\n");
    const before = stateOf();
    const { code, stdout, stderr } = await release("9.0.0", "--dry-run");
    assert.equal(stderr, "");
    assert.equal(code, 0);
    assert.deepEqual(stateOf(), before);
    for (
      const wanted of [
        /^Releasing 9\.0\.0, after v0\.0\.9$/m,
        /^Commit [0-9a-f]+: Release 9\.0\.0\n\n CHANGELOG\.md .*\n package-lock\.json .*\n package\.json .*\n src\/version\.ts /m,
        /^dist\/digly-(linux|darwin)-\w+/m,
        /^dist\/SHA256SUMS/m,
        /^dist\/VERSION$/m,
        /^dist\/install\.sh$/m,
        /^dist\/digly-9\.0\.0\.tgz$/m,
        /^Tag v9\.0\.0: [0-9a-f]+$/m,
        /^### Commits\n\n- Ship \\<it> with \\\*stars\\\*$/m,
        /would refuse:\n {2}There are changes that are not committed:\n {5}M README\.md\n {4}\?\? new\.txt$/m,
        /nothing here has changed\n$/,
      ]
    ) assert.match(stdout, wanted);
    assert.doesNotMatch(stdout, /-dirty/);
  });

  test("is refused where it must not be made", async () => {
    const before = stateOf();
    const dirty = await release("9.0.0");
    assert.equal(dirty.code, 1);
    assert.match(dirty.stderr, /^There are changes that are not committed:/);
    git(clone, "stash", "--quiet", "--include-untracked");
    try {
      git(clone, "switch", "--quiet", "--create", "other");
      const aside = await release("9.0.0");
      assert.equal(aside.code, 1);
      assert.equal(aside.stderr, "Releases are made on the branch main, this is other\n");
      git(clone, "switch", "--quiet", "main");
      for (const args of [["0.0.9"], ["0.0.1", "--dry-run"]]) {
        const older = await release(...args);
        assert.equal(older.code, 1);
        assert.match(older.stderr, /^0\.0\.\d is not greater than 0\.0\.9\n$/);
      }
    } finally {
      git(clone, "switch", "--quiet", "main");
      git(clone, "stash", "pop", "--quiet");
    }
    assert.deepEqual(stateOf(), before);
  });

  test("needs a version", async () => {
    const cases: readonly [string[], RegExp][] = [
      [[], /^Name the version to release\nUsage: /],
      [["next"], /^"next" is not a version; write it as 1\.2\.3/],
      [["v1.0.0"], /^"v1\.0\.0" is not a version/],
      [["1.0.0", "--dry"], /--dry.*\nUsage: |Unknown option/],
    ];
    for (const [args, wanted] of cases) {
      const { code, stderr } = await release(...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, wanted);
    }
  });
});

test("the version is written everywhere it occurs, and nothing else changes", () => {
  const copy = tempApp();
  mkdirSync(join(copy, "src"));
  const names = ["src/version.ts", "package.json", "package-lock.json"];
  for (const name of names) cpSync(root + name, join(copy, name));
  writeVersion(copy, "9.8.7");
  for (const name of names) {
    const lines = (path: string) => readFileSync(path, "utf8").split("\n");
    const old = lines(root + name);
    const changed = lines(join(copy, name)).filter((line, at) => line !== old[at]);
    assert.ok(changed.length === (name === "package-lock.json" ? 2 : 1), `${name}: ${changed}`);
    for (const line of changed) assert.match(line, /version.*9\.8\.7/i);
  }
});

test("the changelog keeps what is written and adds the commits it does not tell", () => {
  const text =
    "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing\n\n## [1.0.0] - 2026-01-01\n\n- First\n";
  const released = releaseChangelog(text, {
    version: "1.1.0",
    date: "2026-02-01",
    subjects: ["A thing", "Mend it", "Mend it"],
  });
  assert.equal(
    released,
    "# Changelog\n\n## [Unreleased]\n\n## [1.1.0] - 2026-02-01\n\n### Added\n\n- A thing\n\n" +
      "### Commits\n\n- Mend it\n\n## [1.0.0] - 2026-01-01\n\n- First\n",
  );
  assert.equal(sectionOf(released, "1.1.0"), "### Added\n\n- A thing\n\n### Commits\n\n- Mend it");
  assert.equal(sectionOf(released, "1.0.0"), "- First");
  const options = { version: "1.2.0", date: "2026-03-01", subjects: [] };
  assert.match(
    releaseChangelog(released, options),
    /Unreleased\]\n\n## \[1\.2\.0\] - 2026-03-01\n\n## \[1\.1\.0\]/,
  );
  assert.throws(() => releaseChangelog("# Changelog\n", options), /no heading "## \[Unreleased\]"/);
});
