/** What the command line does the same in every form, beside serving and reporting mistakes. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Form, forms, run, tempApp } from "./forms.ts";

const said = {
  "runtime.yaml": "name: App\nimports: [digly:console]\n---\n" +
    "kind: Console.WriteLine\nmetadata: { name: Say }\noutput: ${env.FIRST} ${env.BOTH}\n",
  "1.env": "FIRST=1\nBOTH=1\n",
  "2.env": "BOTH=2\n",
};

/** An app that leaves a timer behind. */
const leftOpen = {
  "runtime.yaml": "name: App\nimports: [./thing]\n---\nkind: Thing.One\nmetadata: { name: a }\n",
  "thing/module.yaml": "name: Thing\ndefinitions: [one.yaml]\n",
  "thing/one.yaml":
    "kind: Runtime.Definition\nmetadata: { name: One, resourceKind: One }\ncontrollers:\n" +
    "  - { runtime: node, entrypoint: ./one.ts }\n",
  "thing/one.ts":
    "export const create = () => {\n  setInterval(() => {}, 60_000);\n  return {};\n};\n",
};

/**
 * Node looks for the file of `--env-file` itself, also behind the script's name, and ends
 * before the program starts when there is none. It does not read it; that is ours.
 */
const looksForEnvFile = ({ name }: Form) => name.startsWith("node");

/** The runtimes that can tell what keeps a process alive. */
const knowsWhatIsOpen = ({ name }: Form) => /^(?:node|deno)/.test(name);

for (const form of forms) {
  describe(form.name, () => {
    test("takes variables from files, the later one first", async () => {
      const args = ["runtime.yaml", "--env-file", "1.env", "--env-file", "2.env"];
      const ended = await run(form, args, { cwd: tempApp(said) });
      assert.deepEqual(ended, { code: 0, signal: null, stdout: "1 2\n", stderr: "" });
    });

    test("the environment wins over files", async () => {
      const args = ["runtime.yaml", "--env-file", "1.env"];
      const ended = await run(form, args, { cwd: tempApp(said), env: { BOTH: "own" } });
      assert.equal(ended.stdout, "1 own\n", ended.stderr);
    });

    test("an environment file that does not exist ends it and is named", async () => {
      const args = ["runtime.yaml", "--env-file", "no.env"];
      const { code, stdout, stderr } = await run(form, args, { cwd: tempApp(said) });
      assert.equal(stdout, "");
      if (looksForEnvFile(form)) {
        assert.equal(code, 9);
        assert.match(stderr, /no\.env: not found/);
      } else {
        assert.equal(code, 2);
        assert.match(
          stderr,
          /^error\[ERR_USAGE\]: The environment file "no\.env" does not exist\n/,
        );
      }
    });

    test("expand prints the resources as YAML", async () => {
      const cwd = tempApp({
        "runtime.yaml": "name: App\nimports: [digly:console]\n---\n" +
          "kind: Console.WriteLine\nmetadata: { name: Say }\noutput: ${1 + 1} and $${x}\n",
      });
      const { code, stdout, stderr } = await run(form, ["expand", "runtime.yaml"], { cwd });
      assert.equal(code, 0, stderr);
      assert.match(
        stdout,
        /^kind: Console\.WriteLine\nmetadata:\n {2}name: Say\n {2}uri: file:.*\n {2}generationDepth: 0\noutput: 2 and \$\{x\}\n$/,
      );
    });

    test("what an app leaves open does not keep the process", async () => {
      const args = ["runtime.yaml", "--log-format=text"];
      const { code, stderr } = await run(form, args, { cwd: tempApp(leftOpen) });
      assert.equal(code, 0, stderr);
      const warning = knowsWhatIsOpen(form)
        ? "warn   kernel  Exiting although this is still open: a timer\n"
        : "";
      assert.equal(stderr, warning);
    });
  });
}
