/**
 * `install.ps1` cannot run here, since PowerShell is not among the packages of Debian: it is
 * read instead, for what it must check and for quotes and brackets that do not end.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { root } from "./forms.ts";

describe("install.ps1, without running it", () => {
  const script = readFileSync(`${root}install.ps1`, "utf8");

  test("compares the sums before anything is put into place", () => {
    const order = [
      "No address to download from",
      "is not encrypted",
      "Get-Release 'SHA256SUMS'",
      "has no sum of $name",
      "Get-Release $name $download",
      "Get-FileHash -LiteralPath $download -Algorithm SHA256",
      "if ($actual -ne $expected) {",
      "New-Item -ItemType Directory -Force -Path $To",
      "Copy-Item -LiteralPath $download -Destination $staged",
      "[IO.File]::Replace($staged, $place, $old)",
      "\n} finally {",
      "Remove-Item -LiteralPath $work -Recurse -Force",
    ].map((text) => script.indexOf(text));
    assert.ok(order.every((at) => at > 0), String(order));
    assert.deepEqual(order, order.toSorted((a, b) => a - b));
    assert.match(script, /\$name = "digly-\$target\.exe"/);
    assert.match(script, /\$target = 'windows-x64'/);
    assert.match(script, /\$From = \$env:DIGLY_RELEASES/);
    assert.match(script, /-eq 404/);
  });

  test("is plain ASCII, since Windows PowerShell reads anything else differently", () => {
    assert.match(script, /^[\n\x20-\x7e]*$/);
  });

  test("ends its quotes and brackets", () => {
    const bare = bareOf(script);
    assert.doesNotMatch(bare, /['"]/);
    const open: string[] = [];
    const pairs: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
    for (const [sign] of bare.matchAll(/[()[\]{}]/g)) {
      if (pairs[sign] === undefined) open.push(sign);
      else assert.equal(open.pop(), pairs[sign]);
    }
    assert.deepEqual(open, []);
  });
});

/** A script of PowerShell without its comments and strings. */
function bareOf(script: string): string {
  const parts = /<#[^]*?#>|#.*|'(?:[^'\n]|'')*'|"(?:[^"`\n]|`.|"")*"/g;
  return script.replace(parts, "");
}
