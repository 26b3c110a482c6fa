/** Finds the mistakes of a test case that show before it runs, given the app that it tests. */
import { type DiglyError, fail } from "../contract/errors.ts";
import { isDeferred, type Path } from "../contract/resource.ts";
import { didYouMeanUrn } from "../diagnostics/nearest.ts";
import { unknownResourceHelp } from "../diagnostics/unknown_resource.ts";
import { codesOf } from "../template/deferred/deferred.ts";
import { placeOfPart } from "../template/expr/expression_error.ts";
import { problemInStep } from "./case_expressions.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { CLOCK, type TestCase } from "./test_case.ts";
import { urnsOf } from "./urns.ts";

/** Reports the mistakes of a case that show without its app. */
export function checkCase(testCase: TestCase, report: (error: DiglyError) => void): void {
  const { fields: { mock, steps } } = testCase;
  const now = mock.Clock?.now;
  if (now !== undefined && Number.isNaN(Date.parse(now))) {
    report(invalid(testCase, `"${now}" is not a time`, ["mock", CLOCK, "now"], {
      help: "Write it like 2026-01-01T00:00:00Z",
    }));
  }
  const names = new Map<string, number>();
  for (const [index, { name, advance }] of steps.entries()) {
    if (advance !== undefined && now === undefined) {
      report(invalid(testCase, "only a mocked clock can be advanced", ["steps", index, "advance"], {
        help: "Add `mock: { Clock: { now: 2026-01-01T00:00:00Z } }`",
      }));
    }
    for (const field of ["input", "http"] as const) {
      checkExpressions(steps[index]?.[field], ["steps", index, field], testCase, report);
    }
    if (name === undefined) continue;
    const first = names.get(name);
    if (first === undefined) names.set(name, index);
    else {
      const origin = testCase.originAt(["steps", first, "name"]);
      report(invalid(testCase, `two steps are named "${name}"`, ["steps", index, "name"], {
        help: "Rename one of them",
        related: origin === undefined ? [] : [{ message: "the first one", origin }],
      }));
    }
  }
}

/** Reports what is wrong with the expressions in a part of a step. */
function checkExpressions(
  value: unknown,
  path: Path,
  testCase: TestCase,
  report: (error: DiglyError) => void,
): void {
  if (typeof value !== "object" || value === null) return;
  if (!isDeferred(value)) {
    for (const [key, item] of Object.entries(value)) {
      checkExpressions(item, [...path, Array.isArray(value) ? Number(key) : key], testCase, report);
    }
    return;
  }
  for (const code of codesOf(value)) {
    const problem = problemInStep(code, testCase.fields.steps, Number(path[1]));
    if (problem === undefined) continue;
    const { program: { text: expression }, offset } = code;
    const { problem: words, help, start, end } = problem;
    const origin = testCase.originAt(path);
    report(fail("ERR_EXPRESSION_TYPE", { problem: words, expression }, {
      origin: origin && (placeOfPart(origin, { expression, offset, start, end }) ?? origin),
      help,
    }));
  }
}

/** The resources of an app that is loaded and not started. */
export interface Targets {
  readonly urns: ReadonlySet<string>;
  /** True if a controller may register a resource of this name while the app boots. */
  mayRegister(urn: string): boolean;
}

/** The resources of the app of a kernel. */
export function targetsOf(kernel: Kernel): Targets {
  const app = kernel.inspect();
  return { urns: urnsOf(kernel), mayRegister: (urn) => app.mayRegister(urn) };
}

/** Reports what a case refers to and its app does not have. */
export function checkTargets(
  { fields: { mock, steps }, originAt }: TestCase,
  { urns, mayRegister }: Targets,
  report: (error: DiglyError) => void,
): void {
  for (const urn of Object.keys(mock)) {
    if (urn === CLOCK || urns.has(urn)) continue;
    report(fail("ERR_RESOURCE_NOT_FOUND", { urn }, {
      origin: originAt(["mock", urn], "key"),
      help: didYouMeanUrn(urn, [...urns, CLOCK]) ??
        "A mock replaces a resource of the app, or its `Clock`",
    }));
  }
  for (const [index, { execute }] of steps.entries()) {
    if (execute === undefined || urns.has(execute)) continue;
    report(fail("ERR_RESOURCE_NOT_FOUND", { urn: execute }, {
      origin: originAt(["steps", index, "execute"]),
      help: unknownResourceHelp(execute, urns, mayRegister(execute)),
    }));
  }
}

function invalid(
  testCase: TestCase,
  problem: string,
  path: readonly (string | number)[],
  more: { help: string; related?: DiglyError["related"] },
): DiglyError {
  return fail("ERR_RESOURCE_INVALID", { urn: `Test.Case.${testCase.name}`, problem }, {
    origin: testCase.originAt(path),
    ...more,
  });
}
