/** Makes a test case of a recorded execution. */
import { type CaseFields, type HttpStep, TEST_CASE } from "../testing/test_case.ts";
import { REDACTED } from "../contract/sensitive.ts";
import type { SavedTest, SaveTestRequest } from "./api.ts";
import { RequestProblem } from "./errors.ts";
import type { Recording } from "./recording.ts";

/** Longer results are not compared as a whole. */
const MOST_LITERAL = 4_000;

/** Makes a test case; `app` is the path of the app from the file of the test. */
export async function makeTest(
  recording: Recording,
  { name: wanted }: Pick<SaveTestRequest, "name">,
  app: string,
): Promise<Pick<SavedTest, "name" | "yaml">> {
  const { start: { urn, detail, isRequest }, state, error } = recording;
  const [root] = recording.spans;
  if (detail === "outline" || state === "running" || root === undefined) {
    throw cannotSave(
      state === "running" ? "it has not ended" : "its values were not recorded",
      "Execute it again from the inspector",
    );
  }
  const { input, output } = root;
  if (hasGap(input)) {
    throw cannotSave("its input is redacted or too large to be recorded", undefined);
  }
  const name = wanted ?? caseName(urn, state);
  const fields = {
    kind: TEST_CASE,
    metadata: { name },
    app,
    ...(isRequest ? requestOf(input, output) : executionOf(urn, input, output, error?.code)),
  };
  const { stringify } = await import("../observe/yaml.ts");
  return { name, yaml: stringify(fields, { lineWidth: 0 }) };
}

/** The step and the expectation of an execution. */
function executionOf(
  urn: string,
  input: unknown,
  output: unknown,
  code: string | undefined,
): Pick<CaseFields, "expect" | "steps"> {
  return {
    steps: [{
      name: "run",
      execute: urn,
      ...(input === undefined ? {} : { input: escaped(input) }),
    }],
    expect: code === undefined
      ? expectationsOf(output)
      : [`step.run.error.code == ${literal(code)}`],
  };
}

/** The step and the expectation of a request. */
function requestOf(input: unknown, output: unknown): Pick<CaseFields, "expect" | "steps"> {
  const { status } = (output ?? {}) as { readonly status?: number };
  return {
    steps: [{ name: "run", http: escaped(input) as HttpStep }],
    expect: status === undefined ? [] : [`step.run.response.status == ${status}`],
  };
}

function cannotSave(reason: string, help: string | undefined): RequestProblem {
  return new RequestProblem(
    409,
    "NOT_REPEATABLE",
    `No test can repeat this execution: ${reason}`,
    help,
  );
}

function caseName(urn: string, state: Recording["state"]): string {
  const name = urn.slice(urn.lastIndexOf(".") + 1).replace(/[^A-Za-z0-9_]/g, "_");
  return `${name}${state === "failed" ? "Fails" : "Works"}`;
}

/** What must be true of a result: all of it, or of a large one its kind only. */
function expectationsOf(output: unknown): string[] {
  if (output === undefined || output === null) return ["step.run.result == null"];
  if (typeof output === "string" && /^\[(?:stream|response \d+|\d+ bytes)\]$/.test(output)) {
    return ["step.run.error == null"];
  }
  const text = literal(output);
  return hasGap(output) || text.length > MOST_LITERAL
    ? ["step.run.error == null"]
    : [`step.run.result == ${text}`];
}

/** A value as CEL writes it. */
function literal(value: unknown): string {
  if (typeof value === "string") {
    return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
  }
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  return `{${
    Object.entries(value).map(([key, item]) => `${literal(key)}: ${literal(item)}`).join(", ")
  }}`;
}

/** `value` with its dollar signs as a manifest writes them, so that no text becomes an expression. */
function escaped(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("${", "$${");
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(escaped);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [escaped(key), escaped(item)]),
  );
}

/** True if a part of a value was not recorded. */
function hasGap(value: unknown): boolean {
  if (typeof value === "string") return value.includes(REDACTED);
  if (typeof value !== "object" || value === null) return false;
  return "$cut" in value || Object.values(value).some(hasGap);
}
