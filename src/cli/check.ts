/** `digly check`: reports every mistake that can be found without running a controller. */
import type { Diagnostics, Warning } from "../contract/diagnostics.ts";
import { type DiglyError, isDiglyError, type Origin } from "../contract/errors.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { CliHost, CommonOptions, KernelChoices } from "./host.ts";
import { relatedOf, renderError, renderWarning } from "./report.ts";
import { openSession, type Session } from "./session.ts";

/** The options of `check`. */
export interface CheckOptions extends CommonOptions {
  readonly format: "text" | "json";
  /** Refuse remote manifests that no hash pins. */
  readonly frozen?: boolean;
  /** Exit with 1 also if there are only warnings. */
  readonly strict?: boolean;
}

/** One thing a check found. */
export type Finding =
  | { readonly severity: "error"; readonly problem: DiglyError }
  | { readonly severity: "warning"; readonly problem: Warning };

/** What a check found, in the order of the files, and what it worked with. */
export interface Checked {
  readonly findings: readonly Finding[];
  readonly session: Session;
}

/** Checks the app at `path`; resolves with the exit code. */
export async function check(host: CliHost, path: string, options: CheckOptions): Promise<number> {
  const { findings, session } = await findProblems(host, path, options, {
    frozen: options.frozen ?? false,
  });
  const ok = options.strict ? findings.length === 0 : !hasErrors(findings);
  if (options.format === "json") showJson(findings, ok, session);
  else showText(findings, session);
  return ok ? 0 : 1;
}

/** Loads and verifies the app at `path`; `choices` are for its kernel, seen before it loads. */
export async function findProblems(
  host: CliHost,
  path: string,
  options: CommonOptions,
  choices: KernelChoices = {},
  before: (kernel: Kernel) => void = () => {},
): Promise<Checked> {
  const findings: Finding[] = [];
  const diagnostics: Diagnostics = {
    error: (problem) => void findings.push({ severity: "error", problem }),
    warning: (problem) => void findings.push({ severity: "warning", problem }),
  };
  const session = await openSession(host, options, {
    ...choices,
    diagnostics,
    checking: true,
  });
  before(session.kernel);
  try {
    await session.kernel.load(path);
    await session.kernel.verify();
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    if (!findings.some(({ problem }) => problem === error)) diagnostics.error(error);
  }
  return { findings: findings.sort(byPlace), session };
}

/** True for a value that is read where the app runs: a variable of the environment, a secret. */
export function dependsOnHost(problem: DiglyError | Warning): boolean {
  return problem.code === "WARN_UNKNOWN_VALUE" ||
    ("details" in problem && "variable" in problem.details);
}

/** True when one of the findings is an error. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === "error");
}

/** By file, then by line; what has no place comes first. */
function byPlace({ problem: { origin: a } }: Finding, { problem: { origin: b } }: Finding): number {
  const [fileA, fileB] = [a?.file ?? "", b?.file ?? ""];
  if (fileA !== fileB) return fileA < fileB ? -1 : 1;
  return (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0);
}

function showJson(findings: readonly Finding[], ok: boolean, { kernel, platform }: Session): void {
  const diagnostics = findings.map(({ severity, problem }) => ({
    severity,
    code: problem.code,
    message: kernel.redact(problem.message),
    ...placeOf(problem.origin),
    help: problem.help === undefined ? null : kernel.redact(problem.help),
    related: relatedOf(problem).map(({ message, origin }) => ({
      message: kernel.redact(message),
      ...placeOf(origin),
    })),
  }));
  const indent = platform.stdout.isTerminal ? 2 : undefined;
  platform.stdout.write(JSON.stringify({ ok, diagnostics }, undefined, indent) + "\n");
}

/** A place as tools read it. */
function placeOf(origin: Origin | undefined): Record<string, string | number | null> {
  return {
    file: origin?.file ?? null,
    line: origin?.line ?? null,
    column: origin?.column ?? null,
    length: origin?.length ?? null,
    path: origin?.path ?? null,
  };
}

/** Writes findings for people, and a line that counts them. */
export function showText(
  findings: readonly Finding[],
  { kernel, platform, rendering }: Session,
): void {
  for (const { severity, problem } of findings) {
    const text = severity === "error"
      ? renderError(problem, rendering)
      : renderWarning(problem, rendering);
    platform.stderr.write(text + "\n");
  }
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const counts = [counted(errors, "error"), counted(findings.length - errors, "warning")];
  const line = findings.length === 0
    ? `No problems in ${counted(kernel.resources().length, "resource") ?? "0 resources"}`
    : counts.filter((count) => count !== undefined).join(", ");
  platform.stderr.write(line + "\n");
}

/** `2 errors`; `undefined` for none. */
function counted(count: number, what: string): string | undefined {
  if (count === 0) return undefined;
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
