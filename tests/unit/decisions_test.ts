/** Links to the pages of the documentation lead somewhere, from code as well as from pages. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
}).split("\n").filter((file) => file !== "" && existsSync(root + file));

/** The anchors of a page, as the hosts of Git repositories make them from headings. */
function anchorsOf(page: string): Set<string> {
  const headings = readFileSync(root + page, "utf8").matchAll(/^#{1,6} (.+)$/gm);
  return new Set(
    Array.from(
      headings,
      ([, heading]) =>
        heading!.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-"),
    ),
  );
}

function isLeadingSomewhere(target: string, from: string): boolean {
  const [path = "", anchor] = target.split("#");
  const page = path === "" ? from : relative(root, join(root, dirname(from), path));
  if (!existsSync(root + page)) return false;
  return anchor === undefined || !page.endsWith(".md") || anchorsOf(page).has(anchor);
}

test("links between pages lead to a page and a heading", () => {
  const broken = files.filter((file) => file.endsWith(".md") && !file.startsWith("scripts/"))
    .flatMap((file) => {
      const text = readFileSync(root + file, "utf8").replace(/^```[^]*?^```$/gm, "")
        .replace(/`[^`\n]*`(?!\])/g, "");
      return Array.from(
        text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g),
        ([, target]) => target!,
      )
        .filter((target) => !isLeadingSomewhere(target, file))
        .map((target) => `${file}: ${target}`);
    });
  assert.deepEqual(broken, []);
});

test("code cites only headings that exist", () => {
  const cited = files.filter((file) => /\.(ts|mjs|js|sh|ps1|yaml)$/.test(file)).flatMap((file) =>
    Array.from(
      readFileSync(root + file, "utf8").matchAll(/docs\/\w+\.md#[\w-]+/g),
      ([target]) => ({ file, target }),
    )
  );
  const broken = cited.filter(({ target }) => !isLeadingSomewhere(target, "README.md"));
  assert.deepEqual(broken, []);
});
test("nothing cites a rule by a number that only its authors can look up", () => {
  const numbered = files.filter((file) => /\.(ts|mjs|js|md|sh|ps1|ya?ml|txt)$/.test(file))
    .filter((file) => /\bD-\d{1,2}\b|§ ?\d/.test(readFileSync(root + file, "utf8")));
  assert.deepEqual(numbered, []);
});
