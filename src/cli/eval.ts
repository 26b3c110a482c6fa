/** `digly eval`: evaluates expressions in an app, or on their own. */
import { isDiglyError } from "../contract/errors.ts";
import { DEFAULT_LIMITS } from "../contract/limits.ts";
import { resultJson } from "../contract/result_json.ts";
import { isPlainObject } from "../contract/wrong_argument.ts";
import { fail } from "../contract/errors.ts";
import { formatUrn } from "../contract/urn.ts";
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
  const scope = await readInput(options.scope, platform, limit, "--scope") ?? {};
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
    await session.kernel.load((isPath ? first : undefined) ?? new URL(alone));
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
  const { platform, report } = session;
  const lines = platform.readLines?.({
    prompt: "> ",
    complete: (line) => completion(line, session, scope),
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

/**
 * What may continue a line: names, resources and functions; after a dot the fields of what is
 * before it, and methods.
 */
function completion(
  line: string,
  { kernel, platform }: Session,
  scope: Readonly<Record<string, unknown>>,
): { words: readonly string[]; part: string } {
  const [path = ""] = /[\w.-]*$/.exec(line) ?? [];
  const resources = new Map<string, unknown>(
    kernel.resources().map((resource) =>
      [formatUrn(resource.kind, resource.metadata.name), resource] as const
    ),
  );
  const roots: Record<string, unknown> = { ...scope, env: platform.env };
  const dot = path.lastIndexOf(".");
  const part = path.slice(dot + 1);
  const names = dot === -1 ? Object.keys(roots) : fieldsAt(path.slice(0, dot), roots, resources);
  const words = [...new Set([...names, ...WORDS])].filter((word) => word.startsWith(part));
  const urns = [...resources.keys()].filter((urn) => urn.startsWith(path));
  if (dot === -1) return { words: [...words, ...urns], part };
  return urns.length > 0 ? { words: urns, part: path } : { words, part };
}

/** The fields of what a path leads to: a variable, `env`, or a resource. */
function fieldsAt(
  path: string,
  roots: Readonly<Record<string, unknown>>,
  resources: ReadonlyMap<string, unknown>,
): string[] {
  const urn = [...resources.keys()].find((urn) => `${path}.`.startsWith(`${urn}.`));
  const steps = path.split(".");
  let value: unknown = urn === undefined ? roots : resources.get(urn);
  for (const step of urn === undefined ? steps : steps.slice(urn.split(".").length)) {
    value = isPlainObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return isPlainObject(value) ? Object.keys(value) : [];
}
