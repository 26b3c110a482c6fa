/** Runs `install.sh` on machines made up for it, against releases on the loopback interface. */
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
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { after } from "node:test";
import { type Ended, root, run, singleFile, tempApp } from "./forms.ts";

type Files = Readonly<Record<string, string | Uint8Array>>;

const built = readFileSync(singleFile.command[0]!);

/** The executable for this machine, below `dist/`. */
const executable = readdirSync(`${root}dist`).find((name) =>
  /^digly-(linux|darwin)-/.test(name) && statSync(`${root}dist/${name}`).size === built.length
)!;

/** The name of this machine, `linux-x64`. */
export const target: string = executable.slice("digly-".length);

const TARGETS = ["linux-x64", "linux-arm64", "linux-x64-musl", "darwin-x64", "darwin-arm64"];

/** Releases by name: one as it was built, others with what must be refused. */
function releases(): Readonly<Record<string, Files>> {
  const broken = Uint8Array.from(built);
  broken[broken.length >> 1]! ^= 1;
  const SHA256SUMS = readFileSync(`${root}dist/SHA256SUMS`, "utf8");
  const wrong = SHA256SUMS.split("\n").map((line) =>
    line.endsWith(executable) ? [...line.slice(0, 64)].reverse().join("") + line.slice(64) : line
  );
  // A program of a few bytes, where it does not matter which; it says its target.
  const small = TARGETS.map((name) => [`digly-${name}`, `#!/bin/sh\necho ${name}\n`] as const);
  const sumLine = ([name, text]: readonly [string, string]) =>
    `${createHash("sha256").update(text).digest("hex")}  ${name}\n`;
  return {
    built: { [executable]: built, SHA256SUMS },
    "broken-file": { [executable]: broken, SHA256SUMS },
    "broken-sum": { [executable]: built, SHA256SUMS: wrong.join("\n") },
    small: { ...Object.fromEntries(small), SHA256SUMS: small.map(sumLine).join("") },
    "without-sum": { ...Object.fromEntries(small), SHA256SUMS: sumLine(["other", "text"]) },
    "without-file": { SHA256SUMS },
    "without-sums": Object.fromEntries(small),
  };
}

/** Serves the releases until the file's tests end; gives the address above all of them. */
export async function serveReleases(): Promise<string> {
  const all = releases();
  const server = createServer((request, response) => {
    const [, name = "", file = ""] = (request.url ?? "").split("/");
    const content = all[name]?.[file];
    if (name === "failing") response.writeHead(500).end();
    else if (name === "endless") {
      const writing = setInterval(() => response.write("x".repeat(100_000)), 1);
      response.on("close", () => clearInterval(writing));
    } else response.writeHead(content === undefined ? 404 : 200).end(content ?? "not found");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The path of a program of this machine. */
export function which(name: string): string | undefined {
  return (process.env["PATH"] ?? "").split(":").map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

/** What the script may use, beside `id`, `uname`, `ldd` and `sysctl`. */
export const TOOLS: readonly string[] = "sh cat chmod cp mkdir mktemp mv rm sha256sum curl".split(
  " ",
);

/** A machine made up for a test. */
export interface Machine {
  /** The programs on the PATH. */
  readonly tools?: readonly string[];
  /** Programs that say what these scripts say. */
  readonly fakes?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly shell?: readonly string[];
}

/** Runs install.sh with nothing on the PATH but what it is given; `TMPDIR` and `HOME` are new. */
export async function install(
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

/** Writes an executable script. */
export function writeProgram(path: string, script: string): void {
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** Fails unless the script said `wanted`, ended with `code` and left nothing. */
export function assertRefused(ended: Ended & { left: string[] }, wanted: RegExp, code = 1): void {
  assert.match(ended.stderr, wanted);
  assert.equal(ended.code, code);
  assert.deepEqual(ended.left, []);
}
