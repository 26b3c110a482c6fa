/** The root file system for containers: that it is complete, by running in nothing else. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { root, tempApp } from "./forms.ts";

const SCRIPT = `${root}scripts/container/rootfs.sh`;

function make(folder: string): void {
  const made = spawnSync("sh", [SCRIPT, `${root}dist/digly`, folder], { encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
}

test("rootfs.sh makes a folder with everything an app needs", () => {
  const folder = `${tempApp()}/rootfs`;
  make(folder);
  for (const path of ["digly", "app", "tmp", "etc/passwd"]) {
    assert.ok(existsSync(`${folder}/${path}`), path);
  }
  const again = spawnSync("sh", [SCRIPT, `${root}dist/digly`, folder], { encoding: "utf8" });
  assert.equal(again.status, 1);
  assert.match(again.stderr, /is not empty/);
});

test("an app runs where there is nothing but the root file system", (t) => {
  const folder = `${tempApp()}/rootfs`;
  make(folder);
  cpSync(`${root}examples/hello-world`, `${folder}/app`, { recursive: true });
  // Every container has its own /proc, which the executable needs.
  const env = { PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` };
  if (spawnSync("mount", ["-t", "proc", "proc", `${folder}/proc`], { env }).status !== 0) {
    t.skip("NOT RUN: chroot and mount need Linux and the superuser");
    return;
  }
  try {
    const args = ["--userspec=65532:65532", folder, "/digly", "/app/runtime.yaml"];
    const ran = spawnSync("chroot", args, { encoding: "utf8", env });
    assert.equal(ran.stdout, "Hello, world!\n", ran.stderr);
    assert.equal(ran.status, 0);
  } finally {
    assert.equal(spawnSync("umount", [`${folder}/proc`], { env }).status, 0);
  }
});

test("the Dockerfile copies what rootfs.sh makes, and runs as nobody", () => {
  const text = readFileSync(`${root}scripts/container/Dockerfile`, "utf8");
  assert.match(text, /^COPY rootfs\/ \/$/m);
  assert.match(text, /^USER 65532:65532$/m);
  assert.match(text, /^ENTRYPOINT \["\/digly"\]$/m);
});
