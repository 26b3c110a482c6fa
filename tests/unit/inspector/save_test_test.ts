import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { ExecutionView, SavedTest } from "../../../src/inspector/api.ts";
import { memoryPlatform } from "../../../src/platform/memory.ts";
import { diskFiles } from "../../../src/platform/files.ts";
import { createPlaces } from "../../../src/inspector/places.ts";
import { saveTest } from "../../../src/inspector/test_file.ts";
import { Recording } from "../../../src/inspector/recording.ts";
import { app, resource } from "../app.ts";
import { inspect, startInspected } from "./inspected_app.ts";

const kinds = { Double: { execute: (_name: string, input: unknown) => Number(input) * 2 } };

test("an execution is written as a test next to the app, under a name that no file has", async (t) => {
  const platform = memoryPlatform({ cwd: "/app", files: { "/app/runtime.yaml": "" } });
  const inspected = await inspect(t, platform);
  const { kernel } = app({ kinds, resources: resource("Double", "d"), ...inspected.options });
  await startInspected(t, inspected, kernel);
  const { id } = await inspected.post<ExecutionView>("executions", {
    urn: "Test.Double.d",
    input: 4,
  });
  const save = (body: unknown) => inspected.post<SavedTest>(`executions/${id}/test`, body);
  const read = (path: string) =>
    new TextDecoder().decode(platform.files.readBytes(`file:///app/${path}`, 10_000));

  const shown = await save({ preview: true });
  assert.equal(shown.fileName, "d_works.test.yaml");
  assert.equal(shown.path, undefined);
  assert.equal(platform.files.stat("file:///app/d_works.test.yaml"), undefined);

  const first = await save({});
  assert.equal(first.path, "d_works.test.yaml");
  assert.equal(read("d_works.test.yaml"), first.yaml);
  assert.match(
    first.yaml,
    /^kind: Test\.Case\nmetadata:\n {2}name: dWorks\napp: \.\/runtime\.yaml\n/,
  );
  assert.match(first.yaml, /step\.run\.result == 8/);
  assert.equal((await save({})).path, "d_works_2.test.yaml");
  const below = await save({ name: "Doubles", file: "tests/doubles.test.yaml" });
  assert.equal(below.path, "tests/doubles.test.yaml");
  assert.match(below.yaml, /app: \.\.\/runtime\.yaml\n/);

  const refused = async (body: unknown) => {
    const { status, code } = await inspected.refused(`/api/v1/executions/${id}/test`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return [status, code];
  };
  for (
    const file of [
      "../a.test.yaml",
      "/etc/a.test.yaml",
      "a/../../a.test.yaml",
      "file:///a.test.yaml",
    ]
  ) {
    assert.deepEqual(await refused({ file }), [400, "OUTSIDE_APP"], file);
  }
  assert.deepEqual(await refused({ file: "runtime.yaml" }), [400, "BAD_REQUEST"]);
  assert.deepEqual(await refused({ file: "d_works.test.yaml" }), [409, "FILE_EXISTS"]);
  assert.deepEqual(await refused({ nam: "Doubles" }), [400, "BAD_REQUEST"]);
  assert.deepEqual(await refused({ name: "no name" }), [400, "BAD_REQUEST"]);
});

test("a test is not written through a link out of the folder, nor for an app without one", async (t) => {
  const outside = mkdtempSync(join(tmpdir(), "digly-outside-"));
  const folder = mkdtempSync(join(tmpdir(), "digly-inside-"));
  t.after(() => [outside, folder].forEach((path) => rmSync(path, { recursive: true })));
  writeFileSync(join(folder, "runtime.yaml"), "");
  mkdirSync(join(folder, "tests"));
  symlinkSync(outside, join(folder, "linked"));
  const places = createPlaces(folder);
  const redact = <T>(value: T) => value;
  const recording = new Recording(
    {
      id: "1",
      trace: "2",
      urn: "Test.Double.d",
      startedAt: "",
      startedBy: "app",
      detail: "full",
      isRequest: false,
    },
    0,
    { redact, places, now: () => 0 },
  );
  const begun = recording.begin({ id: "1", urn: "Test.Double.d" }, 4)!;
  recording.end(begun.span, 1, undefined, 8);
  recording.finish(1, undefined);
  const platform = { files: diskFiles, toPath: (url: string) => new URL(url).pathname };
  const save = (file: string, manifest = `file://${folder}/runtime.yaml`) =>
    saveTest(recording, { file }, { manifest, platform, places });

  const saved = await save("tests/new/a.test.yaml");
  assert.equal(readFileSync(join(folder, "tests/new/a.test.yaml"), "utf8"), saved.yaml);
  assert.equal(saved.path, "tests/new/a.test.yaml");
  await assert.rejects(save("linked/a.test.yaml"), { code: "OUTSIDE_APP" });
  await assert.rejects(save("linked/new/a.test.yaml"), { code: "OUTSIDE_APP" });
  await assert.rejects(save("a.test.yaml", "https://example.com/shop/runtime.yaml"), {
    code: "NOT_WRITABLE",
  });
});
