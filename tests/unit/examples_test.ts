/** `digly check --strict` finds nothing in the examples: every warning about them is a false alarm. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { main } from "../../src/cli/main.ts";
import { embedded } from "../../src/generated/embedded.ts";
import { hostPlatform } from "../../src/platform/host.ts";
import { testHost } from "./cli/command.ts";

const folder = fileURLToPath(new URL("../../examples/", import.meta.url));

/** Variables without which some of them do not start. */
const ENV = { JWT_SECRET: "0123456789abcdef0123456789abcdef" };

/** Checks an example; gives what is printed. */
async function check(path: string): Promise<string> {
  let text = "";
  const platform = {
    ...hostPlatform(),
    env: { ...process.env, NO_COLOR: "1", ...ENV },
    stderr: {
      isTerminal: false,
      write(chunk: string | Uint8Array) {
        text += typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
      },
    },
  };
  await main(["check", "--strict", path], testHost(platform, embedded));
  return text;
}

const examples = readdirSync(folder).filter((name) => existsSync(`${folder}${name}/runtime.yaml`));

for (const name of examples) {
  test(`${name} has no problems, and no warnings`, async () => {
    assert.match(await check(folder + name), /^No problems in /);
  });
}
