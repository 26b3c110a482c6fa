/** Apps with templates, for tests. */
import type { DiglyError } from "../../../../src/contract/errors.ts";
import type { Limits } from "../../../../src/contract/limits.ts";
import type { RuntimeResource } from "../../../../src/contract/resource.ts";
import { app } from "../../app.ts";
import { collect } from "../../documents.ts";

/** What an app of `App` with templates may add. */
export interface Extra {
  readonly files?: Readonly<Record<string, string>>;
  readonly manifest?: string;
  readonly limits?: Partial<Limits>;
}

export const definitions = {
  Thing: "",
  Later: "scope: [request, result]",
  Typed: "schema: { properties: { port: { type: integer } } }",
  Opaque: "opaque: [script, steps.*.run]",
};

/** A template of that name; `body` is the list under `resources`, `schema` in flow style. */
export function template(name: string, body: string, schema = ""): string {
  const indented = body.trim().replace(/^/gm, "  ");
  return `kind: TemplateDefinition\nmetadata: { name: ${name} }\n${
    schema === "" ? "" : `schema: ${schema}\n`
  }resources:\n${indented}\n`;
}

/** Every resource of an app but its templates. */
export async function expanded(
  resources: string | readonly string[],
  extra: Extra = {},
): Promise<readonly RuntimeResource[]> {
  const { kernel } = app({ resources: [resources].flat().join("---\n"), definitions, ...extra });
  await kernel.load("runtime.yaml");
  return kernel.resources().filter(({ kind }) => kind !== "TemplateDefinition");
}

/** The fields of the resources, without kind and metadata. */
export async function fields(
  resources: string | readonly string[],
  extra: Extra = {},
): Promise<unknown[]> {
  return (await expanded(resources, extra)).map(({ kind: _kind, metadata: _metadata, ...own }) =>
    own
  );
}

/** `Kind.Name` of the resources. */
export async function urns(
  resources: string | readonly string[],
  extra: Extra = {},
): Promise<string[]> {
  return (await expanded(resources, extra)).map(({ kind, metadata }) => `${kind}.${metadata.name}`);
}

/** What is wrong with an app. */
export async function problems(
  resources: string | readonly string[],
  extra: Extra = {},
): Promise<DiglyError[]> {
  return (await findings(resources, extra)).errors;
}

/** Errors and warnings of an app. */
export async function findings(
  resources: string | readonly string[],
  extra: Extra = {},
): Promise<ReturnType<typeof collect>> {
  const diagnostics = collect();
  const { kernel } = app({
    resources: [resources].flat().join("---\n"),
    definitions,
    diagnostics,
    ...extra,
  });
  await kernel.load("runtime.yaml");
  await kernel.verify();
  return diagnostics;
}

/** `code: message` of each error. */
export function lines(errors: readonly DiglyError[]): string[] {
  return errors.map(({ code, message }) => `${code}: ${message}`);
}
