/** Patterns of paths, such as `*.json`. */

/** A function that says whether a path with slashes matches a pattern. */
export function compileGlob(pattern: string): (path: string) => boolean {
  const expression = new RegExp(`^${sourceOf(pattern)}$`, "su");
  return (path) => expression.test(path);
}

function sourceOf(pattern: string): string {
  let source = "";
  let isInBraces = false;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern.charAt(at);
    if (pattern.startsWith("**/", at)) {
      source += "(?:.*/)?";
      at += 2;
    } else if (pattern.startsWith("**", at)) {
      source += ".*";
      at += 1;
    } else if (character === "*") source += "[^/]*";
    else if (character === "?") source += "[^/]";
    else if (character === "{" && pattern.includes("}", at)) {
      source += "(?:";
      isInBraces = true;
    } else if (character === "}" && isInBraces) {
      source += ")";
      isInBraces = false;
    } else if (character === "," && isInBraces) source += "|";
    else source += character.replace(/[\\^$.|+()[\]{}/-]/, "\\$&");
  }
  return isInBraces ? source + ")" : source;
}
