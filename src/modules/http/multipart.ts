/** Reads forms with files, the same on every runtime: their own readers disagree about broken ones. */

/** A file of a form. */
export interface FormFile {
  readonly filename: string;
  /** As the client says. */
  readonly type: string;
  readonly content: Uint8Array;
}

const BOUNDARY = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i;
const HEADERS_END = "\r\n\r\n";
/** Headers of a part are short; more is a mistake or an attack. */
const MAX_HEADER_LENGTH = 8_192;

const decoder = new TextDecoder("utf-8", { fatal: true });
/** Gives one character for each byte, so that positions are the same. */
const latin1 = new TextDecoder("latin1");

/**
 * The fields of a body of the type `multipart/form-data`: text, or a {@link FormFile}. Throws an
 * `Error` that says what the body must be.
 */
export function readMultipart(
  bytes: Uint8Array,
  contentType: string,
): [string, string | FormFile][] {
  const [, quoted, plain] = BOUNDARY.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw new Error("must have a boundary in its content type");
  const text = latin1.decode(bytes);
  const delimiter = `\r\n--${boundary}`;
  // What is before the first delimiter is ignored.
  const first = text.startsWith(delimiter.slice(2)) ? -2 : text.indexOf(delimiter);
  if (first === -1) throw new Error("must begin with its boundary");
  const fields: [string, string | FormFile][] = [];
  for (let at = first + delimiter.length;;) {
    if (text.startsWith("--", at)) return fields;
    if (!text.startsWith("\r\n", at)) throw new Error("must have a line break after its boundary");
    const headersEnd = text.indexOf(HEADERS_END, at);
    const end = text.indexOf(delimiter, at + 2);
    if (headersEnd < 0 || end < 0 || headersEnd > end) throw new Error("must not end early");
    if (headersEnd - at > MAX_HEADER_LENGTH) {
      throw new Error("must have short headers in its parts");
    }
    const headers = decode(bytes.subarray(at + 2, headersEnd));
    fields.push(readPart(headers, bytes.subarray(headersEnd + HEADERS_END.length, end)));
    at = end + delimiter.length;
  }
}

function readPart(headers: string, content: Uint8Array): [string, string | FormFile] {
  const parameters = parametersOf(headerOf(headers, "content-disposition") ?? "");
  const name = parameters.get("name");
  if (name === undefined) throw new Error("must have a name for each of its parts");
  const filename = parameters.get("filename");
  if (filename === undefined) return [name, decode(content)];
  const type = headerOf(headers, "content-type") ?? "application/octet-stream";
  return [name, { filename, type, content: new Uint8Array(content) }];
}

function headerOf(headers: string, name: string): string | undefined {
  for (const line of headers.split("\r\n")) {
    const colon = line.indexOf(":");
    if (line.slice(0, colon).trim().toLowerCase() === name) return line.slice(colon + 1).trim();
  }
  return undefined;
}

/** The parameters of `form-data; name="a"`. Browsers escape quotes and line breaks in them. */
function parametersOf(disposition: string): Map<string, string> {
  const parameters = new Map<string, string>();
  const start = /^form-data\s*(?=;)/i.exec(disposition);
  const parameter = /;\s*([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))\s*/y;
  parameter.lastIndex = start?.[0].length ?? disposition.length;
  for (let match; (match = parameter.exec(disposition)) !== null;) {
    const [, name = "", quoted, plain = ""] = match;
    const value = quoted?.replace(/\\(["\\])/g, "$1").replaceAll("%22", '"')
      .replace(/%0D%0A/gi, "\r\n");
    parameters.set(name.toLowerCase(), value ?? plain);
  }
  return parameters;
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new Error("must be UTF-8 where it is text");
  }
}
