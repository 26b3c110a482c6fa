/** Mocks: functions that are executed instead of resources, and the clock. */
import { DiglyError, type ErrorCode, fail, isModuleErrorCode } from "../contract/errors.ts";
import type { Fake } from "../contract/execution.ts";
import { compileTemplate } from "../template/deferred/compile_template.ts";
import { TestClock } from "./test_clock.ts";
import { CLOCK, type Mock, type TestCase } from "./test_case.ts";

/** The functions that replace the mocked resources, by URN. */
export function fakesOf({ fields: { mock } }: TestCase): Record<string, Fake> {
  const mocks = Object.entries(mock).filter(([urn]) => urn !== CLOCK);
  return Object.fromEntries(
    mocks.map(([urn, replacement]) => [urn, fakeOf(urn, replacement as Mock)]),
  );
}

function fakeOf(urn: string, { returns, throws }: Mock): Fake {
  if (throws === undefined) {
    const result = compileTemplate(returns);
    return (input) => structuredClone(result({ input: input ?? null }));
  }
  const { code, message = `The mock of ${urn} throws ${code}`, status, data } = throws;
  return () => {
    if (isModuleErrorCode(code)) {
      throw fail(code, {
        problem: message,
        ...(status === undefined ? {} : { status }),
        ...(data === undefined ? {} : { data }),
      });
    }
    throw new DiglyError(code as ErrorCode, message, { urn, problem: message, chain: [urn] }, {});
  };
}

/** The mocked clock of a case. */
export function clockOf({ fields: { mock } }: TestCase): TestClock | undefined {
  const { Clock } = mock;
  return Clock === undefined ? undefined : new TestClock(Date.parse(Clock.now));
}
