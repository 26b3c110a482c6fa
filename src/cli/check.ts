/** `digly check`: reports every problem that can be found without running a controller. */
import type { Diagnostics, Warning } from "../contract/diagnostics.ts";
import { type DiglyError, isDiglyError, type Origin } from "../contract/errors.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { CliHost, CommonOptions, KernelChoices } from "./host.ts";
import { relatedOf } from "../diagnostics/related.ts";
import { shortened } from "../diagnostics/shortened.ts";
import { relativeTo, renderError, renderWarning } from "./report.ts";
import { openSession, type Session } from "./session.ts";
import { checkTestFiles, TEST_FILE, testsAt, testsBeside } from "./test/check_tests.ts";

/** The options of `check`. */
export interface CheckOptions extends CommonOptions {
  readonly format: "text" | "json";
  /** Ask servers, such as databases about the types of columns. */
  readonly connect?: boolean;
  /** Reject remote manifests that are not pinned by a hash. */
  readonly frozen?: boolean;
  /** Exit with 1 also if there are only warnings. */
  readonly strict?: boolean;
  /** Print the type of every expression as well. */
  readonly types?: boolean;
}

/** One problem that a check found. */
export type Finding =
  | { readonly severity: "error"; readonly problem: DiglyError }
  | { readonly severity: "warning"; readonly problem: Warning };

/** The findings of a check, sorted by file and line, and its session. */
export interface CheckResult {
  readonly findings: readonly Finding[];
  readonly session: Session;
}

/** Checks the app or the tests at `path`; resolves with the exit code. */
export async function check(host: CliHost, path: string, options: CheckOptions): Promise<number> {
  const { findings, session, resources, cases } = await checkPath(host, path, options);
  const ok = options.strict ? findings.length === 0 : !hasErrors(findings);
  const types = options.types ? await typesIn(session) : undefined;
  const isLoaded = resources !== undefined && !hasErrors(findings);
  const code = isLoaded ? reportedCode(await session.kernel.code()) : [];
  if (options.format === "json") showJson(findings, ok, session, { types, code });
  else {
    for (const { file, line, column, expression, type } of types ?? []) {
      const text = expression.replaceAll(/\s+/g, " ");
      const place = relativeTo(session.rendering.cwd, file);
      session.platform.stdout.write(`${place}:${line}:${column}: ${text}: ${type}\n`);
    }
    if (findings.length > 0) showText(findings, session);
    else {
      const all = countAll([[resources, "resource"], [cases, "test case"]]);
      session.platform.stderr.write(`No problems in ${all}\n`);
    }
    if (code.length > 0) session.platform.stderr.write(describeCode(code));
  }
  return ok ? 0 : 1;
}

/** The names of resources that are listed for each sort of code. */
const MOST_NAMES = 5;
const SORTS = { trusted: "trusted", isolated: "isolated", wasm: "WebAssembly" } as const;

/** The resources with code, and how much it is trusted. */
type CodeOfResources = Awaited<ReturnType<Kernel["code"]>>;

/** Nothing for an app whose code is all trusted, as that of most is. */
function reportedCode(resources: CodeOfResources): CodeOfResources {
  return resources.every(({ code }) => code === "trusted") ? [] : resources;
}

/** A line on what code is trusted. */
function describeCode(resources: CodeOfResources): string {
  const parts = Object.entries(SORTS).flatMap(([sort, name]) => {
    const urns = resources.filter(({ code }) => code === sort).map(({ urn }) => urn);
    if (urns.length === 0) return [];
    const more = urns.length > MOST_NAMES ? `, and ${urns.length - MOST_NAMES} more` : "";
    return [`${urns.length} ${name} (${urns.slice(0, MOST_NAMES).join(", ")}${more})`];
  });
  return `Code: ${parts.join(", ")}\n`;
}

/** What {@link checkPath} found in an app or a file with tests. */
export interface CheckedPath extends CheckResult {
  /** The number of resources; `undefined` if only tests were checked. */
  readonly resources: number | undefined;
  /** The number of test cases; `undefined` without any file of tests. */
  readonly cases: number | undefined;
}

/** Checks the app at `path` with the tests beside it, or a file with tests. */
export async function checkPath(
  host: CliHost,
  path: string,
  options: CommonOptions & Pick<CheckOptions, "connect" | "frozen">,
): Promise<CheckedPath> {
  const choices = { frozen: options.frozen ?? false, connects: options.connect ?? false };
  const isTest = TEST_FILE.test(path);
  const app = isTest
    ? { findings: [], session: await openSession(host, options, choices) }
    : await findProblems(host, path, options, choices);
  const tests = isTest ? await testsAt(path, host) : testsBeside(path, host);
  // The app itself is checked already, unless only its tests are asked for.
  const checked = tests.length === 0 ? undefined : await checkTestFiles(host, tests, options, {
    verify: isTest,
    progress: app.session.progress,
  });
  return {
    findings: checked === undefined ? app.findings : withErrors(app.findings, checked.errors),
    session: checked === undefined ? app.session : alsoRedacting(app.session, checked.redact),
    resources: isTest ? undefined : app.session.kernel.resources().length,
    cases: checked?.count,
  };
}

/** An expression as `--types` prints it. */
interface PrintedType {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly expression: string;
  readonly type: string;
}

