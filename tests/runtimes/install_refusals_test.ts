/** What `install.sh` refuses, each time with a reason and nothing left behind. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { freePort, root, run, tempApp } from "./forms.ts";
import { assertRefused, install, serveReleases, TOOLS } from "./installer.ts";

const address = await serveReleases();

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
    assertRefused(await install(["--from", "ftp://x"]), /'ftp:\/\/x' is not an address/, 2);
    assertRefused(await install(["--from", "http://example.com"]), /is not encrypted/, 2);
    for (const HOME of ["", undefined]) {
      assertRefused(
        await install(from("small"), { env: { HOME } }),
        /HOME is not set.*\n.*--to/,
        2,
      );
    }
  });

  test("an address whose host is not the one it seems to be", async () => {
    for (
      const from of [
        "http://127.0.0.1:80@example.com/x",
        "http://localhost:@example.com",
        "http://[::1]@example.com",
        "http://[::1].example.com",
        "http://localhost\\@example.com",
        "http://localhost:8o",
        "http://localhost:",
        "http://",
        "https://",
        "https:///x",
        "https://ada:secret@example.com",
        "https://example.com/?x=",
        "https://example.com/#x",
        "https://exa mple.com",
        "https://example.com/\nx",
        "--from https://example.com",
      ]
    ) assertRefused(await install([`--from=${from}`]), /is not an address to download from/, 2);
    assertRefused(
      await install(["--from", "http://127.0.0.1.example.com"]),
      /is not encrypted/,
      2,
    );
    assertRefused(
      await install(["--from", `http://localhost:${await freePort()}`]),
      /Cannot download/,
    );
    assertRefused(
      await install(["--from", `http://[::1]:${await freePort()}/x`]),
      /Cannot download/,
    );
  });

  test("more than a release can be", async () => {
    for (const tools of [TOOLS, TOOLS.map((tool) => tool === "curl" ? "wget" : tool)]) {
      assertRefused(
        await install(from("endless"), { tools }),
        /endless\/SHA256SUMS is larger than 1 MiB/,
      );
    }
  });

  test("a script that cannot be downloaded, where it is read from a pipe", async () => {
    const line = `(curl -fsSL ${address}/none/install.sh || echo exit 1) | sh && echo installed`;
    const ended = await run({ name: "sh", command: ["/bin/sh", "-c", line] }, []);
    assert.deepEqual([ended.code, ended.stdout], [1, ""]);
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
