/** Translates the errors of the YAML parser. */
import type { YAMLException } from "js-yaml";
import { type Limits, raiseLimit } from "../../contract/limits.ts";
import type { TextPart } from "../../contract/source.ts";
import { notIndented } from "./block_text.ts";
import { findOpener, indentationOf, lineAround, lineBefore, unquotedExpression } from "./lines.ts";
import type { Explanation, Problem } from "./problem.ts";

const LONGEST_FORM = "${{".length;
/** The maximum number of characters of a line that are inspected. */
const LONGEST_LINE = 1000;
const LONGEST_HELP = 60;

type Explain = (text: string, at: number, reason: string) => Explanation;

/**
 * The problem for an error that `parseEvents` threw.
 *
 * @throws the error itself if it is not about the text
 */
export function syntaxProblem(error: unknown, text: string, limits: Limits): Problem {
  if (error instanceof RangeError) return tooDeep(limits, { start: 0, end: 0 });
  if (!isAboutText(error) || error.mark === undefined) throw error;
  const at = Math.min(error.mark.position, text.length);
  const { reason } = error;
  const here = { start: at, end: at + 1 };
  if (reason.startsWith("nesting exceeded")) return tooDeep(limits, here);
  const explain = EXPLANATIONS.find(([pattern]) => pattern.test(reason))?.[1];
  const explanation = explain?.(text, at, reason) ??
    { problem: reason.charAt(0).toUpperCase() + reason.slice(1) };
  const range = explanation.range ?? here;
  return {
    problem: explanation.problem,
    help: expressionHelp(text, at) ?? explanation.help,
    range,
    path: [],
  };
}

/** Its class belongs to the parser, which is evaluated only when it is used. */
function isAboutText(error: unknown): error is YAMLException {
  return error instanceof Error && error.name === "YAMLException";
}

function tooDeep({ nesting }: Limits, range: TextPart): Problem {
  return {
    problem: `Lists and maps nest deeper than ${nesting} levels`,
    help: raiseLimit("nesting", nesting),
    range,
    path: [],
    limit: "nesting",
  };
}

/** The help for an unquoted expression earlier on the same line. */
function expressionHelp(text: string, at: number): string | undefined {
  const { start } = lineAround(text, at);
  const form = unquotedExpression(text.slice(start, at + LONGEST_FORM - 1));
  if (form === undefined) return undefined;
  const example = form === "${" ? "${ }" : "${{ }}";
  return `Quote the string that contains ${example}, or write it in a block after >-`;
}