/** The types of all expressions; of an app that could not be loaded there are none. */
async function typesIn({ kernel }: Session): Promise<PrintedType[]> {
  try {
    return (await kernel.expressions()).map((typed) => {
      const { file, line, column } = typed.origin;
      return { file, line, column, expression: kernel.redact(typed.expression), type: typed.type };
    });
  } catch (error) {
    if (isDiglyError(error)) return [];
    throw error;
  }
}

/** Loads and verifies the app at `path`; `onKernel` receives the kernel before it loads. */
export async function findProblems(
  host: CliHost,
  path: string,
  options: CommonOptions,
  choices: KernelChoices = {},
  onKernel: (kernel: Kernel) => void = () => {},
): Promise<CheckResult> {
  const findings: Finding[] = [];
  const diagnostics: Diagnostics = {
    error: (problem) => add({ severity: "error", problem }),
    warning: (problem) => add({ severity: "warning", problem }),
  };
  // A file that is included twice has each of its mistakes twice.
  const known = new Set<string>();
  function add(finding: Finding): void {
    const key = keyOf(finding.problem);
    if (finding.problem.origin !== undefined && known.has(key)) return;
    known.add(key);
    findings.push(finding);
  }
  const session = await openSession(host, options, {
    ...choices,
    diagnostics,
    takesRoles: true,
    checking: true,
  });
  onKernel(session.kernel);
  try {
    await session.kernel.load(path);
    await session.kernel.verify();
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    if (!findings.some(({ problem }) => problem === error)) diagnostics.error(error);
  }
  return { findings: findings.sort(byLocation), session };
}

/** The findings with those of tests; what an app was found to have already is one mistake. */
function withErrors(
  findings: readonly Finding[],
  errors: readonly DiglyError[],
): readonly Finding[] {
  const all = new Map(findings.map((finding) => [keyOf(finding.problem), finding]));
  for (const problem of errors) {
    const key = keyOf(problem);
    if (!all.has(key)) all.set(key, { severity: "error", problem });
  }
  return [...all.values()].sort(byLocation);
}

/** The place and the words of a problem. */
function keyOf({ origin, message }: DiglyError | Warning): string {
  return JSON.stringify([origin?.file, origin?.line, origin?.column, message]);
}

function alsoRedacting(session: Session, redact: (text: string) => string): Session {
  const { rendering } = session;
  const own = rendering.redact ?? String;
  return { ...session, rendering: { ...rendering, redact: (text) => redact(own(text)) } };
}

/** True if a problem depends on the host: a value from the environment or from a secret. */
export function dependsOnHost(problem: DiglyError | Warning): boolean {
  return problem.code === "WARN_UNKNOWN_VALUE" ||
    ("details" in problem && "variable" in problem.details);
}

/** True if at least one finding is an error. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === "error");
}

/** Sorts by file, then by line; problems without a location come first. */
function byLocation(
  { problem: { origin: a } }: Finding,
  { problem: { origin: b } }: Finding,
): number {
  const [fileA, fileB] = [a?.file ?? "", b?.file ?? ""];
  if (fileA !== fileB) return fileA < fileB ? -1 : 1;
  return (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);
}

function showJson(
  findings: readonly Finding[],
  ok: boolean,
  { rendering: { redact = String }, platform }: Session,
  more: { readonly types: readonly PrintedType[] | undefined; readonly code: CodeOfResources },
): void {
  const shown = (text: string) => shortened(redact(text));
  const diagnostics = findings.map(({ severity, problem }) => ({
    severity,
    code: problem.code,
    message: shown(problem.message),
    ...jsonLocation(problem.origin),
    help: problem.help === undefined ? null : shown(problem.help),
    related: relatedOf(problem).map(({ message, origin }) => ({
      message: shown(message),
      ...jsonLocation(origin),
    })),
  }));
  const indent = platform.stdout.isTerminal ? 2 : undefined;
  const code = more.code.map(({ urn, code }) => ({ resource: urn, code }));
  const report = { ok, diagnostics, ...(code.length > 0 ? { code } : {}), types: more.types };
  platform.stdout.write(JSON.stringify(report, undefined, indent) + "\n");
}

/** A location in the form that tools read. */
function jsonLocation(origin: Origin | undefined): Record<string, string | number | null> {
  return {
    file: origin?.file ?? null,
    line: origin?.line ?? null,
    column: origin?.column ?? null,
    length: origin?.length ?? null,
    path: origin?.path ?? null,
  };
}

/** Writes findings as text, followed by a line with their number. */
export function showText(
  findings: readonly Finding[],
  { platform, rendering }: Session,
): void {
  for (const { severity, problem } of findings) {
    const text = severity === "error"
      ? renderError(problem, rendering)
      : renderWarning(problem, rendering);
    platform.stderr.write(text + "\n");
  }
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const counts = [countOf(errors, "error"), countOf(findings.length - errors, "warning")];
  platform.stderr.write(counts.filter((count) => count !== undefined).join(", ") + "\n");
}

/** `2 resources and 1 test case`, of the numbers that are given. */
function countAll(counts: readonly (readonly [number | undefined, string])[]): string {
  return counts.flatMap(([count, what]) =>
    count === undefined ? [] : [countOf(count, what) ?? `0 ${what}s`]
  ).join(" and ");
}

/** `2 errors`; `undefined` for none. */
function countOf(count: number, what: string): string | undefined {
  if (count === 0) return undefined;
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
