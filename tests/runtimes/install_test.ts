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
    SHA256SUMS: sums.replace(/[0-9a-f]{64}(?=  digly-)/, (sum) => [...sum].reverse().join("")),
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

const TOOLS = "sh cat chmod cp mkdir mktemp mv rm tail sha256sum curl".split(" ");

interface Machine {
  /** The programs on the PATH. */
  readonly tools?: readonly string[];
  /** Programs that say what these scripts say. */
  readonly fakes?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly shell?: string;
}

/** Runs install.sh with nothing on the PATH but what it is given; `TMPDIR` and `HOME` are new. */
async function install(
  args: readonly string[],
  { tools = TOOLS, fakes = {}, env = {}, shell = "sh" }: Machine = {},
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
    { name: "install.sh", command: [which(shell)!, `${root}install.sh`] },
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
  for (const shell of ["dash", "bash", "busybox sh"]) {
    test(`with ${shell}`, async (t) => {
      const [program, applet] = shell.split(" ");
      if (which(program!) === undefined) {
        t.skip(`${program} is not installed: apt-get install ${program}`);
        return;
      }
      const args = ["--from", `${address}/built`];
      const { code, stdout, stderr, home, left } = applet === undefined
        ? await install(args, { shell })
        : await install(args, { fakes: { sh: `exec ${which(program!)} sh "$@"` } });
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
});
