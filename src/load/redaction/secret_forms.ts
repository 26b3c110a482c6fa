/** The forms in which a secret may appear: as it is, escaped for other formats, or encoded. */

/** Lines of a multi-line secret that are at least this long are secrets themselves. */
const SHORTEST_LINE = 8;

/** Longer secrets are searched only in their most common forms. */
const LONGEST_WITH_ALL_FORMS = 256 * 1024;

const encoder = new TextEncoder();

/** Every form of a secret and of its lines. */
export function formsOf(secret: string): Set<string> {
  const forms = new Set<string>();
  for (const piece of [secret, ...linesOf(secret)]) {
    for (const form of textForms(piece)) forms.add(form);
    for (const form of byteForms(encoder.encode(piece))) forms.add(form);
  }
  return forms;
}

/** The forms of bytes: hexadecimal, and base64 wherever in a longer sequence they stand. */
export function byteForms(bytes: Uint8Array): string[] {
  const forms: string[] = [];
  // Characters that depend on neighbouring bytes are omitted.
  for (const [before, skipped] of [0, 2, 3].entries()) {
    const whole = Math.floor(((before + bytes.length) * 8) / 6);
    const padded = base64(bytes, before);
    const core = padded.slice(skipped, whole);
    const ends = before === 0 ? [padded.replace(/=+$/, ""), padded] : [];
    for (const form of [core, ...ends]) {
      forms.push(form, form.replaceAll("+", "-").replaceAll("/", "_"));
    }
  }
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  forms.push(hex, hex.toUpperCase());
  return forms;
}

function linesOf(secret: string): string[] {
  const lines = secret.split(/[\r\n]+/);
  return lines.length === 1
    ? []
    : lines.map((line) => line.trim()).filter((line) => line.length >= SHORTEST_LINE);
}

function textForms(text: string): string[] {
  const json = inJson(text);
  if (text.length > LONGEST_WITH_ALL_FORMS) return [text, json];
  return [
    text,
    json,
    inJson(json),
    json.replaceAll("/", "\\/"),
    // deno-lint-ignore no-control-regex
    json.replace(/[^\x00-\x7f]/g, (char) => `\\u${hexOf(char, 4)}`),
    // A literal of CEL and of JavaScript, and one of YAML and SQL.
    json.replaceAll('\\"', '"').replaceAll("'", "\\'"),
    text.replaceAll("'", "''"),
    ...inUrl(text),
    ...inHtml(text),
    ...inShell(text),
  ];
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** As in URLs and forms; strings with a lone surrogate have no such form. */
function inUrl(text: string): string[] {
  let component: string;
  try {
    component = encodeURIComponent(text);
  } catch {
    return [];
  }
  const strict = component.replace(/[!'()*]/g, (char) => `%${hexOf(char, 2).toUpperCase()}`);
  const form = new URLSearchParams([["", text]]).toString().slice(1);
  const forms = [component, strict, form, encodeURI(text)];
  return [
    ...forms,
    ...forms.map((one) => one.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())),
  ];
}

function inHtml(text: string): string[] {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const quotes = [["&quot;", "&#39;"], ["&quot;", "&#x27;"], ["&#34;", "&#39;"], [
    "&quot;",
    "&apos;",
  ], ["&quot;", "'"]] as const;
  return [
    escaped,
    ...quotes.map(([double, single]) => escaped.replaceAll('"', double).replaceAll("'", single)),
  ];
}

/** Within single quotes, within double quotes, and with a backslash before each special one. */
function inShell(text: string): string[] {
  return [
    text.replaceAll("'", "'\\''"),
    text.replaceAll("'", `'"'"'`),
    text.replace(/[$`"\\!]/g, "\\$&"),
    text.replace(/[$`"\\]/g, "\\$&"),
    text.replace(/[^\w@%+=:,./-]/g, "\\$&"),
  ];
}

function hexOf(char: string, digits: number): string {
  return char.charCodeAt(0).toString(16).padStart(digits, "0");
}

/** Base64 of `before` zero bytes and `bytes`. */
function base64(bytes: Uint8Array, before: number): string {
  let binary = "\0".repeat(before);
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
