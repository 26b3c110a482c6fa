/** Runs everything the README shows, as it is printed there. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { assertCode, forms, freePort, root, run, start, tempApp, until } from "./forms.ts";

const readme = readFileSync(`${root}README.md`, "utf8");

/** Files that the page shows under `<!-- app: name -->`. */
const files = Object.fromEntries(
  Array.from(
    readme.matchAll(/<!-- app: (\S+) -->\s*```\w+\n([^]*?)```/g),
    ([, name, content]) => [name!, content!],
  ),
);

/** The page's commands: lines of its shell blocks, without their comments. */
const commands = Array.from(readme.matchAll(/```sh\n([^]*?)```/g), ([, block]) => block!)
  .flatMap((block) => block.split("\n"))
  .map((line) => line.replace(/\s+#.*$/, "").trim())
  .filter((line) => line !== "");

/** Splits a command line as a shell does, quotes removed. */
function words(line: string): string[] {
  return Array.from(
    line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g),
    ([, single, double, bare]) => (single ?? double ?? bare)!,
  );
}

/** The arguments of the page's `digly` command that begins with these words. */
function argumentsOf(beginning: string): string[] {
  const line = commands.find((command) => command.startsWith(`digly ${beginning}`));
  assert.ok(line, `the README shows no "digly ${beginning}"`);
  return words(line).slice(1);
}

/** The ways to get the program, by the file that goes each of them. */
const GOT: Readonly<Record<string, string>> = {
  '(curl -fsSL "$DIGLY_RELEASES/install.sh" || echo exit 1) | sh && digly runtime.yaml':
    "install_test.ts",
  "npx digly runtime.yaml": "package_test.ts",
  "bunx digly runtime.yaml": "package_test.ts",
  "deno run -A npm:digly runtime.yaml": "package_test.ts",
  "scripts/container/rootfs.sh digly rootfs": "container_test.ts",
};

test("every command of the page is run by this file, or by the one that is named", () => {
  const unknown = commands.filter((line) =>
    !/^(npm (start|test|run (build|test:fast))$|curl 'http|npx (deno run -A|bun) mod\.ts examples|digly )/
      .test(line)
  );
  assert.deepEqual(unknown, Object.keys(GOT));
  for (const file of Object.values(GOT)) assert.ok(existsSync(`${root}tests/runtimes/${file}`));
});

describe("the app of twenty lines", () => {
  for (const form of forms) {
    test(`${form.name} serves it`, async () => {
      const port = await freePort();
      const cwd = tempApp({
        ...files,
        "runtime.yaml": files["runtime.yaml"]!.replace("port: 8080", `port: ${port}`),
      });
      const app = start(form, argumentsOf("runtime.yaml"), { cwd });
      await app.waitFor(new RegExp(`http://127\\.0\\.0\\.1:${port}`));
      const answer = await fetch(`http://127.0.0.1:${port}/v1/greet/Ada`);
      assert.deepEqual(await answer.json(), { greeting: "Hello Ada!" });
      app.kill("SIGTERM");
      assertCode(await app.exited, 0);
    });

    test(`${form.name} checks it and runs one resource of it`, async () => {
      const cwd = tempApp(files);
      const checked = await run(form, argumentsOf("check runtime.yaml"), { cwd });
      assertCode(checked, 0);
      const executed = await run(form, argumentsOf("exec runtime.yaml"), { cwd });
      assert.deepEqual(JSON.parse(executed.stdout), { greeting: "Hello Ada!" });
    });

    test(`${form.name} loads the controller the page shows`, async () => {
      const ended = await run(form, argumentsOf("exec clock.yaml"), { cwd: tempApp(files) });
      assert.equal(ended.stdout, "5\n", ended.stderr);
    });
  }
});

describe("in a clone", () => {
  /** The page's request; the example takes another port from PORT, so that it is free. */
  const shown = "http://127.0.0.1:8080/v1/hello?name=Ada";

  /** Runs a command of the page until it serves, asks what the page asks, and stops it. */
  async function serves(command: string, args: string[]): Promise<void> {
    assert.ok(commands.includes(`curl '${shown}'`));
    const port = String(await freePort());
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, PORT: port },
      stdio: "pipe",
      detached: true,
    });
    let output = "";
    child.stdout.on("data", (chunk) => output += chunk);
    child.stderr.on("data", (chunk) => output += chunk);
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    try {
      const address = `http://127.0.0.1:${port}`;
      await until(() => output.includes(address) || child.exitCode !== null);
      assert.ok(output.includes(address), output);
      const answer = await fetch(shown.replace("8080", port));
      assert.equal(await answer.text(), '{"greeting":"Hello Ada!"}');
      process.kill(-child.pid!, "SIGINT");
      assert.equal(await ended, 0, output);
    } finally {
      if (child.exitCode === null && child.signalCode === null) {
        process.kill(-child.pid!, "SIGKILL");
      }
    }
  }

  // One after the other: the example listens on the port the page names.
  test("npm start, deno and bun serve hello-api, and Ctrl-C stops them cleanly", async () => {
    await serves("npm", ["start"]);
    for (const name of ["deno", "bun"]) {
      const line = commands.find((command) =>
        command.includes("examples/hello-api") && command.startsWith(`npx ${name} `)
      );
      const [, , ...args] = words(line!);
      await serves(`${root}node_modules/.bin/${name}`, args);
    }
  });
});
