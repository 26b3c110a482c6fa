/** Apps with broken or hostile input, and the error that each must give. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type AppFiles, load } from "./loader.ts";

/** Files of an app, and the error that they give. */
export interface Case {
  readonly files: AppFiles;
  readonly code: string;
  readonly says: RegExp;
  /** `file:line:column` of the error. */
  readonly place?: string;
}

const MANIFEST = "name: App\ndefinitions: [thing.yaml]\nimports: [digly:core]\n---\n";
const THING = "kind: Runtime.Definition\nmetadata: { name: Thing, resourceKind: Thing }\n";

/** An app of one resource with these lines. */
export function thing(lines: string, files: AppFiles = {}): AppFiles {
  return app(`kind: App.Thing\nmetadata: { name: a }\n${lines}\n`, files);
}

/** An app of a template with this list under `resources`, and an instance of it. */
export function template(resources: string, parameters = ""): AppFiles {
  return app(
    `kind: TemplateDefinition\nmetadata: { name: Shape }\nresources:\n${
      resources.replace(/^/gm, "  ")
    }\n---\nkind: Shape\nmetadata: { name: it }\n${parameters}\n`,
  );
}

export function app(documents: string, files: AppFiles = {}): AppFiles {
  return { "/app/runtime.yaml": MANIFEST + documents, "/app/thing.yaml": THING, ...files };
}

export function limit(name: string, place?: string): Pick<Case, "code" | "says" | "place"> {
  const says = new RegExp(`\`${name}\``);
  return place === undefined
    ? { code: "ERR_LIMIT_EXCEEDED", says }
    : { code: "ERR_LIMIT_EXCEEDED", says, place };
}

export const aliases: string = Array.from(
  { length: 9 },
  (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(", ")}]`,
).join("\n");

/** Maps over lists, each inside the other. */
export function comprehensions(...lengths: number[]): string {
  return lengths.reduceRight((inner, length, i) => `range(${length}).map(x${i}, ${inner})`, "1");
}

/** Lists that double, each bound to a name. */
export function binds(count: number, body: string, name = "a"): string {
  const steps = Array.from({ length: count }, (_, i) => i + 1);
  return steps.reduceRight(
    (inner, i) => `cel.bind(${name}${i}, [${name}${i - 1}, ${name}${i - 1}], ${inner})`,
    body,
  ).replace(/^/, `cel.bind(${name}0, [1], `) + ")";
}

/** Resources, each with a value that reads the one after it. */
export function chain(count: number, value: (next: string) => string): string {
  return Array.from(
    { length: count },
    (_, i) =>
      `kind: App.Thing\nmetadata: { name: v${i} }\nv: ${
        i === count - 1 ? "end" : value(`v${i + 1}`)
      }\n`,
  ).join("---\n");
}

/** Tests that each app gives its error, at a boot and at a check, in little time. */
export function testCases(cases: Readonly<Record<string, Case>>): void {
  for (const [name, { files, code, says, place }] of Object.entries(cases)) {
    test(name, async () => {
      const [booting, checking] = await Promise.all([load(files, false), load(files, true)]);
      for (const { errors, crash, milliseconds } of [booting, checking]) {
        assert.equal(crash, undefined);
        assert.ok(errors.length > 0, "there is no error");
        assert.ok(errors.length <= 10, `there are ${errors.length} errors`);
        const [first] = errors;
        assert.equal(first!.code, code, first!.message);
        assert.match(`${first!.message}\n${first!.help}`, says);
        if (place !== undefined) assert.equal(first!.place, place);
        assert.ok(first!.message.length < 1_000, "the message is too long to read");
        assert.ok(milliseconds < 5_000, `it took ${milliseconds} ms`);
      }
      assert.equal(booting.errors.length, 1);
    });
  }
}
