/** Finds mistakes in JavaScript code without running it. */
import type { Node, Program } from "acorn";
import { nearest } from "../../diagnostics/nearest.ts";
import type { TextPart } from "../../contract/source.ts";

/** A mistake in code, and its position. */
export interface CodeProblem extends TextPart {
  readonly problem: string;
  readonly help: string | undefined;
}

const OPTIONS = { ecmaVersion: "latest", allowReturnOutsideFunction: true } as const;

const NOT_SCANNED =
  "Expressions are not evaluated in code: pass the value as input, and read it from `input`";

/** The syntax error in `code`, if any. */
export async function findSyntaxError(code: string): Promise<CodeProblem | undefined> {
  try {
    // Creating a function parses its body without running it.
    new Function(code);
    return undefined;
  } catch (error) {
    return await locateSyntaxError(code, error as Error);
  }
}

/** Uses a parser, because runtimes word syntax errors differently and may not give a position. */
async function locateSyntaxError(code: string, error: Error): Promise<CodeProblem> {
  const { parse } = await import("acorn");
  try {
    parse(code, OPTIONS);
  } catch (parseError) {
    const { message, pos, raisedAt } = parseError as Error & { pos: number; raisedAt: number };
    const end = Math.max(pos + 1, raisedAt);
    return {
      problem: describeSyntaxError(message, code.slice(pos, end)),
      ...range(pos, end),
      help: helpFor(code, pos),
    };
  }
  // The parser accepts syntax that this runtime does not.
  return { problem: syntaxError(error.message), ...range(0, 1), help: undefined };
}

function range(start: number, end: number): TextPart {
  return { start, end };
}

function syntaxError(what: string): string {
  return `its code has a syntax error: ${what.charAt(0).toLowerCase()}${what.slice(1)}`;
}

/** The parser's message, with the unexpected token. */
function describeSyntaxError(message: string, token: string): string {
  const text = message.replace(/ \(\d+:\d+\)$/, "");
  if (text.startsWith("'import' and 'export'")) return syntaxError(`\`${token}\` in a script`);
  if (text !== "Unexpected token") return syntaxError(text);
  return syntaxError(token.trim() === "" ? "unexpected end" : `unexpected "${token}"`);
}

/** Help for common mistakes about how code is run. */
function helpFor(code: string, at: number): string | undefined {
  const line = code.slice(code.lastIndexOf("\n", at - 1) + 1, at + 1);
  if (/\$\{[^}]*$/.test(line)) return NOT_SCANNED;
  const rest = code.slice(at);
  if (/^import\b/.test(rest)) {
    return "The code is a script, not a module: write `await import(…)` inside the function";
  }
  if (/^export\b/.test(rest)) {
    return "The code is a script, not a module: write `function main(input, ctx)` without export";
  }
  if (/\bawait\s+\S*$/.test(line)) return "Write `async` before the function that awaits";
  if (/^:\s*[\w{[]/.test(rest) && /[\w)\]}?]\s*:$/.test(line)) {
    return "The code is JavaScript, which has no types; TypeScript belongs in a controller";
  }
  if (rest.trim() === "") return "A bracket or quote is not closed";
  return undefined;
}

/** Text in `code` that looks like an expression of a manifest, which is not evaluated there. */
export async function findExpressions(code: string): Promise<readonly CodeProblem[]> {
  if (!mayHaveExpressions(code)) return [];
  const { tokenizer } = await import("acorn");
  const problems: CodeProblem[] = [];
  try {
    for (const token of tokenizer(code, OPTIONS)) {
      const text = code.slice(token.start, token.end);
      const isString = token.type.label === "string";
      const isDoubled = token.type.label === "${" && code.charAt(token.end) === "{";
      const match = isString ? /\$\{\{?[^}]*\}\}?/.exec(text) : null;
      const start = token.start + (match?.index ?? 0);
      const length = match?.[0].length;
      if (length === undefined && !isDoubled) continue;
      const end = isDoubled ? endOfLineOr(code, start, "}}") : start + (length ?? 0);
      problems.push({
        problem: `${code.slice(start, end)} is not evaluated in code`,
        help: isString && !text.includes("${{")
          ? `${NOT_SCANNED}. JavaScript template literals are written in backticks`
          : NOT_SCANNED,
        start,
        end,
      });
    }
  } catch {
    // The parser may not know newer syntax, and this is only a warning.
  }
  return problems;
}

/**
 * False for code that certainly has no such text, as most template literals have none: the tokenizer
 * takes longer than all other checks of a script.
 */
function mayHaveExpressions(code: string): boolean {
  if (!code.includes("${")) return false;
  // A string continues on the next line after a backslash.
  if (code.includes("${{") || /\\[\r\n]/.test(code)) return true;
  return code.split(/[\r\n]/).some((line) => isWithin(line, '"') || isWithin(line, "'"));
}

/** True if `${` is between the first and the last of these quotes in a line. */
function isWithin(line: string, quote: string): boolean {
  const first = line.indexOf(quote);
  if (first === -1) return false;
  const at = line.indexOf("${", first);
  return at !== -1 && at < line.lastIndexOf(quote);
}

function endOfLineOr(code: string, start: number, mark: string): number {
  const [line = ""] = code.slice(start).split("\n", 1);
  const at = line.indexOf(mark);
  return start + (at === -1 ? line.length : at + mark.length);
}

/** Reports that `code` does not seem to define the function `name`. */
export async function findMissing(code: string, name: string): Promise<CodeProblem | undefined> {
  if (code.includes(`function ${name}(`)) return undefined;
  // Every way to define the function contains its name.
  const isNamed = new RegExp(`(?:function\\s*\\*?|const|let|var)\\s+${name}\\b|\\b${name}\\s*=`);
  if (isNamed.test(code)) return undefined;
  const { parse } = await import("acorn");
  let program: Program;
  try {
    program = parse(code, OPTIONS);
  } catch {
    return undefined;
  }
  const names = program.body.flatMap(declaredNames);
  if (names.some((declared) => declared.name === name)) return undefined;
  const near = nearest(name, names.map((declared) => declared.name));
  const functions = names.filter(({ isFunction }) => isFunction);
  const meant = names.find((declared) => declared.name === near) ??
    (functions.length === 1 ? functions[0] : undefined);
  return {
    problem: `its code does not define a function \`${name}\``,
    help: meant === undefined
      ? `Write \`function ${name}(input, ctx) { … }\``
      : `Rename \`${meant.name}\` to \`${name}\``,
    start: meant?.start ?? 0,
    end: meant?.end ?? 1,
  };
}

interface Declared extends TextPart {
  readonly name: string;
  readonly isFunction: boolean;
}

function declaredNames(statement: Node): Declared[] {
  const { type, id, declarations = [] } = statement as Node & {
    readonly id?: Node | null;
    readonly declarations?: readonly { readonly id: Node; readonly init?: Node | null }[];
  };
  const all = type === "VariableDeclaration" ? declarations : [{ id, init: statement }];
  return all.flatMap(({ id, init }) => {
    const { name, start, end } = (id ?? {}) as Partial<Declared>;
    if (name === undefined || start === undefined || end === undefined) return [];
    return [{ name, isFunction: /Function/.test(init?.type ?? ""), start, end }];
  });
}
