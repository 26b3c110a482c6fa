/** `digly eval`: evaluates expressions in an app, or on their own. */
import { isDiglyError } from "../contract/errors.ts";
import { DEFAULT_LIMITS } from "../contract/limits.ts";
import { resultJson } from "../contract/result_json.ts";
import { isPlainObject } from "../contract/wrong_argument.ts";
import { fail } from "../contract/errors.ts";
import { formatUrn } from "../contract/urn.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { overlayPlatform } from "../testing/overlay.ts";
import type { CliHost, CommonOptions } from "./host.ts";
import { readInput } from "./json.ts";
import { openSession, type Session } from "./session.ts";

/** The options of `eval`. */
export interface EvalOptions extends CommonOptions {
  /** Variables: JSON, `@` followed by the path of a JSON file, or `-` for standard input. */
  readonly scope?: string;
}

/** Functions and macros that are offered for completion. */
const WORDS =
  "all base64 bool bytes ceil charAt contains double duration endsWith exists existsOne filter floor \
getFullYear has int join json lowerAscii map matches max min replace size sortBy split startsWith \
string substring timestamp trim type upperAscii".split(/\s+/);

/** Evaluates an expression, or each line that is typed; resolves with the exit code. */
export async function evaluate(
  host: CliHost,
  words: readonly string[],
  options: EvalOptions,
): Promise<number> {
  const { platform } = host;
  const exists = (path: string) => platform.files.stat(platform.toUrl(path)) !== undefined;
  const [first, second] = words;
  const isPath = second !== undefined || (first !== undefined && exists(first));
  const expression = isPath ? second : first;
  const limit = options.limit?.inputBytes ?? DEFAULT_LIMITS.inputBytes;
  const scope = await readInput(options.scope, platform, limit) ?? {};
  if (!isPlainObject(scope)) {
    throw fail("ERR_USAGE", { problem: "--scope must be a JSON object" }, {
      help: `Write --scope '{"request": {"path": "/"}}'`,
    });
  }
  const alone = new URL(".digly-eval.yaml", platform.cwd()).href;
  const session = await openSession(
    host,
    options,
    isPath ? {} : { platform: overlayPlatform(platform, { [alone]: "name: Eval\n" }) },
  );
  try {
    await session.kernel.load(isPath ? first! : new URL(alone));
    if (expression !== undefined) {
      await print(session, expression, scope);
      return 0;
    }
  } catch (error) {
    if (!isDiglyError(error)) throw error;
    session.report(error);
    return 1;
  }
  return await prompt(session, { ...scope });
}

/** Evaluates an expression, prints its value and returns it. */
async function print(
  { kernel, platform: { stdout } }: Session,
  text: string,
  scope: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const { value, isSensitive } = await kernel.evaluate(text, scope);
  const json = resultJson("The expression", value, "value", stdout.isTerminal ? 2 : undefined);
  stdout.write((isSensitive ? '"[redacted]"' : kernel.redact(json)) + "\n");
  return value;
}

/** Evaluates line by line; `_` is the last value. */
async function prompt(session: Session, scope: Record<string, unknown>): Promise<number> {
  const { platform, kernel, report } = session;
  const lines = platform.readLines?.({
    prompt: "> ",
    complete: (line) => completion(line, kernel, Object.keys(scope)),
  });
  let failed = false;
  for await (const line of lines ?? []) {
    if (line.trim() === "") continue;
    try {
      scope["_"] = await print(session, line, scope);
    } catch (error) {
      if (!isDiglyError(error)) throw error;
      failed = true;
      report(error);
    }
  }
  return failed && !platform.stdout.isTerminal ? 1 : 0;
}

/** Names, resources and functions that begin as the end of a line does. */
function completion(line: string, kernel: Kernel, names: readonly string[]) {
  const [part] = /[\w.-]*$/.exec(line)!;
  const urns = kernel.resources().map(({ kind, metadata }) => formatUrn(kind, metadata.name));
  const all = [...new Set([...names, "env", ...urns, ...WORDS])];
  return { words: all.filter((word) => word.startsWith(part)), part };
}
