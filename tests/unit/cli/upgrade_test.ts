import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { main } from "../../../src/cli/main.ts";
import type { Platform } from "../../../src/contract/platform.ts";
import { memoryPlatform, type RemoteAnswer } from "../../../src/platform/memory.ts";
import { testHost } from "./command.ts";

const FROM = "https://example.com/digly";

/** What is served: URL → text or answer; a string alone is that of `VERSION`. */
type Served = string | Readonly<Record<string, string | Partial<RemoteAnswer>>>;

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `digly` 1.2.3 with the arguments. */
async function digly(
  args: readonly string[],
  platform: ReturnType<typeof memoryPlatform>,
): Promise<Said> {
  const code = await main(args, testHost(platform, { files: {}, controllers: {} }));
  return { code, out: platform.stdoutText(), err: platform.stderrText() };
}

/** Runs `digly upgrade` where the releases are as given. */
function upgrade(
  served: Served,
  args: readonly string[] = ["--from", FROM],
  env: Record<string, string> = {},
  change: Partial<Platform> = {},
): Promise<Said> {
  const remote = typeof served === "string" ? { [`${FROM}/VERSION`]: served } : served;
  return digly(["upgrade", ...args], { ...memoryPlatform({ env, remote }), ...change });
}

describe("upgrade", () => {
  test("says whether there is a newer release", async () => {
    assert.deepEqual(await upgrade("1.2.3\n"), {
      code: 0,
      out: "digly 1.2.3 is current\n",
      err: "",
    });
    assert.deepEqual(await upgrade("1.10.0"), {
      code: 0,
      out: "digly 1.10.0 is available (this is 1.2.3); install it with\n" +
        `  (curl -fsSL ${FROM}/install.sh || echo exit 1) | sh -s -- --from ${FROM}\n`,
      err: "",
    });
    const older = await upgrade("1.2.3-rc.1\n");
    assert.equal(older.out, "digly 1.2.3 is newer than the newest release, 1.2.3-rc.1\n");
  });

  test("prints JSON for scripts", async () => {
    const { code, out } = await upgrade("v2.0.0", ["--from", FROM, "--format", "json"]);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(out), {
      version: "1.2.3",
      newest: "2.0.0",
      current: false,
      from: FROM,
    });
  });

  test("takes the address from DIGLY_RELEASES, and from --from before that", async () => {
    const env = { DIGLY_RELEASES: `${FROM}/` };
    assert.equal((await upgrade("1.2.3", [], env)).out, "digly 1.2.3 is current\n");
    const other = { "https://other.example/VERSION": "3.0.0" };
    const { out } = await upgrade(other, ["--from", "https://other.example"], env);
    assert.match(out, /^digly 3\.0\.0 is available/);
  });

  test("follows redirects, but not from https: to http:", async () => {
    const moved = { [`${FROM}/VERSION`]: { status: 302, location: "/v2/VERSION" } };
    const there = { ...moved, "https://example.com/v2/VERSION": "1.2.3" };
    assert.equal((await upgrade(there)).out, "digly 1.2.3 is current\n");
    const open = { [`${FROM}/VERSION`]: { status: 301, location: "http://127.0.0.1/VERSION" } };
    assert.match((await upgrade(open)).err, /is redirected to http:.*, which is not allowed/);
    const round = { [`${FROM}/VERSION`]: { status: 302, location: "VERSION" } };
    assert.match((await upgrade(round)).err, /is redirected more than 3 times/);
  });
});

describe("upgrade explains what is wrong", () => {
  test("with the command line", async () => {
    const cases: readonly [readonly string[], RegExp][] = [
      [[], /needs the address of the releases\n.*--from <address>.*DIGLY_RELEASES/],
      [["--from", "example.com"], /"example\.com" is not a valid release address/],
      [["--from", "https://ada:pass@x.example"], /x\.example contains a user name or/],
    ];
    for (const [args, wanted] of cases) {
      const { code, out, err } = await upgrade({}, args);
      assert.equal(code, 2);
      assert.equal(out, "");
      assert.match(err, /^error\[ERR_USAGE\]/);
      assert.match(err, wanted);
      assert.doesNotMatch(err, /pass@/);
    }
  });

  test("with what the address answers", async () => {
    const failed = async (remote: Served, wanted: RegExp) => {
      const { code, out, err } = await upgrade(remote);
      assert.equal(code, 1);
      assert.equal(out, "");
      assert.match(err, wanted);
    };
    await failed({}, /digly\/VERSION does not exist \(404\)\n.*Check the address/);
    await failed({ [`${FROM}/VERSION`]: { status: 503 } }, /answered with the status 503/);
    await failed("<html>\n<p>Hello</p>", /VERSION contains "<html>", which is not a valid version/);
    await failed("", /VERSION contains "", which is not a valid version/);
    await failed("\u001b[2J1.2.3", /contains "\\u001b\[2J1\.2\.3", which is not a valid version/);
    await failed("1".repeat(5_000), /contains "1{40}…", which is not a valid version/);
  });

  test("with the network", async () => {
    const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    const { code, err } = await upgrade("", undefined, {}, {
      fetch: () => Promise.reject(new TypeError("fetch failed", { cause: refused })),
    });
    assert.equal(code, 1);
    assert.match(err, /VERSION cannot be fetched: the connection was refused/);
  });

  test("with an address that is not encrypted, unless it is allowed", async () => {
    const remote = { "http://x.example/VERSION": "1.2.3", "http://localhost:8/VERSION": "1.2.3" };
    const args = ["--from", "http://x.example"];
    assert.match((await upgrade(remote, args)).err, /is not encrypted\n.*--allow-http/);
    assert.equal((await upgrade(remote, [...args, "--allow-http"])).code, 0);
    assert.equal((await upgrade(remote, ["--from", "http://localhost:8"])).code, 0);
  });

  test("with the name of a shell", async () => {
    const { code, err } = await digly(["completions", "fihs"], memoryPlatform({}));
    assert.equal(code, 2);
    assert.match(err, /"fihs" is not a valid argument of digly completions\n.*mean "fish"/);
  });
});
