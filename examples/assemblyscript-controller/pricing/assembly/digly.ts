// The interface between Digly and a module in AssemblyScript: how text is passed, and what a module
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

/** What `execute` returns to wait for the executions that it has asked for. */
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

/** Writes a line to the log; `level` is debug, info, warn or error. */
export function log(level: string, message: string): void {
  request(`{"op":"log","level":${quote(level)},"message":${quote(message)}}`);
}

/** Emits an event of the resource. */
export function emit(event: string, payload: string): void {
  request(`{"op":"emit","event":${quote(event)},"payload":${payload}}`);
}

/** Asks to execute another resource. Return `WAIT`, and find the answer in `resume`. */
export function ask(urn: string, input: string): void {
  request(`{"op":"execute","urn":${quote(urn)},"input":${input}}`);
}

/** Fails with a code that the definition of the kind declares. */
export function fail(code: string, message: string): u64 {
  request(`{"op":"fail","code":${quote(code)},"message":${quote(message)}}`);
  return 0;
}

/** Text as a JSON string. */
export function quote(text: string): string {
  let quoted = '"';
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code == 0x22 || code == 0x5c) quoted += "\\" + text.charAt(index);
    else if (code < 0x20) quoted += "\\u" + code.toString(16).padStart(4, "0");
    else quoted += text.charAt(index);
  }
  return quoted + '"';
}
