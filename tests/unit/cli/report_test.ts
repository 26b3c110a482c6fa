import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { relativeTo, renderError, renderWarning } from "../../../src/cli/report.ts";
import { fail, type Origin } from "../../../src/contract/errors.ts";

const plain = { color: false, verbose: false, cwd: "/work/" };

function origin(lines: readonly string[], line: number, column: number, length: number): Origin {
  return {
    file: "/work/api/routes.yaml",
    line,
    column,
    length,
    path: "$",
    excerpt: { firstLine: line - lines.length + 1, lines },
  };
}

/** The marked line and the carets of the frame around one line. */
function frame(line: string, column: number, length: number): [string, string] {
  const text = renderError(
    fail("ERR_USAGE", { problem: "x" }, { origin: origin([line], 1, column, length) }),
    plain,
  );
  const [, , , marked, carets] = text.split("\n");
  return [marked!.slice("  1 | ".length), carets!.slice("    | ".length)];
}

test("an error shows its place, a frame, related places and help", () => {
  const error = fail("ERR_DUPLICATE_RESOURCE", { urn: "Http.Route.Hello" }, {
    origin: origin(["kind: Http.Route", "metadata:", "  name: Hello"], 12, 9, 5),
    related: [{
      message: "the first one",
      origin: { file: "/else/app.yaml", line: 3, column: 9, length: 5, path: "$" },
    }],
    help: "Rename one of them",
  });
  assert.equal(
    renderError(error, plain),
    `error[ERR_DUPLICATE_RESOURCE]: Two resources are named Http.Route.Hello
  --> api/routes.yaml:12:9
     |
  11 | metadata:
  12 |   name: Hello
     |         ^^^^^
  also: /else/app.yaml:3:9: the first one
  help: Rename one of them
`,
  );
});

test("line numbers are aligned", () => {
  const error = fail("ERR_USAGE", { problem: "x" }, { origin: origin(["a", "b"], 10, 1, 1) });
  assert.match(renderError(error, plain), /\n {5}\|\n {3}9 \| a\n {2}10 \| b\n {5}\| \^\n/);
});

test("a message of several lines is indented, and so is a help", () => {
  const error = fail("ERR_USAGE", { problem: "One\nTwo\n  Three" }, { help: "Do\nthis" });
  assert.equal(
    renderError(error, plain),
    "error[ERR_USAGE]: One\n  Two\n    Three\n  help: Do\n        this\n",
  );
});

describe("carets", () => {
  test("are right behind tabs", () => {
    assert.deepEqual(frame("\tname:\tHello", 8, 5), ["    name:    Hello", "             ^^^^^"]);
  });

  test("are right behind characters of two columns, and as wide as they", () => {
    assert.deepEqual(frame("日本: 値", 5, 1), ["日本: 値", "      ^^"]);
    assert.deepEqual(frame("🚀: x", 5, 1), ["🚀: x", "    ^"]);
  });

  test("are one where the length is unknown", () => {
    assert.deepEqual(frame("name", 3, 0), ["name", "  ^"]);
    assert.deepEqual(frame("name", 5, 0), ["name", "    ^"]);
  });

  test("stay below what they mean when a long line is clipped", () => {
    const [line, carets] = frame(`key: ${"a".repeat(500)}HERE${"b".repeat(500)}`, 506, 4);
    assert.ok(line.length <= 102, String(line.length));
    assert.ok(line.startsWith("…") && line.endsWith("…"));
    assert.equal(line.slice(carets.indexOf("^"), carets.length), "HERE");
    const [start] = frame(`HERE${"b".repeat(500)}`, 1, 4);
    assert.ok(start.startsWith("HERE") && start.endsWith("…"));
    const [long, many] = frame("a".repeat(500), 10, 400);
    assert.equal(many.length, 100);
    assert.ok(long.length <= 102);
  });
});

