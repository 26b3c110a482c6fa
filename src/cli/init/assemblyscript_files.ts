/** The controller in AssemblyScript of a starter module. */
import type { ModuleNames } from "./names.ts";

/** Texts by file name. */
export function assemblyScriptFiles({ name }: ModuleNames): Record<string, string> {
  return {
    "assembly/index.ts": `// The controller of ${name}.Greeting.
import { log, quote, result, textAt } from "./digly";
import { field, unquote } from "./json";

export { alloc, dealloc, digly_abi } from "./digly";

/** The field \`text\` of the resource. */
let text: string = "";

/** Called once for each instance of the module, with the resource. */
export function create(pointer: usize, length: i32): void {
  text = unquote(field(textAt(pointer, length), "text"));
  log("debug", "Ready to greet");
}

/** Called for each execution, with the input. */
export function execute(pointer: usize, length: i32): u64 {
  const name = unquote(textAt(pointer, length));
  return result(quote(\`\${text} \${name}!\`));
}
`,
    "assembly/tsconfig.json": `{
  "extends": "assemblyscript/std/assembly.json",
  "include": ["./**/*.ts"]
}
`,
    "assembly/digly.ts": INTERFACE,
    "assembly/json.ts": JSON_READER,
  };
}

/** The command that builds the controller. */
export const ASSEMBLYSCRIPT_BUILD = "asc assembly/index.ts --outFile greeting.wasm --optimize";

const INTERFACE =
  `// The interface between Digly and a module in AssemblyScript: how text is passed, and what a module
// can ask for. The documentation of Digly describes the whole interface in docs/wasm.md.

@external("digly", "call")
declare function digly_call(pointer: usize, length: i32): u64;

/** The version of the interface. */
export const digly_abi: i32 = 1;

export function alloc(length: i32): usize {
  return heap.alloc(length);
}

export function dealloc(pointer: usize, length: i32): void {
  heap.free(pointer);
}

/** What \`execute\` returns to wait for the executions that it has asked for. */
export const WAIT: u64 = u64.MAX_VALUE;

/** The text that Digly passes. */
export function textAt(pointer: usize, length: i32): string {
  return String.UTF8.decodeUnsafe(pointer, length);
}

/** Text as a result: JSON in memory that Digly frees. */
export function result(json: string): u64 {
  const length = String.UTF8.byteLength(json);
  const pointer = heap.alloc(length);
  String.UTF8.encodeUnsafe(changetype<usize>(json), json.length, pointer);
  return ((pointer as u64) << 32) | (length as u64);
}

/** Sends a request to Digly; returns the answer, which is empty if there is none. */
function request(json: string): string {
  const text = String.UTF8.encode(json);
  const packed = digly_call(changetype<usize>(text), text.byteLength);
  if (packed == 0) return "";
  const pointer = (packed >> 32) as usize;
  const answer = String.UTF8.decodeUnsafe(pointer, (packed & 0xffffffff) as usize);
  heap.free(pointer);
  return answer;
}

/** Writes a line to the log; \`level\` is debug, info, warn or error. */
export function log(level: string, message: string): void {
  request(\`{"op":"log","level":\${quote(level)},"message":\${quote(message)}}\`);
}

/** Emits an event of the resource. */
export function emit(event: string, payload: string): void {
  request(\`{"op":"emit","event":\${quote(event)},"payload":\${payload}}\`);
}

/** Asks to execute another resource. Return \`WAIT\`, and find the answer in \`resume\`. */
export function ask(urn: string, input: string): void {
  request(\`{"op":"execute","urn":\${quote(urn)},"input":\${input}}\`);
}

/** Fails with a code that the definition of the kind declares. */
export function fail(code: string, message: string): u64 {
  request(\`{"op":"fail","code":\${quote(code)},"message":\${quote(message)}}\`);
  return 0;
}

/** Text as a JSON string. */
export function quote(text: string): string {
  let quoted = '"';
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code == 0x22 || code == 0x5c) quoted += "\\\\" + text.charAt(index);
    else if (code < 0x20) quoted += "\\\\u" + code.toString(16).padStart(4, "0");
    else quoted += text.charAt(index);
  }
  return quoted + '"';
}
`;

const JSON_READER =
  `// A small reader of JSON that Digly has written. For anything larger, use a library such as json-as.

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
    if (escape == "n") text += "\\n";
    else if (escape == "t") text += "\\t";
    else if (escape == "r") text += "\\r";
    else if (escape == "b") text += "\\b";
    else if (escape == "f") text += "\\f";
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
`;
