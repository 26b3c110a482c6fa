/**
 * Runs every check and every test, and ends with one line that counts them all.
 *
 * `npm test -- <text>` runs only the test files whose path contains the text. `npm run test:fast`
 * leaves out what needs a build or other programs, such as a database or a compiler, the property
 * tests, and what is generated or unused. Parts that do not depend on each other run
 * side by side; what they print comes in the same order every time.
 *
 * A few files that fail are run again, alone: what passes then failed because of the load, is
 * counted as passed, and is named as flaky before the last line. So is every skipped test, with the
 * reason.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** What a part of the tests found, and what to print about it. */
interface Outcome {
  readonly counts: Counts;
  readonly text: string;
  /** How many tests of a file failed, by the file's path. */
  readonly failures?: Readonly<Record<string, number>>;
  readonly skips?: readonly Skip[];
}

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** A test that did not run. */
interface Skip {
  readonly file: string;
  readonly name: string;
  readonly reason: string;
}

/** What the reporter counted. */
interface Counted extends Counts {
  readonly skips: readonly Skip[];
  readonly failures: Readonly<Record<string, number>>;
}

/** Folders of `tests/unit` whose files share a process. */
const SHARED = new Set([
  "cel",
  "cli",
  "contract",
  "diagnostics",
  "inspector",
  "inspector_page",
  "kernel",
  "load",
  "lsp",
  "modules",
  "modules/javascript",
  "modules/pipeline",
  "modules/sql",
  "observe",
  "schema",
  "template",
  "testing",
  "wasm",
]);

/** Unit tests that run the TypeScript compiler or another language server. */
const COMPILER_TESTS = new Set([
  "tests/unit/cli/schema_editor_test.ts",
  "tests/unit/contract/author_examples_test.ts",
]);

/** How many processes may run at once: those of a test run mostly compute. */
const SLOTS = 3;
let running = 0;
const waiting: (() => void)[] = [];

/** With more failures than these the change is wrong, not the machine busy. */
const MOST_FILES_RUN_AGAIN = 5;

const root = fileURLToPath(new URL("../", import.meta.url));
const bin = root + "node_modules/.bin/";
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const failed = new Map<string, number>();
const skips: Skip[] = [];
const scratch = mkdtempSync(tmpdir() + "/digly-test-");
const isFast = process.argv.includes("--fast");
const only = process.argv.slice(2).find((argument) => !argument.startsWith("--"));

const files = readdirSync(root + "tests", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith("_test.ts"))
  .map((path) => `tests/${path}`)
  .filter((path) => only === undefined || path.includes(only))
  .sort();
const unit = files.filter((path) =>
  !path.startsWith("tests/runtimes/") &&
  !(isFast && (path.startsWith("tests/properties/") || usesOtherPrograms(path)))
);
const onRuntimes = isFast ? [] : files.filter((path) => path.startsWith("tests/runtimes/"));

