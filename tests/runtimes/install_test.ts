/** `install.sh` against a server on the loopback interface, with the executable that was built. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { install as installPackage } from "../servers/debian.ts";
import { assertCode, root, run, tempApp } from "./forms.ts";
import {
  assertRefused,
  install,
  serveReleases,
  target,
  TOOLS,
  which,
  writeProgram,
} from "./installer.ts";

const { version } = JSON.parse(readFileSync(root + "package.json", "utf8")) as { version: string };
const address = await serveReleases();

describe("install.sh installs what was built", () => {
  for (const shell of [["dash"], ["bash", "--posix"], ["busybox", "sh"]]) {
    test(`with ${shell.join(" ")}`, async (t) => {
      const reason = installPackage(() => which(shell[0]!) !== undefined, shell[0]!);
      if (reason !== undefined) return t.skip(reason);
      const { code, stdout, stderr, home, left } = await install(["--from", `${address}/built/`], {
        shell,
      });
      assert.equal(stderr, "");
      assert.equal(code, 0);
      const place = join(home, ".local/bin/digly");
      assert.deepEqual(left, ["home/.local/bin/digly"]);
      assert.equal(statSync(place).mode & 0o777, 0o755);
      assert.match(stdout, new RegExp(`Installed digly ${version} \\(${target}\\) as ${place}`));
      assert.match(stdout, /is not on your PATH\. Add this/);
      const installed = await run({ name: "installed", command: [place] }, ["--version"]);
      assert.equal(installed.stdout, `${version}\n`);
    });
  }

  test("with wget, and with each program that computes sums", async () => {
    const others = TOOLS.filter((tool) => tool !== "curl" && tool !== "sha256sum");
    for (const tools of [["wget", "shasum", "perl"], ["wget", "openssl"], ["curl", "openssl"]]) {
      const { code, stdout, stderr, left } = await install(["--from", `${address}/built`], {
        tools: [...others, ...tools],
      });
      assert.equal(stderr, "");
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`Installed digly ${version}`));
      assert.deepEqual(left, ["home/.local/bin/digly"]);
    }
  });

  test("from a pipe, from the address in DIGLY_RELEASES", async () => {
    const machine = tempApp();
    const ended = await run(
      { name: "sh", command: ["/bin/sh", "-s", "--", "--to", "my tools"] },
      [],
      {
        cwd: machine,
        env: { DIGLY_RELEASES: `${address}/small`, HOME: machine },
        stdin: readFileSync(`${root}install.sh`, "utf8"),
      },
    );
    assertCode(ended, 0);
    assert.match(
      ended.stdout,
      new RegExp(`Installed digly ${target} .* as ${machine}/my tools/digly`),
    );
    assert.deepEqual(readdirSync(join(machine, "my tools")), ["digly"]);
  });

  test("over an older one, and says when another comes first on the PATH", async () => {
    const machine = tempApp({ "bin/digly": "old", "first/.keep": "" });
    writeProgram(join(machine, "first/digly"), "echo other");
    const args = ["--from", `${address}/small`, `--to=${machine}/bin`];
    const path = `${machine}/bin:${process.env["PATH"]}`;
    const ended = await install(args, { env: { PATH: path } });
    assertCode(ended, 0);
    assert.match(ended.stdout, /bin is on your PATH: digly --help/);
    assert.deepEqual(readdirSync(`${machine}/bin`), ["digly"]);
    const shadowed = await install(args, { env: { PATH: `${machine}/first:${path}` } });
    assert.match(shadowed.stdout, /is on your PATH, but .*first\/digly comes first/);
  });
});

describe("install.sh knows the machine", () => {
  const machines: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "linux-x64": { uname: uname("Linux", "x86_64"), ldd: "echo 'ldd (GNU libc) 2.41'" },
    "linux-arm64": { uname: uname("Linux", "aarch64"), ldd: "echo 'ldd (GNU libc) 2.41'" },
    "linux-x64-musl": {
      uname: uname("Linux", "x86_64"),
      ldd: "echo 'musl libc (x86_64)' >&2; exit 1",
    },
    "darwin-x64": { uname: uname("Darwin", "x86_64"), sysctl: "exit 1" },
    "darwin-arm64": { uname: uname("Darwin", "arm64"), sysctl: "echo 0" },
    "darwin-arm64 in Rosetta": { uname: uname("Darwin", "x86_64"), sysctl: "echo 1" },
  };
  for (const [name, fakes] of Object.entries(machines)) {
    test(name, async () => {
      const { code, stdout, stderr } = await install(["--from", `${address}/small`], { fakes });
      assert.equal(code, 0, stderr);
      assert.match(stdout, new RegExp(`Installed digly ${name.split(" ")[0]} `));
    });
  }

  test("and says when there is nothing for it", async () => {
    const args = ["--from", `${address}/small`];
    const on = (system: string, machine: string) =>
      install(args, { fakes: { uname: uname(system, machine), ldd: "echo musl" } });
    assertRefused(
      await on("Linux", "riscv64"),
      /no executable for Linux on riscv64\n {2}There are/,
    );
    assertRefused(await on("SunOS", "x86_64"), /no executable for SunOS on x86_64/);
    assertRefused(await on("Linux", "aarch64"), /for Linux on aarch64 with musl\n.*npx digly/);
    assertRefused(await on("MINGW64_NT-10.0", "x86_64"), /This is Windows.*\n {2}Use install\.ps1/);
  });
});

function uname(system: string, machine: string): string {
  return `case "$1" in -s) echo ${system} ;; -m) echo ${machine} ;; esac`;
}
