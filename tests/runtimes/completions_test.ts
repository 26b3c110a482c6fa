/**
 * The scripts of `digly completions`, read by the shells they are for. PowerShell is not among
 * the packages of Debian, so its script is only looked at.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { forms, run, tempApp } from "./forms.ts";

const SHELLS = ["bash", "zsh", "fish", "powershell"];
const VERBS = "run exec expand check kinds schema init bundle upgrade completions events help";

const scripts = new Map<string, string>();
const folder = tempApp({ "shop/runtime.yaml": "name: Shop\n", "shop tour.yaml": "name: Tour\n" });

before(async () => {
  for (const shell of SHELLS) {
    const { code, stdout, stderr } = await run(forms[0]!, ["completions", shell]);
    assert.equal(code, 0, stderr);
    scripts.set(shell, stdout);
    writeFileSync(join(folder, `completions.${shell}`), stdout);
  }
});

/** What a shell prints; says so where it is not installed. */
function inShell(shell: string, args: readonly string[]): string | undefined {
  const { error, status, stdout, stderr } = spawnSync(shell, args, {
    cwd: folder,
    encoding: "utf8",
    timeout: 20_000,
    env: { PATH: process.env["PATH"], HOME: folder, TERM: "dumb", LC_ALL: "C.UTF-8" },
  });
  if (error !== undefined && "code" in error && error.code === "ENOENT") return undefined;
  assert.equal(status, 0, stderr);
  assert.equal(stderr, "");
  return stdout;
}

/** Words as bash hands them over, the last the one that is completed → what it offers. */
function offeredByBash(...words: string[]): string[] {
  const list = words.map((word) => `'${word}'`).join(" ");
  const output = inShell("bash", [
    "--norc",
    "-c",
    `source ./completions.bash
COMP_WORDS=(digly ${list}); COMP_CWORD=${words.length}
_digly digly '${words.at(-1)}' '${words.at(-2) ?? "digly"}'
printf '%s\\n' "\${COMPREPLY[@]}"`,
  ]);
  return output!.split("\n").filter((word) => word !== "").sort();
}

for (const form of forms) {
  test(`${form.name} prints the same scripts`, async () => {
    for (const shell of SHELLS) {
      const { code, stdout, stderr } = await run(form, ["completions", shell]);
      assert.deepEqual({ code, stdout, stderr }, {
        code: 0,
        stdout: scripts.get(shell),
        stderr: "",
      });
    }
  });
}

describe("bash completes", () => {
  test("commands, and files at the place of a command", () => {
    assert.deepEqual(offeredByBash("ex"), ["exec", "expand"]);
    assert.deepEqual(offeredByBash("sh"), ["shop", "shop tour.yaml"]);
    const all = offeredByBash("");
    for (const verb of [...VERBS.split(" "), "shop"]) assert.ok(all.includes(verb), verb);
  });

  test("files as operands, also after options with values", () => {
    assert.deepEqual(offeredByBash("check", "shop/"), ["shop/runtime.yaml"]);
    assert.deepEqual(offeredByBash("check", "--env-file", "run", "sh"), ["shop", "shop tour.yaml"]);
    assert.deepEqual(offeredByBash("--log-level", "debug", "che"), ["check"]);
    assert.deepEqual(offeredByBash("exec", "shop", ""), []);
  });

  test("options of the command, or of run where there is none", () => {
    assert.deepEqual(offeredByBash("check", "shop", "--f"), ["--format", "--frozen"]);
    assert.deepEqual(offeredByBash("shop", "--dr"), ["--drain-delay"]);
    assert.deepEqual(offeredByBash("--ver"), ["--verbose", "--version"]);
    assert.deepEqual(offeredByBash("upgrade", "--c"), ["--check"]);
  });

  test("values of options, and arguments out of a list", () => {
    assert.deepEqual(offeredByBash("expand", "shop", "--format", ""), ["json", "yaml"]);
    assert.deepEqual(offeredByBash("expand", "--format", "=", "j"), ["json"]);
    assert.deepEqual(offeredByBash("expand", "--format", "="), ["json", "yaml"]);
    assert.deepEqual(offeredByBash("expand", "--format=j"), ["--format=json"]);
    assert.deepEqual(offeredByBash("check", "--env-file", "shop/"), ["shop/runtime.yaml"]);
    assert.deepEqual(offeredByBash("run", "shop", "--boot-timeout", ""), []);
    assert.deepEqual(offeredByBash("completions", ""), [...SHELLS].sort());
    assert.deepEqual(offeredByBash("help", "ev"), ["events"]);
  });

  test("once the script is read", () => {
    const output = inShell("bash", [
      "--norc",
      "-c",
      "source ./completions.bash; complete -p digly",
    ]);
    assert.equal(output, "complete -F _digly digly\n");
  });
});

