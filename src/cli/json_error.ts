/** Finds the position of a JSON syntax error, because the messages of the runtimes differ. */

/** White space followed by one token. */
const TOKEN =
  // deno-lint-ignore no-control-regex
  /[ \t\n\r]*([{}[\],:]|"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null)(?!\w))/y;

/** The next token allowed; `first …` also allows the end of an empty list or object. */
type Expected = "value" | "first value" | "key" | "first key" | "colon" | "more";

/** The offset of the first unexpected token, or the length of a string that ends too early. */
export function jsonErrorOffset(text: string): number {
  const open: ("{" | "[")[] = [];
  const pattern = new RegExp(TOKEN);
  let expected: Expected = "value";
  for (;;) {
    const from = pattern.lastIndex;
    const [all, token] = pattern.exec(text) ?? [];
    if (all === undefined || token === undefined) {
      return from + text.slice(from).search(/[^ \t\n\r]|$/);
    }
    const next = step(token, expected, open);
    if (next === undefined) return from + all.length - token.length;
    expected = next;
  }
}

/** What may follow `token`; `undefined` if the token is not allowed. */
function step(token: string, expected: Expected, open: ("{" | "[")[]): Expected | undefined {
  switch (expected) {
    case "first value":
      if (token === "]") return close(open);
      return value(token, open);
    case "value":
      return value(token, open);
    case "first key":
      if (token === "}") return close(open);
      return token.startsWith('"') ? "colon" : undefined;
    case "key":
      return token.startsWith('"') ? "colon" : undefined;
    case "colon":
      return token === ":" ? "value" : undefined;
    case "more": {
      const inside = open.at(-1);
      if (inside === undefined) return undefined;
      if (token === ",") return inside === "{" ? "key" : "value";
      return token === (inside === "{" ? "}" : "]") ? close(open) : undefined;
    }
  }
}

function value(token: string, open: ("{" | "[")[]): Expected | undefined {
  if (token === "{" || token === "[") {
    open.push(token);
    return token === "{" ? "first key" : "first value";
  }
  return /^[}\],:]/.test(token) ? undefined : "more";
}

function close(open: ("{" | "[")[]): Expected {
  open.pop();
  return "more";
}
