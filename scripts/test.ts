/**
 * Runs every check and every test, and ends with one line that counts them all.
 * `npm test -- <text>` runs only the test files whose path contains the text.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const root = fileURLToPath(new URL("../", import.meta.url));
const bin = root + "node_modules/.bin/";
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const scratch = mkdtempSync(tmpdir() + "/digly-test-");
const only = process.argv[2];

const files = readdirSync(root + "tests", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith("_test.ts"))
  .map((path) => `tests/${path}`)
  .filter((path) => only === undefined || path.includes(only))
  .sort();
const onRuntimes = files.filter((path) => path.startsWith("tests/runtimes/"));

try {
  if (only === undefined) {
    await Promise.all([
      check("format", "deno", "fmt", "--check", "--quiet"),
      check("lint", "deno", "lint", "--quiet"),
      check("types", "tsc", "-p", "."),
      check("unused code and dependencies", "knip"),
      check("embedded modules are current", "node", "scripts/embed.ts", "--check"),
    ]);
  }
  await tests("unit tests", files.filter((path) => !onRuntimes.includes(path)));
  if (onRuntimes.length > 0 && await check("build", "node", "scripts/build.ts", "--host")) {
    await tests("tests of the built program on every runtime", onRuntimes);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

if (total.passed + total.failed === 0) {
  console.error(`No test file's path contains "${only}"`);
  process.exitCode = 1;
}
if (total.failed > 0) process.exitCode = 1;
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`\n${total.passed} passed, ${total.failed} failed${skipped}`);

/** Runs a command as one check; shows what it printed only when it fails. */
async function check(name: string, command: string, ...args: string[]): Promise<boolean> {
  const started = performance.now();
  const { code, output } = await run(command, args, { NO_COLOR: "1" });
  total[code === 0 ? "passed" : "failed"]++;
  say(code === 0, name, started);
  if (code !== 0) console.log(output);
  return code === 0;
}

/** Runs test files under Node's test runner and adds up what its reporter counted. */
async function tests(name: string, paths: string[]): Promise<void> {
  if (paths.length === 0) return;
  const started = performance.now();
  const counted = `${scratch}/counts.json`;
  const { code, output } = await run("node", [
    "--test",
    "--test-concurrency=2",
    "--test-reporter=./scripts/reporter.mjs",
    ...paths,
  ], { DIGLY_TEST_COUNTS: counted });
  let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    counts = JSON.parse(readFileSync(counted, "utf8"));
    rmSync(counted);
  } catch {
    // The runner died before it could count; its exit code says so below.
  }
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  for (const key of ["passed", "failed", "skipped"] as const) total[key] += counts[key];
  if (output.trim() !== "") console.log(output);
  say(counts.failed === 0, `${name}: ${counts.passed} passed, ${counts.failed} failed`, started);
}

function say(passed: boolean, text: string, started: number): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${passed ? "ok    " : "FAILED"} ${text} (${seconds} s)`);
}

function run(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(bin + command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => output += text);
    child.stderr.setEncoding("utf8").on("data", (text) => output += text);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
