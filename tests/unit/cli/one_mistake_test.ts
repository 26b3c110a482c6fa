/** One mistake, one error: what only follows from it is not reported. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { resource } from "../app.ts";
import { commandLine } from "./command.ts";

const SCHEMA = "schema: { required: [port], properties: { port: { type: integer, minimum: 1 }, " +
  "list: { items: { type: integer } } } }";

const template = (name: string, body: string, schema = "{}") =>
  `kind: TemplateDefinition\nmetadata: { name: ${name} }\nschema: ${schema}\nresources:\n${
    body.replace(/^/gm, "  ")
  }\n`;

const PORTS = "{ properties: { port: { type: integer }, ports: { type: array } } }";
const ONE = "- kind: Test.Thing\n  metadata: { name: made }\n  port: ${{ port + 1 }}";
const LOOP = "- for: p in ports\n  kind: Test.Thing\n  metadata: { name: 'n${{ p }}' }\n  port: 1";

/** What is wrong, in one word, and the resources. */
const MISTAKES: Readonly<Record<string, readonly [string, ...string[]]>> = {
  "a value of a resource": ["nope", resource("Thing", "a", "port: ${nope}")],
  "inserted into a string": ["nope", resource("Thing", "a", "port: 1\nlist: ['a${nope}']")],
  "a condition": ["nope", resource("Thing", "a", "port: { $if: nope, $then: 1 }")],
  "a loop": ["nope", resource("Thing", "a", "port: 1\nlist: [{ $for: x in nope, $do: '${x}' }]")],
  "a reference": ["nope", resource("Thing", "a", "port: ${{ nope }}")],
  "a field that others read": [
    "nope",
    resource("Thing", "a", "port: ${nope}"),
    resource("Thing", "b", "port: ${{ Test.Thing.a.port + 1 }}"),
    resource("Thing", "c", "port: ${{ Test.Thing.b.port }}"),
  ],
  "a name": ["nope", "kind: Test.Thing\nmetadata: { name: '${nope}' }\nport: 1\n"],
  "a kind": ["nope", "kind: Test.${nope}\nmetadata: { name: a }\nport: 1\n"],
  "metadata": ["nope", "kind: Test.Thing\nmetadata: ${nope}\nport: 1\n"],
  "a whole document": ["nope", "$if: nope\n$then: { kind: Test.Thing }\n"],
  "a parameter": [
    "nope",
    template("T", ONE, PORTS),
    "kind: T\nmetadata: { name: it }\nport: ${nope}\n",
    resource("Thing", "b", "port: ${{ Test.Thing.made.port }}"),
  ],
  "a parameter that is gone through": [
    "nope",
    template("T", LOOP, PORTS),
    "kind: T\nmetadata: { name: it }\nports: ${nope}\n",
  ],
  "a parameter that names": [
    "nope",
    template("T", "- kind: Test.Thing\n  metadata: { name: '${{ name }}' }\n  port: 1"),
    "kind: T\nmetadata: { name: it }\nname: ${nope}\n",
  ],
  "a parameter of the wrong type": [
    "must be an integer",
    template("T", ONE, PORTS),
    "kind: T\nmetadata: { name: it }\nport: text\n",
    resource("Thing", "b", "port: ${{ Test.Thing.made.port }}"),
  ],
  "an expression of a body that cannot be read": [
    "ends too early",
    template("T", ONE.replace("port + 1", "port +"), PORTS),
    "kind: T\nmetadata: { name: it }\nport: 1\n",
    resource("Thing", "b", "port: ${{ Test.Thing.made.port }}"),
  ],
  "a loop of a body that cannot be read": [
    "ends too early",
    template("T", LOOP.replace("in ports", "in ports +"), PORTS),
    "kind: T\nmetadata: { name: it }\nports: [1]\n",
  ],
  "an expression of a body": [
    "size",
    template("T", ONE.replace("port + 1", "size(port)"), PORTS),
    "kind: T\nmetadata: { name: it }\nport: 1\n",
    resource("Thing", "b", "port: ${{ Test.Thing.made.port }}"),
  ],
};

for (const [name, [word, ...resources]] of Object.entries(MISTAKES)) {
  test(`${name} that fails is one error`, async () => {
    const { run, platform } = commandLine({
      resources: resources.join("---\n"),
      definitions: { Thing: SCHEMA },
    });
    assert.equal(await run("check", "."), 1);
    const errors = platform.stderrText().match(/^error\[.*/gm) ?? [];
    assert.equal(errors.length, 1, platform.stderrText());
    assert.match(errors[0]!, new RegExp(word));
  });
}
