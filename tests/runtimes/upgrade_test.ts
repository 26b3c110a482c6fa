/** `digly upgrade --check` in every form, against a server on the loopback interface. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { forms, freePort, root, run } from "./forms.ts";

const { version } = JSON.parse(readFileSync(root + "package.json", "utf8")) as { version: string };

let server: Server;
let address: string;

before(async () => {
  server = createServer((request, response) => {
    if (request.url === "/newer/VERSION") response.end("99.0.0\n");
    else if (request.url === "/same/VERSION") response.end(`${version}\n`);
    else if (request.url === "/endless/VERSION") {
      const writing = setInterval(() => response.write("more\n".repeat(10_000)), 1);
      response.on("close", () => clearInterval(writing));
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

after(() => {
  server.closeAllConnections();
  server.close();
});

for (const form of forms) {
  describe(form.name, () => {
    test("compares itself with the newest release", async () => {
      const newer = await run(form, ["upgrade", "--from", `${address}/newer`]);
      assert.deepEqual([newer.code, newer.stderr], [0, ""]);
      assert.equal(
        newer.stdout,
        `digly 99.0.0 is available (this is ${version}); install it with\n` +
          `  (curl -fsSL ${address}/newer/install.sh || echo exit 1) | sh -s -- --from ${address}/newer\n`,
      );
      const same = await run(form, ["upgrade"], {
        env: { DIGLY_RELEASES: `${address}/same` },
      });
      assert.equal(same.stdout, `digly ${version} is current\n`);
    });

    test("says why it cannot", async () => {
      const nobody = `http://127.0.0.1:${await freePort()}`;
      const cases: readonly [readonly string[], number, RegExp][] = [
        [[], 2, /needs the address of the releases/],
        [["--from", `${address}/none`], 1, /none\/VERSION does not exist \(404\)/],
        [["--from", `${address}/endless`], 1, /contains "more", which is not a valid version/],
        [["--from", nobody], 1, /VERSION cannot be fetched: the connection was refused/],
      ];
      for (const [args, code, wanted] of cases) {
        const ended = await run(form, ["upgrade", ...args]);
        assert.equal(ended.code, code);
        assert.equal(ended.stdout, "");
        assert.match(ended.stderr, wanted);
      }
    });
  });
}
