/** Manifests from the network in every form, served on the loopback interface. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { forms, freePort, run, tempApp } from "./forms.ts";

const HELLO = "kind: Console.WriteLine\nmetadata: { name: Far }\noutput: Hello from far away\n";
const APP = "name: Far\nimports: [digly:console]\nresources: [hello.yaml]\n";
const HASH = createHash("sha256").update(HELLO).digest("hex");

let server: Server;
let address: string;

before(async () => {
  const files: Readonly<Record<string, string>> = { "/hello.yaml": HELLO, "/runtime.yaml": APP };
  server = createServer((request, response) => {
    if (request.url === "/moved.yaml") {
      response.writeHead(302, { location: "/hello.yaml" }).end();
    } else if (request.url === "/endless.yaml") {
      const writing = setInterval(() => response.write("# more\n".repeat(10_000)), 1);
      response.on("close", () => clearInterval(writing));
    } else if (request.url === "/compressed.yaml") {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(HELLO));
    } else {
      const text = files[request.url ?? ""];
      response.writeHead(text === undefined ? 404 : 200).end(text ?? "");
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

/** An app on the disk that lists one remote file. */
function listing(place: string): string {
  return tempApp({
    "runtime.yaml": `name: Near\nimports: [digly:console]\nresources: ["${place}"]\n`,
  });
}

for (const form of forms) {
  describe(form.name, () => {
    test("runs an app by its URL", async () => {
      const { code, stdout, stderr } = await run(form, [`${address}/runtime.yaml`]);
      assert.equal(code, 0, stderr);
      assert.equal(stdout, "Hello from far away\n");
      assert.match(stderr, /warning\[WARN_NOT_PINNED\]/);
    });

    test("runs what a hash pins without a word, and refuses anything else", async () => {
      for (const name of ["hello.yaml", "moved.yaml"]) {
        const cwd = listing(`${address}/${name}#sha256=${HASH}`);
        const pinned = await run(form, ["runtime.yaml"], { cwd });
        assert.deepEqual(pinned, {
          code: 0,
          signal: null,
          stdout: "Hello from far away\n",
          stderr: "",
        });
      }
      const other = listing(`${address}/hello.yaml#sha256=${"0".repeat(64)}`);
      const { code, stdout, stderr } = await run(form, ["runtime.yaml"], { cwd: other });
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /error\[ERR_INTEGRITY\]/);
      assert.match(stderr, /runtime\.yaml:3:13/);
    });

    test("check --frozen refuses what is not pinned", async () => {
      const cwd = listing(`${address}/hello.yaml`);
      const fine = await run(form, ["check", "runtime.yaml"], { cwd });
      assert.equal(fine.code, 0);
      assert.match(fine.stderr, new RegExp(`Append #sha256=${HASH}`));
      const { code, stderr } = await run(form, ["check", "--frozen", "runtime.yaml"], { cwd });
      assert.equal(code, 1, stderr);
      assert.match(stderr, /error\[ERR_INTEGRITY\]: .*hello\.yaml is not pinned/);
    });

    test("says what is wrong with an address, and reads no more than the limit", async () => {
      const nobody = await run(form, ["check", `http://127.0.0.1:${await freePort()}/x.yaml`]);
      assert.equal(nobody.code, 1);
      assert.match(nobody.stderr, /cannot be fetched: the connection was refused/);
      const missing = await run(form, ["check", `${address}/none.yaml`]);
      assert.match(missing.stderr, /does not exist \(404\)/);
      const compressed = await run(form, ["check", `${address}/compressed.yaml`]);
      assert.match(compressed.stderr, /cannot be fetched: the server compresses its response/);
      const endless = await run(form, ["check", `${address}/endless.yaml`]);
      assert.match(endless.stderr, /error\[ERR_LIMIT_EXCEEDED\]: .* larger than 5242880 bytes/);
    });
  });
}
