/**
 * Completion by Tab: what the program offers, and that the shells show it. PowerShell is not
 * among the packages of Debian, so its script is only read.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { before, describe, test } from "node:test";
import { install } from "../servers/debian.ts";
import { type Form, forms, run, singleFile, tempApp } from "./forms.ts";
import { which } from "./installer.ts";

const SHELLS = ["bash", "zsh", "fish", "powershell"];
const VERBS = "run exec expand check kinds schema init bundle upgrade completions events help";

const scripts = new Map<string, string>();
const folder = tempApp({
  "shop/runtime.yaml": "name: Shop\nimports: [digly:console, digly:core]\n---\n" +
    "kind: Console.WriteLine\nmetadata: { name: Greet }\noutput: ${env.NOT_SET}\n---\n" +
    "kind: Console.WriteLine\nmetadata: { name: Part }\noutput: Goodbye\ninputSchema: {}\n---\n" +
    "kind: Variable\nmetadata: { name: Colour }\nenv: NOT_SET_EITHER\ndefault: red\n",
  "shop tour.yaml": "name: Tour\nimports: [digly:console]\n---\n" +
    "kind: Console.WriteLine\nmetadata: { name: Start }\noutput: Welcome\n",
  // The program as the scripts call it.
  "bin/digly": `#!/bin/sh\nexec '${singleFile.command.join("' '")}' "$@"\n`,
});
chmodSync(join(folder, "bin/digly"), 0o755);

before(async () => {
  for (const shell of SHELLS) {
    const { code, stdout, stderr } = await run(singleFile, ["completions", shell]);
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
    timeout: 60_000,
    env: {
      PATH: `${folder}/bin:${process.env["PATH"]}`,
      HOME: folder,
      TERM: "dumb",
      LC_ALL: "C.UTF-8",
    },
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

const RESOURCES = ["Console.WriteLine.Greet", "Console.WriteLine.Part"];

/** The words that the program offers after others. */
async function offeredBy(form: Form, ...words: string[]): Promise<(string | undefined)[]> {
  const { code, stdout, stderr } = await run(form, ["__complete", ...words], { cwd: folder });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return stdout.split("\n").slice(0, -1).map((line) => line.split("\t")[0]);
}

for (const form of forms) {
  test(`${form.name} prints the same script, and the same candidates`, async () => {
    const { code, stdout, stderr } = await run(form, ["completions", "bash"]);
    assert.deepEqual({ code, stdout, stderr }, {
      code: 0,
      stdout: scripts.get("bash"),
      stderr: "",
    });
    assert.deepEqual(await offeredBy(form, "exec", "shop", ""), RESOURCES);
    assert.deepEqual(await offeredBy(form, "kinds", "Http.Ser"), ["Http.Server", ":files"]);
  });
}

// The shells below ask the executable.
test("the program offers what fits", async () => {
  const offered = (...words: string[]) => offeredBy(singleFile, ...words);
  assert.deepEqual(await offered("ex"), ["exec", "expand", ":files"]);
  assert.deepEqual(await offered("exec", "--verbose", "shop tour.yaml", "Console"), [
    "Console.WriteLine.Start",
  ]);
  assert.deepEqual(await offered("exec", "nowhere", ""), []);
  assert.deepEqual(await offered("exec", "shop", RESOURCES[0]!, "--log-format=j"), [
    "--log-format=json",
  ]);
  assert.deepEqual(await offered("kinds", "shop", "Con"), ["Console.WriteLine"]);
});

describe("bash completes", () => {
  test("commands, and files at the place of a command", () => {
    assert.deepEqual(offeredByBash("ex"), ["exec", "expand"]);
    assert.deepEqual(offeredByBash("run", "shop", "ex"), []);
    const all = offeredByBash("");
    for (const verb of [...VERBS.split(" "), "shop"]) assert.ok(all.includes(verb), verb);
  });

  test("options of the command, or of run where there is none", () => {
    assert.deepEqual(offeredByBash("check", "shop", "--fr"), ["--frozen"]);
    assert.deepEqual(offeredByBash("shop", "--dr"), ["--drain-delay"]);
    assert.deepEqual(offeredByBash("--ver"), ["--verbose", "--version"]);
    assert.deepEqual(offeredByBash("upgrade", "--fo"), ["--format"]);
  });

  test("values of options, and arguments out of a list", () => {
    assert.deepEqual(offeredByBash("expand", "shop", "--format", ""), ["json", "yaml"]);
    assert.deepEqual(offeredByBash("expand", "--format", "=", "j"), ["json"]);
    assert.deepEqual(offeredByBash("expand", "--format", "="), ["json", "yaml"]);
    assert.deepEqual(offeredByBash("expand", "--format=j"), ["--format=json"]);
    assert.deepEqual(offeredByBash("run", "shop", "--boot-timeout", ""), []);
    assert.deepEqual(offeredByBash("completions", ""), [...SHELLS].sort());
    assert.deepEqual(offeredByBash("help", "eve"), ["events"]);
  });

  test("resources after exec, whose app may be quoted or escaped", () => {
    assert.deepEqual(offeredByBash("exec", "shop", ""), RESOURCES);
    assert.deepEqual(offeredByBash("exec", "shop", "Console.WriteLine.P"), [RESOURCES[1]]);
    assert.deepEqual(offeredByBash("exec", "shop", "X"), []);
    for (const path of ["shop\\ tour.yaml", '"shop tour.yaml"', "~/shop\\ tour.yaml"]) {
      assert.deepEqual(offeredByBash("exec", path, ""), ["Console.WriteLine.Start"], path);
    }
  });
});