try {
  const build = onRuntimes.length === 0
    ? undefined
    : check("build", "node", "scripts/build.ts", "--host");
  const parts = [
    ...(only === undefined ? staticChecks() : []),
    ...unitTests(unit),
    ...(build === undefined ? [] : [build]),
  ];
  for (const part of parts) add(await part);
  // Alone, since they measure and stop whole processes; three files at once, since many wait.
  if ((await build)?.counts.failed === 0) {
    add(
      await tests(
        "tests of the built program on every runtime",
        onRuntimes,
        "--test-concurrency=3",
      ),
    );
  }
  if (failed.size <= MOST_FILES_RUN_AGAIN) {
    for (const path of failed.keys()) await runAgain(path);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

if (total.passed + total.failed === 0) {
  console.error(`No test file's path contains "${only}"`);
  process.exitCode = 1;
}
if (total.failed > 0) process.exitCode = 1;
for (const { file, name, reason } of skips) {
  console.log(`SKIPPED ${file.slice(root.length)}: ${name}: ${reason}`);
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);

/** True for a test of a server, a compiler or the language server of an editor, which take long. */
function usesOtherPrograms(path: string): boolean {
  return COMPILER_TESTS.has(path) ||
    /from "(?:\.\.\/)+servers\//.test(readFileSync(root + path, "utf8"));
}

/** The checks that run nothing of the program, all started. */
function staticChecks(): Promise<Outcome>[] {
  const inner = [
    check("format", "deno", "fmt", "--check", "--quiet"),
    check("lint", "deno", "lint", "--quiet"),
    check("types", "tsc", "-p", "."),
  ];
  return isFast ? inner : [
    ...inner,
    check("unused code and dependencies", "knip"),
    check("embedded modules are current", "node", "scripts/embed.ts", "--check"),
    check("generated pages are current", "node", "scripts/docs.ts", "--check"),
  ];
}

/** Prints what a part found, and counts it. */
function add({ counts, text, failures = {}, skips: skipped = [] }: Outcome): void {
  if (text !== "") console.log(text);
  for (const key of ["passed", "failed", "skipped"] as const) total[key] += counts[key];
  for (const [path, count] of Object.entries(failures)) failed.set(path, count);
  skips.push(...skipped);
}

/** Runs a file again that failed beside others; tests that pass alone are counted as passed. */
async function runAgain(path: string): Promise<void> {
  const name = path.slice(root.length);
  const { counts, text } = await tests(`${name}, again`, [path]);
  console.log(text);
  if (counts.failed > 0) return;
  const count = failed.get(path) ?? 0;
  total.failed -= count;
  total.passed += count;
  console.log(`FLAKY ${name}: failed beside other tests, passed alone`);
}

/** Runs a command as one check; shows what it printed only when it fails. */
async function check(name: string, command: string, ...args: string[]): Promise<Outcome> {
  const started = performance.now();
  const { code, output } = await run(command, args, { NO_COLOR: "1" });
  const passed = code === 0;
  return {
    counts: { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 },
    text: line(passed, name, started) + (passed ? "" : `\n${output}`),
  };
}

/**
 * The unit tests by folder: the files of most share a process, which loads the program once.
 * What changes the process itself, or leaves something running in it, has a process per file.
 */
function unitTests(paths: readonly string[]): Promise<Outcome>[] {
  const ofFolder = new Map<string, string[]>();
  for (const path of paths) {
    const shared = sharedFolderOf(path);
    ofFolder.set(shared, [...ofFolder.get(shared) ?? [], path]);
  }
  return [...ofFolder].map(([folder, group]) =>
    folder === ""
      ? tests("unit tests with a process each", group, "--test-concurrency=2")
      : tests(`unit tests of ${folder}`, group, "--test-isolation=none")
  );
}

/** The innermost folder of a file whose files share a process; empty if it has its own. */
function sharedFolderOf(path: string): string {
  const folders = path.split("/").slice(2, -1);
  for (; folders.length > 0; folders.pop()) {
    if (SHARED.has(folders.join("/"))) return folders.join("/");
  }
  return "";
}

/** Runs test files under Node's test runner and adds up what its reporter counted. */
async function tests(
  name: string,
  paths: readonly string[],
  ...options: string[]
): Promise<Outcome> {
  let counted: Counted = { passed: 0, failed: 0, skipped: 0, failures: {}, skips: [] };
  if (paths.length === 0) return { counts: counted, text: "" };
  const started = performance.now();
  const report = `${scratch}/counts-${name.replaceAll(/\W/g, "-")}.json`;
  const { code, output } = await run("node", [
    "--test",
    "--test-reporter=./scripts/reporter.mjs",
    ...options,
    ...paths,
  ], { DIGLY_TEST_COUNTS: report });
  try {
    counted = JSON.parse(readFileSync(report, "utf8"));
  } catch {
    // The runner died before it could count; its exit code says so below.
  }
  if (code !== 0 && counted.failed === 0) counted.failed = 1;
  // A test that ends the process ends it without a failure, and without the counts.
  if (counted.passed + counted.failed + counted.skipped === 0) counted.failed = 1;
  const summary = `${name}: ${counted.passed} passed, ${counted.failed} failed`;
  const shown = output.trim() === "" ? "" : `${output}\n`;
  return {
    counts: counted,
    text: shown + line(counted.failed === 0, summary, started),
    failures: counted.failures,
    skips: counted.skips,
  };
}

function line(passed: boolean, text: string, started: number): string {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  return `${passed ? "ok    " : "FAILED"} ${text} (${seconds} s)`;
}

async function run(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  if (running === SLOTS) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await runNow(command, args, env);
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}

function runNow(
  command: string,
  args: string[],
  env: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(bin + command, args, {
      cwd: root,
      // Every process of Node compiles a source file only if none did before.
      env: { NODE_COMPILE_CACHE: `${scratch}/compiled`, ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => output += text);
    child.stderr.setEncoding("utf8").on("data", (text) => output += text);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