const EXPLANATIONS: readonly [pattern: RegExp, explain: Explain][] = [
  [/^tab characters/, (text, at) => tab(text, at)],
  [/^bad indentation/, badIndentation],
  [/^can not read a block mapping entry|^expected ':'/, (text, at) => noColon(text, at)],
  [/^end of the stream or a document separator/, endExpected],
  [
    /^deficient indentation|^unexpected end of the (?:stream|document) within a (?!verb)/,
    notClosed,
  ],
  [/^missed comma/, missedComma],
  [/^expected the node content/, () => ({
    problem: "A value is missing before the comma",
    help: "Remove the comma, or write the value",
  })],
  [/^a whitespace character is expected/, () => ({
    problem: "A space is missing after the colon",
    help: "Write `key: value`",
  })],
  [/^a line break is expected/, (text, at) => {
    const start = Math.max(text.lastIndexOf("|", at - 1), text.lastIndexOf(">", at - 1));
    const rest = text.slice(start, Math.min(lineAround(text, at).end, start + LONGEST_HELP));
    return {
      problem: `\`${text[start]}\` begins a block of text, so nothing may follow it on its line`,
      help: `Quote a string that begins with it: "${rest.trim()}"`,
      range: { start, end: start + 1 },
    };
  }],
  [/^repeat of|^bad explicit indentation width/, () => ({
    problem: "A block of text begins with | or >, then at most one digit from 1 to 9 and a + or -",
    help: "Quote a string that begins with | or >",
  })],
  [/control|non-printable|^expected valid JSON/, (text, at) => {
    const code = (text.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    return {
      problem: `The control character U+${code} is not allowed here`,
      help: `Remove it, or write it as "\\u${code}" in double quotes`,
    };
  }],
  [/^null byte/, () => ({
    problem: "The file contains a NUL character, so it is not text",
    help: "Check that it is the file you meant",
  })],
  [/^unknown escape/, (text, at) => ({
    problem: `"\\${text[at] ?? ""}" is not a valid escape sequence`,
    help: "Write \\\\ for a backslash, or put the text in single quotes",
    range: { start: at - 1, end: at + 1 },
  })],
  [/^expected hexadecimal/, () => ({
    problem: "The escape sequence has too few hexadecimal digits",
    help: "Write two digits after \\x, four after \\u, eight after \\U",
  })],
  [/^alias node should not/, () => ({
    problem: "An alias cannot have a tag or an anchor of its own",
    help: "Remove it, or quote a string that begins with `*`",
  })],
  [/^name of an (?:anchor|alias)/, (text, at) => ({
    problem: `\`${text[at - 1]}\` needs a name after it`,
    help: `Quote a string that begins with \`${text[at - 1]}\``,
    range: { start: at - 1, end: at },
  })],
  [/^duplication of (?:a tag|an anchor)/, (_, __, reason) => ({
    problem: `The node has two ${reason.includes("tag") ? "tags" : "anchors"}`,
    help: "Remove one of them",
  })],
  [/directive|^unacceptable YAML version|^ill-formed tag|^there is a prev/, (text, at) => ({
    problem:
      "A line that begins with % before a document is a directive, and this one is not valid",
    help: "Remove it, or quote a string that begins with `%`",
    range: { start: lineAround(text, Math.max(0, at - 1)).start, end: at },
  })],
  [/tag/, (text, at) => ({
    problem: "This is not a valid tag",
    help: "Quote a string that begins with `!`",
    range: { start: text.lastIndexOf("!", at - 1), end: at },
  })],
];

function tab(text: string, at: number): Explanation {
  const { start } = lineAround(text, at);
  const found = text.indexOf("\t", start);
  return {
    problem: "A tab is used for indentation",
    help: "Indent with spaces",
    range: { start: found, end: found + 1 },
  };
}

function badIndentation(text: string, at: number): Explanation {
  const line = lineAround(text, at);
  const block = notIndented(text, at);
  if (block !== undefined) return block;
  const before = text.slice(line.start, at);
  const found = text[at] ?? "";
  if (indentationOf(line.text).includes("\t")) return tab(text, at);
  if (before.trim() === "") {
    return {
      problem: "The indentation of this line does not match any line above",
      help: "Align it with the entries it belongs to",
      range: { start: at, end: line.end },
    };
  }
  if (found === ":") return colon(text, at);
  if ("@`%".includes(found)) {
    return { problem: `A string cannot begin with \`${found}\``, help: "Quote it" };
  }
  if (found === "-") {
    return {
      problem: "A list cannot begin on the line of its key",
      help: "Write each `- item` on a line of its own below the key",
    };
  }
  if (found === "#") {
    return { problem: "A comment needs a space before its #", help: "Add a space" };
  }
  if ("]},[{".includes(found)) return unexpected(found);
  return {
    problem: "Unexpected text after the end of the value",
    help: before.trimEnd().endsWith("'")
      ? "Quote the whole text; within single quotes a ' is written ''"
      : "Quote the whole text, or remove what follows",
    range: { start: at, end: line.end },
  };
}

/** A `: ` where the mapping's entry already has a value. */
function colon(text: string, at: number): Explanation {
  const line = lineAround(text, at);
  const before = text.slice(line.start, Math.min(at, line.start + LONGEST_LINE));
  const value = /^[^"'#]*?:[ \t]+(?=\S)/.exec(before)?.[0];
  if (value === undefined) {
    return {
      problem: "A key is not allowed here: the line above already has a value",
      help: "Indent it like the line above, or remove the value there",
      range: { start: line.start + indentationOf(line.text).length, end: at },
    };
  }
  const rest = text.slice(line.start + value.length, line.end).trimEnd();
  if (rest.length > LONGEST_HELP) {
    return { problem: "A string that contains `: ` must be quoted", help: "Quote it" };
  }
  const quoted = rest.includes('"') ? `'${rest.replaceAll("'", "''")}'` : `"${rest}"`;
  return { problem: "A string that contains `: ` must be quoted", help: `Write ${quoted}` };
}

/** A line without a colon in a map, or one that was read as a string. */
function noColon(text: string, at: number): Explanation {
  const line = lineBefore(text, at) ?? lineAround(text, at);
  const block = notIndented(text, line.start);
  if (block !== undefined) return block;
  const start = line.start + indentationOf(line.text).length;
  if (/^-{2,}\s*$/.test(line.text)) {
    return {
      problem:
        `Documents are separated by three dashes, and this line has ${line.text.trim().length}`,
      help: "Write ---",
      range: { start, end: line.end },
    };
  }
  const pair = /^([A-Za-z_$][\w.$-]*)\s*(?:=>?|\s)\s*(\S.*)$/.exec(line.text.trim());
  if (pair !== null && line.text.length <= LONGEST_HELP) {
    return {
      problem: "A colon is missing after the key",
      help: `Write \`${pair[1]}: ${
        pair[2]?.trim()
      }\`, or indent the line if it belongs to the text above`,
      range: { start, end: line.end },
    };
  }
  const key = /^["']?[^\s"':]+["']?:(?=\S)/.exec(line.text.trimStart())?.[0];
  return {
    problem: key === undefined
      ? "This line is not a `key: value` pair"
      : `A space is missing after "${key}"`,
    help: key === undefined
      ? "Add the colon, or indent the line if it belongs to the text above"
      : "Write `key: value`",
    range: { start, end: line.end },
  };
}

function endExpected(text: string, at: number): Explanation {
  const line = lineAround(text, at);
  const block = notIndented(text, at);
  if (block !== undefined) return block;
  if (indentationOf(line.text).includes("\t")) return tab(text, at);
  const before = text.slice(line.start, at);
  if (before.trim() === "") {
    return {
      problem: "This line does not belong to the list or map above it",
      help: "Indent it like the lines above, or begin a new document with ---",
      range: { start: at, end: line.end },
    };
  }
  const found = text[at] ?? "";
  if (found === ":" && lineBefore(text, at) !== undefined) return noColon(text, at);
  if ("]},".includes(found)) return unexpected(found);
  return {
    problem: "Unexpected text after the end of the value",
    help: "Quote the whole text, or remove what follows",
    range: { start: at, end: line.end },
  };
}

function missedComma(text: string, at: number): Explanation {
  const found = text[at] ?? "";
  return "]}".includes(found) ? unexpected(found) : {
    problem: "A comma is missing between two entries",
    help: "Separate them with a comma; quote a string that contains one of , [ ] { }",
  };
}

function unexpected(found: string): Explanation {
  return {
    problem: `Unexpected "${found}"`,
    help: "Remove it, or quote a string that contains one of , [ ] { }",
  };
}

const CLOSERS: Readonly<Record<string, string>> = { "[": "]", "{": "}" };

function notClosed(text: string, at: number): Explanation {
  const opener = findOpener(text, at);
  if (opener === undefined) {
    return {
      problem: "This line is indented less than the text or list it belongs to",
      help: "Indent it, or close what was opened above",
    };
  }
  const mark = text.charAt(opener);
  return {
    problem: `The ${mark} is not closed`,
    help: `Add the closing ${CLOSERS[mark] ?? mark}, and indent the lines that belong to it`,
    range: { start: opener, end: opener + 1 },
  };
}