describe("an interactive bash", () => {
  test("completes what is typed and runs it", (t) => {
    const lines =
      "source ./completions.bash\ndigly exec shop Console.WriteLine.P\t --inp\t 1\nexit\n";
    writeFileSync(join(folder, "typed"), lines);
    const shown = process.platform === "linux"
      ? inShell("sh", ["-c", "NOT_SET=1 script -qfc 'bash --norc -i' /dev/null < typed"])
      : undefined;
    if (shown === undefined) return t.skip("types into bash with `script` of util-linux");
    assert.match(shown, /digly exec shop Console\.WriteLine\.Part +--input +1/);
    assert.match(shown, /\nGoodbye\r?\n/);
  });
});

describe("fish completes", () => {
  /** What fish offers for a line, without its descriptions. */
  function offered(line: string): string[] | undefined {
    return inShell("fish", ["--no-config", "-c", `source completions.fish; complete -C '${line}'`])
      ?.split("\n").filter((word) => word !== "").map((word) => word.split("\t")[0]!).sort();
  }

  test("commands, files, options and values", (t) => {
    const reason = install(() => which("fish") !== undefined, "fish");
    if (reason !== undefined) return t.skip(reason);
    inShell("fish", ["--no-execute", "completions.fish"]);
    assert.deepEqual(offered("digly exp"), ["expand"]);
    assert.deepEqual(offered("digly sho"), ["shop tour.yaml", "shop/"]);
    assert.deepEqual(offered("digly check shop/"), ["shop/runtime.yaml"]);
    assert.deepEqual(offered("digly check shop --fr"), ["--frozen"]);
    assert.deepEqual(offered("digly expand shop --format "), ["json", "yaml"]);
    assert.deepEqual(offered("digly --log-level debug completions "), [...SHELLS].sort());
    assert.deepEqual(offered("digly shop --dr"), ["--drain-delay"]);
    assert.deepEqual(offered("digly exec shop "), RESOURCES);
    assert.deepEqual(offered("digly exec shop Console.WriteLine.P"), [RESOURCES[1]]);
    assert.deepEqual(offered('digly exec "shop tour.yaml" '), ["Console.WriteLine.Start"]);
    assert.deepEqual(offered("digly expand shop --format=j"), ["--format=json"]);
  });
});

describe("zsh", () => {
  /** A line that is typed → what zsh comes to show, as a pattern of zsh. */
  const SHOWN: readonly (readonly [line: string, wanted: string])[] = [
    ["digly comp", "digly completions"],
    ["digly check shop --fr", "--frozen"],
    ["digly exec shop Console.WriteLine.P", "Console.WriteLine.Part"],
    ["digly exec shop ", "Console.WriteLine.Greet*Console.WriteLine.Part"],
    ["digly exec shop\\ tour.yaml Con", "Console.WriteLine.Start"],
    ["digly expand shop --format ", "json*yaml"],
    ["digly check shop/", "shop/runtime.yaml"],
    ["digly completions f", "completions fish"],
  ];

  /**
   * Types each line and Tab twice into an interactive zsh on a terminal of its own, and prints
   * what it shows where that is not what is wanted.
   */
  const TYPE = `zmodload zsh/zpty zsh/zselect
wait_for() {
  seen=
  integer rounds=0
  until [[ $seen == *$~1* ]]; do
    zpty -rt z part && seen+=$part || { zselect -t 10; (( rounds++ < 100 )) || return 1 }
  done
}
zpty -b z "TERM=dumb ZDOTDIR=$PWD zsh -f -i"
zpty -w z 'PS1=; unsetopt zle_bracketed_paste 2>/dev/null; autoload -Uz compinit; compinit -u -D'
zpty -w z 'source ./completions.zsh; echo rea''dy'
wait_for ready || exit 1
while IFS='|' read -r line wanted; do
  zpty -wn z $line$'\\t\\t'
  wait_for $wanted || print -r -- "$line does not show $wanted but $seen"
  zpty -wn z $'\\x15'
done < lines
zpty -d z`;

  test("completes commands, resources, options, values and files", (t) => {
    const reason = install(() => which("zsh") !== undefined, "zsh");
    if (reason !== undefined) return t.skip(reason);
    inShell("zsh", ["-n", "completions.zsh"]);
    writeFileSync(join(folder, "lines"), SHOWN.map((row) => `${row.join("|")}\n`).join(""));
    assert.equal(inShell("zsh", ["-f", "-c", TYPE]), "");
  });
});

describe("PowerShell, without running it", () => {
  test("passes the words on and closes what it opens", () => {
    const script = scripts.get("powershell")!;
    assert.match(script, /Register-ArgumentCompleter -Native -CommandName 'digly'/);
    assert.match(script, /& digly __complete @words \$current/);
    assertBalanced(script);
  });

  test("an empty word may come in quotes, since PowerShell 5.1 drops it otherwise", async () => {
    const { stdout } = await run(singleFile, ["__complete", "exec", "shop", '""'], { cwd: folder });
    assert.deepEqual(stdout.split("\n").slice(0, -1).map((line) => line.split("\t")[0]), RESOURCES);
  });
});

/** Quotes end, and brackets close in the order in which they open. */
function assertBalanced(script: string): void {
  const bare = script.replace(/'(?:[^'\n]|'')*'|"(?:`.|[^"\n])*"/g, "").replace(/#.*/g, "");
  assert.doesNotMatch(bare, /'/);
  const open: string[] = [];
  const pairs: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
  for (const [sign] of bare.matchAll(/[()[\]{}]/g)) {
    if (pairs[sign] === undefined) open.push(sign);
    else assert.equal(open.pop(), pairs[sign]);
  }
  assert.deepEqual(open, []);
}
