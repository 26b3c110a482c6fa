/** A disk that is really full: a small file system in memory, which only root can mount. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { bootApp } from "../../../../testing.ts";
import { failure } from "./sql_app.ts";

const disk = mkdtempSync(join(tmpdir(), "digly-disk-"));
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
const skip = mounted.status === 0
  ? false
  : `cannot mount a small disk: ${mounted.stderr ?? mounted.error}`;
after(() => {
  if (skip === false) spawnSync("umount", [disk]);
  rmdirSync(disk);
});

const APP = `name: Test
imports: [digly:sql, digly:queue, digly:kv]
---
kind: Sql.Connection
metadata: { name: Main }
url: sqlite:${disk}/main.db
---
kind: Sql.Query
metadata: { name: Create }
connection: Sql.Connection.Main
text: CREATE TABLE t (b blob)
returns: exec
---
kind: Queue.Queue
metadata: { name: Jobs }
url: sqlite:${disk}/queue.db
---
kind: Queue.Publish
metadata: { name: Add }
queue: Queue.Queue.Jobs
---
kind: Kv.Store
metadata: { name: Values }
url: sqlite:${disk}/values.db
---
kind: Kv.Set
metadata: { name: Set }
store: Kv.Store.Values
key: k
value: \${{ input }}
`;

test(
  "a full disk fails what is written to it, and is usable when there is room again",
  { skip },
  async () => {
    await using app = await bootApp({ manifest: APP });
    const filler = join(disk, "filler");
    for (let size = 1 << 20; size > 100; size /= 2) {
      try {
        writeFileSync(filler, new Uint8Array(size), { flag: "a" });
      } catch { /* There is less room than that. */ }
    }
    // More than the files of the databases have left themselves.
    const large = "x".repeat(200_000);
    const query = await failure(app.execute("Sql.Query.Create"));
    assert.equal(query.code, "Sql.Unavailable");
    assert.match(String(query.error.cause), /disk is full|disk I\/O|cannot be read or written/);
    assert.equal(
      (await failure(app.execute("Queue.Publish.Add", large))).code,
      "Queue.Unavailable",
    );
    assert.equal((await failure(app.execute("Kv.Set.Set", large))).code, "Kv.Unavailable");
    rmSync(filler);
    assert.deepEqual(await app.execute("Sql.Query.Create"), { changed: 0 });
    assert.ok(await app.execute("Queue.Publish.Add", 1));
    await app.execute("Kv.Set.Set", 1);
  },
);
