/** That the examples of `digly/module` and `digly/testing` compile. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { documentedExports } from "../documented.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Values that examples use without saying where they come from. */
const KNOWN = `
declare const ctx: author.ModuleCreateContext;
declare const execution: author.Context;
declare const resource: author.RuntimeResource;
declare const urn: string;
declare const validate: author.Validator;
declare const violations: readonly author.Violation[];
declare const request: Request;
declare const writer: WritableStreamDefaultWriter<unknown>;
declare const connection: { send(text: string): void };
declare const send: (value: unknown) => Promise<unknown>;
declare const bytes: Uint8Array;
declare const text: string;
declare const received: string;
declare const value: string;
declare const chunk: unknown;
declare const error: unknown;
declare const input: unknown;
declare const output: unknown;
declare const result: unknown;
declare const written: unknown;
`;

/** A file with an example in a function, so that each may declare what it likes. */
function fileOf(example: string, names: readonly string[], from: string): string {
  const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(example));
  const imports = `import { ${used.join(", ")} } from ${JSON.stringify(from)};\n`;
  return /^export /m.test(example)
    ? `${imports}${example}\n`
    : `${imports}export async function example() {\n${example}\n}\n`;
}

test("the examples compile", () => {
  const folder = mkdtempSync(`${tmpdir()}/digly-examples-`);
  try {
    const exported = ["src/contract/author.ts", "testing.ts"].flatMap(documentedExports);
    const names = exported.map(({ name }) => name);
    writeFileSync(
      `${folder}/all.ts`,
      `export * from "${root}src/contract/author.ts";
export * from "${root}testing.ts";\n`,
    );
    writeFileSync(
      `${folder}/known.d.ts`,
      `import type * as author from "./all.ts";\ndeclare global {${KNOWN}}\n`,
    );
    let count = 0;
    for (const { name, examples } of exported) {
      for (const example of examples) {
        writeFileSync(`${folder}/${name}_${count++}.ts`, fileOf(example, names, "./all.ts"));
      }
    }
    assert.ok(count > 100);
    const compilerOptions = {
      noUnusedLocals: false,
      noUnusedParameters: false,
      isolatedDeclarations: false,
      declaration: false,
      verbatimModuleSyntax: false,
      typeRoots: [`${root}node_modules/@types`],
    };
    const include = [".", `${root}src/generated/validators.d.ts`];
    writeFileSync(
      `${folder}/tsconfig.json`,
      JSON.stringify({ extends: `${root}tsconfig.json`, compilerOptions, include }),
    );
    const { stdout } = spawnSync(`${root}node_modules/.bin/tsc`, [
      "-p",
      folder,
      "--pretty",
      "false",
    ], {
      cwd: folder,
      encoding: "utf8",
    });
    assert.equal(stdout, "");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
