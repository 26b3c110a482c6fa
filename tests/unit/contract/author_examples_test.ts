/** That every export of `digly/module` and `digly/testing` has an example, and that it compiles. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

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
declare const received: string;
declare const value: string;
declare const chunk: unknown;
declare const error: unknown;
declare const input: unknown;
declare const output: unknown;
declare const result: unknown;
declare const written: unknown;
`;

interface Documented {
  readonly name: string;
  readonly declarations: readonly {
    readonly jsDoc?: { readonly doc?: string; readonly tags?: readonly Tag[] };
  }[];
}

interface Tag {
  readonly kind: string;
  readonly doc?: string;
}

/** The exports of a file with their documentation. */
function exportsOf(file: string): readonly Documented[] {
  const json = execFileSync(`${root}node_modules/.bin/deno`, ["doc", "--json", file], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { nodes } = JSON.parse(json) as { nodes: Record<string, { symbols: Documented[] }> };
  return Object.values(nodes).flatMap(({ symbols }) => symbols);
}

/** A file with an example in a function, so that each may declare what it likes. */
function fileOf(example: string, names: readonly string[], from: string): string {
  const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(example));
  const imports = `import { ${used.join(", ")} } from ${JSON.stringify(from)};\n`;
  return /^export /m.test(example)
    ? `${imports}${example}\n`
    : `${imports}export async function example() {\n${example}\n}\n`;
}

const module = exportsOf("src/contract/author.ts");
const testing = exportsOf("testing.ts");

test("every export of digly/module and digly/testing has a description and an example", () => {
  const missing = [...module, ...testing].filter(({ declarations }) =>
    !declarations.some(({ jsDoc }) =>
      jsDoc?.doc && jsDoc.tags?.some(({ kind }) => kind === "example")
    )
  );
  assert.deepEqual(missing.map(({ name }) => name), []);
});

test("the examples compile", () => {
  const folder = mkdtempSync(`${root}tests/unit/contract/examples-`);
  try {
    const names = [...module, ...testing].map(({ name }) => name);
    writeFileSync(
      `${folder}/all.ts`,
      `export * from "../../../../src/contract/author.ts";
export * from "../../../../testing.ts";\n`,
    );
    writeFileSync(
      `${folder}/known.d.ts`,
      `import type * as author from "./all.ts";\ndeclare global {${KNOWN}}\n`,
    );
    let count = 0;
    for (const { name, declarations } of [...module, ...testing]) {
      const examples = declarations.flatMap(({ jsDoc }) => jsDoc?.tags ?? [])
        .flatMap(({ kind, doc }) => kind === "example" && doc !== undefined ? [doc] : []);
      for (const example of examples) {
        writeFileSync(`${folder}/${name}_${count++}.ts`, fileOf(example, names, "./all.ts"));
      }
    }
    assert.ok(count >= names.length);
    const compilerOptions = {
      noUnusedLocals: false,
      noUnusedParameters: false,
      isolatedDeclarations: false,
      declaration: false,
      verbatimModuleSyntax: false,
    };
    writeFileSync(
      `${folder}/tsconfig.json`,
      JSON.stringify({ extends: "../../../../tsconfig.json", compilerOptions, include: ["."] }),
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
