/**
 * `install.sh` against a server on the loopback interface, with the executable that was built.
 * `install.ps1` cannot run here, since PowerShell is not among the packages of Debian: it is
 * read instead, for what it must check and for quotes and brackets that do not end.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { type Ended, freePort, root, run, singleFile, tempApp } from "./forms.ts";

const { version } = JSON.parse(readFileSync(root + "package.json", "utf8")) as { version: string };

const executable = readdirSync(`${root}dist`).find((name) =>
  /^digly-(linux|darwin)-/.test(name) && sameFile(`${root}dist/${name}`, singleFile.command[0]!)
)!;
const target = executable.slice("digly-".length);

/** A program of a few bytes, where it does not matter which. */
const SMALL = "#!/bin/sh\necho 9.9.9\n";

/** What the server has: path → content. */
const served = new Map<string, string | Uint8Array>();
let server: Server;
let address: string;

before(async () => {
  const built = readFileSync(`${root}dist/${executable}`);
  const broken = Uint8Array.from(built);
  broken[broken.length >> 1]! ^= 1;
  const sums = readFileSync(`${root}dist/SHA256SUMS`, "utf8");
  release("built", { [executable]: built, SHA256SUMS: sums });
  release("broken-file", { [executable]: broken, SHA256SUMS: sums });
  release("broken-sum", {
    [executable]: built,
    SHA256SUMS: sums.replace(/[0-9a-f]{64}(?= {2}digly-)/, (sum) => [...sum].reverse().join("")),
  });
  release("without-sum", { [executable]: SMALL, SHA256SUMS: sumLine("other", SMALL) });
  release("without-file", { SHA256SUMS: sums });
  release("without-sums", { [executable]: SMALL });
  for (const name of ["linux-x64", "linux-arm64", "linux-x64-musl", "darwin-x64", "darwin-arm64"]) {
    const content = `#!/bin/sh\necho ${name}\n`;
    release("small", { [`digly-${name}`]: content });
    const before = served.get("/small/SHA256SUMS") ?? "";
    release("small", { SHA256SUMS: before + sumLine(`digly-${name}`, content) });
  }
  server = createServer((request, response) => {
    const content = served.get(request.url ?? "");
    if (request.url?.startsWith("/failing/")) response.writeHead(500).end();
    else response.writeHead(content === undefined ? 404 : 200).end(content ?? "not found");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

function sameFile(one: string, other: string): boolean {
  return statSync(one).ino === statSync(other).ino;
}

function sumLine(name: string, content: string): string {
  return `${createHash("sha256").update(content).digest("hex")}  ${name}\n`;
}

function release(name: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [file, content] of Object.entries(files)) served.set(`/${name}/${file}`, content);
}

/** The path of a program of this machine. */
function which(name: string): string | undefined {
  return (process.env["PATH"] ?? "").split(":").map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

const TOOLS = "sh cat chmod cp mkdir mktemp mv rm sha256sum curl".split(" ");

interface Machine {
  /** The programs on the PATH. */
  readonly tools?: readonly string[];
  /** Programs that say what these scripts say. */
  readonly fakes?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly shell?: readonly string[];
}

/** Runs install.sh with nothing on the PATH but what it is given; `TMPDIR` and `HOME` are new. */
async function install(
  args: readonly string[],
  { tools = TOOLS, fakes = {}, env = {}, shell = ["sh"] }: Machine = {},
): Promise<Ended & { home: string; left: string[] }> {
  const machine = tempApp({ "home/.keep": "", "temp/.keep": "" });
  const bin = join(machine, "bin");
  mkdirSync(bin);
  const all = { id: "echo 1000", uname: undefined, ldd: undefined, sysctl: undefined, ...fakes };
  for (const tool of [...tools, ...Object.keys(all)]) {
    const path = which(tool);
    if (path !== undefined && all[tool as keyof typeof all] === undefined) {
      symlinkSync(path, join(bin, tool));
    }
  }
  for (const [name, script] of Object.entries(all)) {
    if (script !== undefined) writeProgram(join(bin, name), script);
  }
  const ended = await run(
    { name: "install.sh", command: [which(shell[0]!)!, ...shell.slice(1), `${root}install.sh`] },
    args,
    {
      cwd: machine,
      env: { PATH: bin, HOME: join(machine, "home"), TMPDIR: join(machine, "temp"), ...env },
    },
  );
  const left = readdirSync(machine, { recursive: true, encoding: "utf8" })
    .filter((path) => !path.startsWith("bin") && !path.endsWith(".keep"))
    .filter((path) => statSync(join(machine, path)).isFile() || path.includes("digly"));
  return { ...ended, home: join(machine, "home"), left };
}

function writeProgram(path: string, script: string): void {
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** Fails unless the script said `wanted`, ended with `code` and left nothing. */
function assertRefused(ended: Ended & { left: string[] }, wanted: RegExp, code = 1): void {
  assert.match(ended.stderr, wanted);
  assert.equal(ended.code, code);
  assert.deepEqual(ended.left, []);
}

describe("install.sh installs what was built", () => {
  for (const shell of [["dash"], ["bash", "--posix"], ["busybox", "sh"]]) {
    test(`with ${shell.join(" ")}`, async (t) => {
      if (which(shell[0]!) === undefined) {
        t.skip(`${shell[0]} is not installed: apt-get install ${shell[0]}`);
        return;
      }
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
    assert.equal(ended.code, 0, ended.stderr);
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
    assert.equal(ended.code, 0, ended.stderr);
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

describe("install.sh refuses and leaves nothing behind", () => {
  const from = (name: string) => ["--from", `${address}/${name}`];

  test("a file and a sum that do not belong together", async () => {
    for (const tools of [TOOLS, TOOLS.map((tool) => tool === "curl" ? "wget" : tool)]) {
      for (const name of ["broken-file", "broken-sum"]) {
        const ended = await install(from(name), { tools });
        assertRefused(
          ended,
          /is not the published one; nothing was installed\n {2}published [0-9a-f]{64}, /,
        );
      }
    }
  });

  test("a file without a sum, and a sum without a file", async () => {
    assertRefused(await install(from("without-sum")), /SHA256SUMS has no sum of digly-/);
    assertRefused(
      await install(from("without-file")),
      /There is no .*\(404\)\n {2}The release has no/,
    );
    assertRefused(await install(from("without-sums")), /There is no .*SHA256SUMS \(404\)\n {2}Is /);
  });

  test("what is there already stays when the download is refused", async () => {
    const machine = tempApp({ "bin/digly": "old" });
    const { code } = await install([...from("broken-file"), "--to", `${machine}/bin`]);
    assert.equal(code, 1);
    assert.deepEqual(readdirSync(`${machine}/bin`), ["digly"]);
    assert.equal(readFileSync(`${machine}/bin/digly`, "utf8"), "old");
  });

  test("an address where nobody is, and one that fails", async () => {
    const nobody = `http://127.0.0.1:${await freePort()}/x`;
    for (const tools of [TOOLS, TOOLS.map((tool) => tool === "curl" ? "wget" : tool)]) {
      assertRefused(
        await install(["--from", nobody], { tools }),
        /Cannot download http:.*SHA256SUMS\n {2}.*([Cc]onnect|refused)/,
      );
      assertRefused(
        await install(from("failing"), { tools }),
        /failing\/SHA256SUMS.*\s.*500/,
      );
    }
  });

  test("a machine without what it needs", async () => {
    const without = (...names: string[]) => TOOLS.filter((tool) => !names.includes(tool));
    assertRefused(
      await install(from("small"), { tools: without("curl") }),
      /Neither curl nor wget/,
    );
    assertRefused(
      await install(from("small"), { tools: without("sha256sum") }),
      /Nothing here can compute a SHA-256/,
    );
  });

  test("a place it cannot write to", async () => {
    const machine = tempApp({ "file": "", "taken/digly/file": "" });
    const to = (place: string) => install([...from("small"), "--to", `${machine}/${place}`]);
    assertRefused(await to("file/bin"), /Cannot make the folder .*file\/bin\n {2}Choose another/);
    assertRefused(await to("taken"), /taken\/digly is a folder/);
  });

  test("a command line that is wrong", async () => {
    assertRefused(await install([]), /No address to download from\n.*--from .*DIGLY_RELEASES/, 2);
    assertRefused(await install(["--from"]), /--from needs a value/, 2);
    assertRefused(await install(["--form", "x"]), /Unknown argument '--form'/, 2);
    assertRefused(await install(["--from", "ftp://x"]), /'ftp:\/\/x' is no address/, 2);
    assertRefused(await install(["--from", "http://example.com"]), /is not encrypted/, 2);
    for (const HOME of ["", undefined]) {
      assertRefused(
        await install(from("small"), { env: { HOME } }),
        /HOME is not set.*\n.*--to/,
        2,
      );
    }
  });

  test("half a script does nothing", async () => {
    const script = readFileSync(`${root}install.sh`, "utf8");
    const ended = await run({ name: "sh", command: ["/bin/sh", "-s", "--"] }, from("small"), {
      env: { HOME: tempApp() },
      stdin: script.slice(0, script.lastIndexOf("main ")),
    });
    assert.deepEqual(ended, { code: 0, signal: null, stdout: "", stderr: "" });
  });
});

function uname(system: string, machine: string): string {
  return `case "$1" in -s) echo ${system} ;; -m) echo ${machine} ;; esac`;
}

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
      "} finally {",
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