describe("fish completes", () => {
  /** What fish offers for a line, without its descriptions. */
  function offered(line: string): string[] | undefined {
    return inShell("fish", ["--no-config", "-c", `source completions.fish; complete -C '${line}'`])
      ?.split("\n").filter((word) => word !== "").map((word) => word.split("\t")[0]!).sort();
  }

  test("commands, files, options and values", (t) => {
    if (inShell("fish", ["--no-execute", "completions.fish"]) === undefined) {
      t.skip("fish is not installed: apt-get install fish");
      return;
    }
    assert.deepEqual(offered("digly exp"), ["expand"]);
    assert.deepEqual(offered("digly sho"), ["shop tour.yaml", "shop/"]);
    assert.deepEqual(offered("digly check shop/"), ["shop/runtime.yaml"]);
    assert.deepEqual(offered("digly check shop --f"), ["--format", "--frozen"]);
    assert.deepEqual(offered("digly expand shop --format "), ["json", "yaml"]);
    assert.deepEqual(offered("digly --log-level debug completions "), [...SHELLS].sort());
    assert.deepEqual(offered("digly shop --dr"), ["--drain-delay"]);
    assert.deepEqual(offered("digly exec shop "), []);
  });
});

describe("zsh", () => {
  /** Types a line and Tab into an interactive zsh on a terminal of its own. */
  const TYPE = `zmodload zsh/zpty
zpty -b z "TERM=dumb ZDOTDIR=$PWD zsh -f -i"
zpty -w z 'PS1=; unsetopt zle_bracketed_paste 2>/dev/null; autoload -Uz compinit; compinit -u -D'
zpty -w z 'source ./completions.zsh; echo rea''dy'
integer waited=0
until [[ $seen == *ready* ]]; do
  zpty -rt z part && seen+=$part || { sleep 0.1; (( waited++ < 100 )) || exit 1 }
done
zpty -wn z $LINE$'\\t\\t'
seen= waited=0
until [[ $seen == *$~WANTED* ]]; do
  zpty -rt z part && seen+=$part || { sleep 0.1; (( waited++ < 100 )) || break }
done
zpty -d z
print -rn -- $seen`;

  /** Fails unless what zsh shows comes to match a pattern of zsh, within ten seconds. */
  function assertShows(line: string, wanted: string): void {
    const shown = inShell("zsh", ["-f", "-c", `LINE='${line}' WANTED='${wanted}'\n${TYPE}`])!;
    const pattern = new RegExp(wanted.replaceAll("*", "[^]*"));
    assert.match(shown, pattern);
  }

  test("completes commands, options and values", (t) => {
    if (inShell("zsh", ["-n", "completions.zsh"]) === undefined) {
      t.skip("zsh is not installed: apt-get install zsh");
      return;
    }
    assertShows("digly comp", "digly completions");
    assertShows("digly check shop --f", "--format*--frozen");
    assertShows("digly expand shop --format ", "json*yaml");
    assertShows("digly check shop/", "shop/runtime.yaml");
    assertShows("digly completions f", "completions fish");
  });
});

describe("PowerShell, without running it", () => {
  test("knows every command and closes what it opens", () => {
    const script = scripts.get("powershell")!;
    for (const verb of VERBS.split(" ")) assert.match(script, new RegExp(`'${verb}' = @\\{`));
    assert.match(script, /Register-ArgumentCompleter -Native -CommandName 'digly'/);
    assert.match(script, /'--format' = @\{[^\n]*Words = @\('yaml', 'json'\)/);
    assertBalanced(script);
  });
});

/** Quotes end, and brackets close in the order in which they open. */
function assertBalanced(script: string): void {
  const bare = script.replace(/'(?:[^'\n]|'')*'/g, "").replace(/#.*/g, "");
  assert.doesNotMatch(bare, /'/);
  const open: string[] = [];
  const pairs: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
  for (const [sign] of bare.matchAll(/[()[\]{}]/g)) {
    if (pairs[sign] === undefined) open.push(sign);
    else assert.equal(open.pop(), pairs[sign]);
  }
  assert.deepEqual(open, []);
}
