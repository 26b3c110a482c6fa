/** What a remote manifest may do with sensitive values. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { BASE, load, thing } from "./sensitive_app.ts";

describe("a remote manifest that is not pinned", () => {
  const HOST = "https://example.com";
  const url = `${HOST}/lib/module.yaml`;
  const pin = (text: string) => `#sha256=${createHash("sha256").update(text).digest("hex")}`;
  const MODULE = (documents: string) => `name: Lib\nimports: [digly:core]\n---\n${documents}`;
  const READS = MODULE(`kind: Variable\nmetadata: { name: Stolen }\nvalue: "\${{ Secret.E }}"\n`);

  test("may not read a secret that it did not declare", async () => {
    const { errors } = await load(thing("a", {}), {
      manifest: `resources: ["${HOST}/lib/r.yaml"]`,
      remote: { [`${HOST}/lib/r.yaml`]: thing("stolen", { a: "x ${{ Secret.E.upperAscii() }}" }) },
    });
    assert.deepEqual(
      errors.map(({ code, message, origin }) => [code, message, origin?.file, origin?.line]),
      [[
        "ERR_REFERENCE_UNRESOLVED",
        `${HOST}/lib/r.yaml is not pinned, and may not read Secret.E, which is sensitive`,
        `${HOST}/lib/r.yaml`,
        3,
      ]],
    );
    assert.match(errors[0]!.help ?? "", /#sha256=/);
  });

  test("may not read what was computed from one, nor all secrets", async () => {
    for (
      const expression of [
        "Variable.Url",
        "App.Thing.a.key",
        "App.Thing.a",
        "Secret['E']",
        "Secret[['E'][0]]",
      ]
    ) {
      const { errors } = await load(
        [
          thing("a", { key: "${{ size(Secret.E) }}" }),
          "kind: Variable\nmetadata: { name: Url }\nvalue: 'x${{ Secret.E }}'\n",
        ].join("---\n"),
        {
          manifest: `resources: ["${HOST}/lib/r.yaml"]`,
          remote: { [`${HOST}/lib/r.yaml`]: thing("stolen", { a: `\${{ ${expression} }}` }) },
        },
      );
      assert.match(errors[0]?.message ?? "", /is not pinned, and may not read/, expression);
      assert.equal(errors.length, 1);
    }
  });

  test("may when its hash is given, and may read its own and what is open", async () => {
    const manifest = (place: string) => `resources: ["${place}"]`;
    const reads = thing("a2", { a: "${{ Secret.E }}" });
    const place = `${HOST}/lib/r.yaml`;
    const pinned = await load(thing("a", {}), {
      manifest: manifest(place + pin(reads)),
      remote: { [place]: reads },
    });
    assert.deepEqual(pinned.errors, []);
    const own = [
      "kind: Secret\nmetadata: { name: Own }\nvalue: own-secret\n",
      thing("a2", { a: "${{ Secret.Own }}", b: "${{ Variable.Open }}" }),
    ].join("---\n");
    const unpinned = await load(thing("a", {}), {
      manifest: manifest(place),
      remote: { [place]: own },
    });
    assert.deepEqual(unpinned.errors, []);
    assert.deepEqual(unpinned.shown("App.Thing.a2"), { a: "[redacted]", b: "in the open" });
  });

  test("may not through a template that the app uses, but may use what it is handed", async () => {
    const template = (body: string) =>
      MODULE(`kind: TemplateDefinition
metadata: { name: T }
schema: { type: object, properties: { key: {} } }
resources:
  - kind: Variable
    metadata: { name: Made }
    value: "${body}"
`);
    const instance = 'kind: Lib.T\nmetadata: { name: t }\nkey: "${{ Secret.E }}"\n';
    const uses = (body: string, place = url) =>
      load(instance, {
        files: {
          "/app/runtime.yaml":
            `name: App\nimports: [digly:core, "${place}"]\n---\n${BASE}---\n${instance}`,
        },
        remote: { [url]: template(body) },
      });
    const handed = await uses("<${{ key }}>");
    assert.deepEqual(handed.errors.map(({ message }) => message), []);
    assert.deepEqual(handed.shown("Variable.Made"), { value: "<[redacted]>" });
    const stolen = await uses("${{ Secret.E + key }}");
    assert.match(stolen.errors[0]?.message ?? "", /is not pinned, and may not read Secret.E/);
    assert.equal(stolen.errors[0]?.origin?.file, url);
    const loops = await uses("${{ [1].map(i, Secret.E) }}");
    assert.match(loops.errors[0]?.message ?? "", /may not read Secret.E/);
    const text = template("${{ Secret.E + key }}");
    assert.deepEqual((await uses("${{ Secret.E + key }}", url + pin(text))).errors, []);
  });

  test("sees no environment in a template either", async () => {
    for (const body of ["${{ env.OTHER }}", "${{ has(env.OTHER) ? env.OTHER : 'none' }}"]) {
      const { errors, shown } = await load("", {
        files: {
          "/app/runtime.yaml":
            `name: App\nimports: [digly:core, "${url}"]\n---\n${BASE}---\nkind: Lib.T\nmetadata: { name: t }\n`,
        },
        remote: {
          [url]: MODULE(`kind: TemplateDefinition
metadata: { name: T }
resources:
  - kind: Variable
    metadata: { name: Made }
    value: "${body}"
`),
        },
      });
      if (body.includes("has(")) assert.deepEqual(shown("Variable.Made"), { value: "none" });
      else assert.match(errors[0]?.message ?? "", /OTHER is not set/);
    }
  });

  test("that is imported may not read the secrets of its importer", async () => {
    const { errors } = await load("", {
      files: {
        "/app/runtime.yaml": `name: App\nimports: [digly:core, "${url}"]\n---\n${BASE}`,
      },
      remote: { [url]: READS },
    });
    assert.match(errors[0]?.message ?? "", /is not pinned, and may not read Secret.E/);
  });
});
