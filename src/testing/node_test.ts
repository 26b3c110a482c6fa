/**
 * What `node:test` is for the tests of modules that `digly test` runs: the same functions on every
 * runtime, without the runner of one. What a file registers is kept until it is run.
 */
import { fail } from "../contract/errors.ts";

/** The context that a test function receives. */
export interface TestContext {
  readonly name: string;
  readonly signal: AbortSignal;
  /** Runs a test below this one. */
  test(...args: TestArguments): Promise<void>;
  skip(message?: string): void;
  todo(message?: string): void;
  diagnostic(message: string): void;
  after(fn: Hook): void;
  before(fn: Hook): void;
  afterEach(fn: Hook): void;
  beforeEach(fn: Hook): void;
}

type Hook = () => unknown;
type TestFunction = (t: TestContext) => unknown;

/** Options of a test, as far as they have a meaning here. */
interface TestOptions {
  readonly skip?: boolean | string;
  readonly todo?: boolean | string;
  readonly only?: boolean;
  readonly timeout?: number;
  readonly concurrency?: number | boolean;
  readonly signal?: AbortSignal;
}

type TestArguments = readonly (string | TestOptions | TestFunction | undefined)[];

/** A test or a suite that a file has registered. */
export interface Registered {
  readonly name: string;
  readonly options: TestOptions;
  readonly fn: TestFunction | undefined;
  /** The tests of a suite. */
  readonly suite: Suite | undefined;
}

/** Tests, and what runs around them. */
export interface Suite {
  readonly tests: Registered[];
  readonly before: Hook[];
  readonly after: Hook[];
  readonly beforeEach: Hook[];
  readonly afterEach: Hook[];
  /** Resolves when the functions of suites in it have ended. */
  readonly loading: Promise<unknown>[];
}

/** An empty suite. */
export function createSuite(): Suite {
  return { tests: [], before: [], after: [], beforeEach: [], afterEach: [], loading: [] };
}

/** The functions that tests import from `node:test`, and the suite that they add to. */
export interface NodeTest {
  readonly exports: Readonly<Record<string, unknown>>;
  /** From now on tests are added to `suite`. */
  collect(suite: Suite): void;
}

/** Creates the functions. */
export function createNodeTest(): NodeTest {
  let current: Suite = createSuite();

  const test = variants((args, more) => {
    current.tests.push(readTest(args, more));
    return Promise.resolve();
  });
  const describe = variants((args, more) => {
    const { name, options, fn } = readTest(args, more);
    const suite = createSuite();
    const outer = current;
    outer.tests.push({ name, options, fn: undefined, suite });
    if (fn === undefined) return Promise.resolve();
    current = suite;
    try {
      const loading = (fn as Hook)();
      if (loading instanceof Promise) outer.loading.push(loading);
    } finally {
      current = outer;
    }
    return Promise.resolve();
  });
  const hook = (kind: "before" | "after" | "beforeEach" | "afterEach") => (fn: Hook) =>
    void current[kind].push(fn);
  const hooks = {
    before: hook("before"),
    after: hook("after"),
    beforeEach: hook("beforeEach"),
    afterEach: hook("afterEach"),
  };
  const exports = { test, it: test, describe, suite: describe, ...hooks, mock };
  Object.assign(test, exports);
  return {
    exports: { ...exports, default: test },
    collect: (suite) => void (current = suite),
  };
}

type Register = (args: TestArguments, more: TestOptions) => Promise<void>;

/** The function with its variants `skip`, `todo` and `only`. */
function variants(register: Register) {
  const of = (more: TestOptions) => (...args: TestArguments) => register(args, more);
  return Object.assign(of({}), {
    skip: of({ skip: true }),
    todo: of({ todo: true }),
    only: of({ only: true }),
  });
}

/** Reads `(name?, options?, fn?)`. */
export function readTest(args: TestArguments, more: TestOptions = {}): Registered {
  const fn = args.find((arg) => typeof arg === "function") as TestFunction | undefined;
  const name = args.find((arg) => typeof arg === "string") ?? (fn?.name || "<anonymous>");
  const options = args.find((arg) => typeof arg === "object") ?? {};
  return {
    name: name as string,
    options: { ...(options as TestOptions), ...more },
    fn,
    suite: undefined,
  };
}

/** A function that records its calls. */
interface MockedFunction {
  (...args: unknown[]): unknown;
  readonly mock: { readonly calls: { arguments: unknown[]; result?: unknown; error?: unknown }[] };
}

const mock = {
  fn(implementation: (...args: unknown[]) => unknown = () => undefined): MockedFunction {
    const calls: MockedFunction["mock"]["calls"] = [];
    const mocked = function (this: unknown, ...args: unknown[]): unknown {
      const call: (typeof calls)[number] = { arguments: args };
      calls.push(call);
      try {
        return call.result = implementation.apply(this, args);
      } catch (error) {
        call.error = error;
        throw error;
      }
    };
    return Object.assign(mocked, {
      mock: { calls, callCount: () => calls.length, resetCalls: () => void (calls.length = 0) },
    });
  },
  get timers(): never {
    throw unsupported("mock.timers", "Use a `TestClock` of digly/testing");
  },
  get method(): never {
    throw unsupported("mock.method", "Use the `fakes` of `bootApp`, or `mock.fn`");
  },
  reset() {},
  restoreAll() {},
};

function unsupported(name: string, help: string): Error {
  return fail("ERR_USAGE", { problem: `\`${name}\` of node:test is not available in digly test` }, {
    help: `${help}; or run the test with \`node --test\``,
  });
}