test("control characters do not reach the terminal", () => {
  const error = fail("ERR_USAGE", { problem: "a\x1b[31mb" }, {
    origin: origin(["x\x1b[2J y"], 1, 8, 1),
  });
  const text = renderError(error, plain);
  assert.ok(!text.includes("\x1b"));
  assert.match(text, /1 \| x␛\[2J y\n {4}\| {8}\^\n/);
});

test("colour is used only when asked for, and changes no text", () => {
  const error = fail("ERR_USAGE", { problem: "x" }, {
    origin: origin(["a", "b"], 2, 1, 1),
    help: "y",
  });
  const colored = renderError(error, { ...plain, color: true });
  assert.ok(colored.includes("\x1b[31m"));
  // deno-lint-ignore no-control-regex
  assert.equal(colored.replace(/\x1b\[\d+m/g, ""), renderError(error, plain));
});

test("what is sensitive is hidden, and the caret still fits", () => {
  const error = fail("ERR_USAGE", { problem: "hunter2 is wrong" }, {
    origin: origin(["token: hunter2", "a: hunter2, b: 1"], 2, 13, 1),
    help: "Not hunter2",
  });
  const redact = (text: string) => text.replaceAll("hunter2", "[redacted]");
  const text = renderError(error, { ...plain, redact, verbose: true });
  assert.ok(!text.includes("hunter2"), text);
  const lines = text.split("\n");
  const marked = lines.find((line) => line.includes("b: 1"))!;
  const carets = lines.find((line) => line.includes("^"))!;
  assert.equal(marked[carets.indexOf("^")], "b");
});

test("the calls that led to a failure are shown when there is more than one", () => {
  const error = (chain: string[]) =>
    fail("ERR_EXECUTION_FAILED", { urn: "B.b", problem: "no", chain });
  assert.match(renderError(error(["A.a", "B.b"]), plain), /\n {2}calls: A\.a > B\.b\n/);
  assert.doesNotMatch(renderError(error(["B.b"]), plain), /calls/);
});

test("an unexpected error asks the user to report it, without a stack", () => {
  const text = renderError(new TypeError("x is undefined"), plain);
  assert.match(text, /^error\[ERR_EXECUTION_FAILED\]: Unexpected error: x is undefined\n/);
  assert.match(text, /help: .*please report it/);
  assert.doesNotMatch(text, /TypeError/);
  assert.match(
    renderError(new TypeError("x is undefined"), { ...plain, verbose: true }),
    /caused by: TypeError: x is undefined\n {8}at /,
  );
});

describe("causes", () => {
  const shown = (cause: unknown, options = {}) => {
    const error = fail("ERR_INIT_FAILED", { urn: "A.a", problem: "fetch failed" }, { cause });
    return renderError(error, { ...plain, ...options }).split("\n")
      .filter((line) => line.startsWith("  cause:"));
  };
  const failed = (cause: unknown) => new Error("fetch failed", { cause });

  test("that the message does not tell are shown, outermost first", () => {
    const refused = new Error("connect ECONNREFUSED", { cause: "port 1" });
    assert.deepEqual(shown(failed(refused)), ["  cause: connect ECONNREFUSED", "  cause: port 1"]);
  });

  test("that the message tells already are not repeated", () => {
    assert.deepEqual(shown(new Error("fetch failed")), []);
    assert.deepEqual(shown(failed(new Error("fetch failed"))), []);
    assert.deepEqual(shown(failed(new Error("no", { cause: new Error("no") }))), ["  cause: no"]);
  });

  test("are looked for below errors of Digly", () => {
    const inner = fail("ERR_EXECUTION_FAILED", { urn: "B.b", problem: "fetch failed", chain: [] }, {
      cause: failed(new Error("timed out")),
    });
    assert.deepEqual(shown(inner), ["  cause: timed out"]);
  });

  test("of a connection that failed at every address are each shown", () => {
    const all = new AggregateError([new Error("refused ::1"), new Error("refused 127.0.0.1")]);
    const lines = ["  cause: refused ::1", "  cause: refused 127.0.0.1"];
    assert.deepEqual(shown(failed(all)), lines);
    assert.deepEqual(shown(all), lines);
  });

  test("that are not errors say nothing", () => {
    assert.deepEqual(shown(failed({ code: 1 })), []);
    assert.deepEqual(shown(failed(null)), []);
  });

  test("hide what is sensitive", () => {
    const redact = (text: string) => text.replaceAll("hunter2", "[redacted]");
    const lines = shown(failed(new Error("no login with hunter2")), { redact });
    assert.deepEqual(lines, ["  cause: no login with [redacted]"]);
  });
});

test("causes that go in a circle end", () => {
  const inner = new Error("inner");
  inner.cause = inner;
  const text = renderError(fail("ERR_USAGE", { problem: "x" }, { cause: inner }), {
    ...plain,
    verbose: true,
  });
  assert.equal(text.match(/caused by: Error: inner/g)?.length, 1);
});

test("a warning looks like an error", () => {
  const warning = {
    code: "WARN_X",
    message: "Odd",
    origin: origin(["a"], 1, 1, 1),
    help: "Fix it",
  };
  assert.equal(
    renderWarning(warning, plain),
    "warning[WARN_X]: Odd\n  --> api/routes.yaml:1:1\n    |\n  1 | a\n    | ^\n  help: Fix it\n",
  );
});

test("a path is relative only below the working directory", () => {
  assert.equal(relativeTo("/work/", "/work/a/b.yaml"), "a/b.yaml");
  assert.equal(relativeTo("/work", "/work/a.yaml"), "a.yaml");
  assert.equal(relativeTo("/work/", "/workshop/a.yaml"), "/workshop/a.yaml");
  assert.equal(relativeTo("/", "/a.yaml"), "/a.yaml");
  assert.equal(relativeTo("C:\\work\\", "C:\\work\\a\\b.yaml"), "a/b.yaml");
  assert.equal(relativeTo("/work/", "https://x.example/a.yaml"), "https://x.example/a.yaml");
});

test("a huge name is not repeated as a whole, and a secret in it is removed before it is cut", () => {
  const secret = "s".repeat(1_000);
  const name = `${"n".repeat(190)}${secret}${"n".repeat(100_000)}`;
  const error = fail("ERR_USAGE", { problem: `Unknown variable "${name}"` }, {
    help: `Declare "${name}"`,
  });
  const text = renderError(error, {
    ...plain,
    redact: (message) => message.replaceAll(secret, "[redacted]"),
  });
  assert.ok(text.length < 1_000);
  assert.doesNotMatch(text, /s{20}/);
  assert.match(text, /Unknown variable "n{190}\[redacted.*…n{18,}"\n {2}help: Declare "n+/);
});
