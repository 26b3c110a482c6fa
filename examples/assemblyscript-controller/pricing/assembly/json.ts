// A small reader of JSON that Digly has written. For anything larger, use a library such as json-as.

/** The value of a field of an object as JSON, or an empty string if there is no such field. */
export function field(json: string, name: string): string {
  let at = skipSpace(json, 0);
  if (json.charCodeAt(at) != 0x7b) return "";
  at++;
  while (at < json.length) {
    at = skipSpace(json, at);
    if (json.charCodeAt(at) != 0x22) return "";
    const key = at;
    at = skipValue(json, at);
    const isWanted = unquote(json.substring(key, at)) == name;
    at = skipSpace(json, skipSpace(json, at) + 1);
    const start = at;
    at = skipValue(json, at);
    if (isWanted) return json.substring(start, at);
    at = skipSpace(json, at) + 1;
  }
  return "";
}

/** The text of a JSON string, or the JSON itself if it is another value. */
export function unquote(json: string): string {
  if (json.charCodeAt(0) != 0x22) return json;
  let text = "";
  for (let at = 1; at < json.length - 1; at++) {
    if (json.charCodeAt(at) != 0x5c) {
      text += json.charAt(at);
      continue;
    }
    const escape = json.charAt(++at);
    if (escape == "n") text += "\n";
    else if (escape == "t") text += "\t";
    else if (escape == "r") text += "\r";
    else if (escape == "b") text += "\b";
    else if (escape == "f") text += "\f";
    else if (escape == "u") {
      text += String.fromCharCode(<i32>parseInt(json.substr(at + 1, 4), 16));
      at += 4;
    } else text += escape;
  }
  return text;
}

function skipSpace(json: string, at: i32): i32 {
  while (at < json.length && json.charCodeAt(at) <= 0x20) at++;
  return at;
}

/** The position after a value. */
function skipValue(json: string, at: i32): i32 {
  let depth = 0;
  while (at < json.length) {
    const code = json.charCodeAt(at);
    if (code == 0x22) {
      at++;
      while (at < json.length && json.charCodeAt(at) != 0x22) {
        at += json.charCodeAt(at) == 0x5c ? 2 : 1;
      }
      if (depth == 0) return at + 1;
    } else if (code == 0x7b || code == 0x5b) depth++;
    else if (code == 0x7d || code == 0x5d) {
      if (depth == 0) return at;
      if (--depth == 0) return at + 1;
    } else if (code == 0x2c && depth == 0) return at;
    at++;
  }
  return at;
}
