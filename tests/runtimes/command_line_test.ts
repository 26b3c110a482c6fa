/** What the command line does the same in every form, beside the table of `verbs_test.ts`. */
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
