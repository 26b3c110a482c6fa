/** The page that `digly kinds` prints for one kind. */
import type { DocumentedKind } from "./load_kinds.ts";
import { describeDeclaredType } from "./declared_type.ts";
import { choicesOf, fieldsOf, type SchemaField } from "./schema_fields.ts";
import { relativeTo } from "../report.ts";
import { type Paint, visible } from "../../diagnostics/style.ts";

/** Options of {@link kindPage}. */
export interface PageOptions {
  readonly paint: Paint;
  /** Absolute path of the working directory. */
  readonly cwd: string;
}

/** The page, ending in a line break. */
export function kindPage(kind: DocumentedKind, { paint, cwd }: PageOptions): string {
  const title = (text: string) => paint("bold", text);
  const facts = factsOf(kind, cwd);
  const width = Math.max(...facts.map(([name]) => name.length));
  const fields = fieldsOf(kind.schema);
  return [
    title(kind.kind),
    ...(kind.description === null ? [] : [kind.description]),
    "",
    ...facts.map(([name, value]) => `${paint("cyan", name.padEnd(width))}  ${value}`),
    "",
    title("Fields"),
    ...(fields.length === 0 ? [`  ${withoutFields(kind)}`] : fieldLines(fields, paint)),
    ...choicesOf(kind.schema).map((choice) => `  One of these is required: ${choice.join(", ")}`),
    ...errorLines(kind, paint, title),
    "",
    title("Example"),
    ...kind.example.trimEnd().split("\n").map((line) => `  ${line}`.trimEnd()),
    "",
  ].join("\n");
}

function factsOf(kind: DocumentedKind, cwd: string): [name: string, value: string][] {
  const {
    module,
    type,
    definedIn,
    runtimes,
    events,
    scope,
    unknownFields,
    concurrentInit,
    resources,
    execution,
    provides,
  } = kind;
  const facts: [string, string | undefined][] = [
    ["module", module],
    ["extends", kind.extends ?? undefined],
    ["defined in", definedIn ? `${relativeTo(cwd, definedIn.file)}:${definedIn.line}` : undefined],
    ["runs on", listed([...new Set(runtimes)])],
    ["init", concurrentInit ? "together with neighbouring resources" : undefined],
    ["inline", listed(resources, "resources in ")],
    ["input", describeDeclaredType(execution.input)],
    ["result", describeDeclaredType(execution.output)],
    ["provides", listed(provides, "to expressions of others: ")],
    ["events", listed(events.map((event) => `${kind.kind}.${event}`))],
    ["expressions", scope === "*" ? "may use any name" : listed(scope, "may use ")],
    ["other fields", unknownFields === "warn" ? "are kept, with a warning" : undefined],
    [
      "note",
      type === "template" ? "a template, replaced by the resources it generates" : undefined,
    ],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined);
}

function listed(names: readonly string[], before = ""): string | undefined {
  return names.length === 0 ? undefined : before + names.join(", ");
}

/** The section of the errors, if the kind declares any. */
function errorLines({ errors }: DocumentedKind, paint: Paint, title: (text: string) => string) {
  if (errors === "*") return ["", title("Errors"), "  any: it runs code of the app"];
  const lines = Object.entries(errors).flatMap(([code, { status, description }]) => [
    `  ${paint("cyan", visible(code))}${status === null ? "" : `  ${paint("grey", `${status}`)}`}`,
    ...(description === null ? [] : [`      ${description.replaceAll("\n", " ")}`]),
  ]);
  return lines.length === 0 ? [] : ["", title("Errors"), ...lines];
}

function withoutFields({ schema }: DocumentedKind): string {
  return schema === null || schema === true
    ? "It has no schema: any field is allowed"
    : "It has no fields beside kind and metadata";
}

function fieldLines(fields: readonly SchemaField[], paint: Paint): string[] {
  return fields.flatMap(({ path, type, required, default: value, description }) => {
    const facts = [type, required ? "required" : "", value === undefined ? "" : `default ${value}`];
    return [
      `  ${paint("cyan", visible(path))}  ${paint("grey", facts.filter(Boolean).join(", "))}`,
      ...(description === undefined ? [] : [`      ${description.replaceAll("\n", " ")}`]),
    ];
  });
}
