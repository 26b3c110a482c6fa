/** The controller in Rust of a starter module. */
import type { ModuleNames } from "./names.ts";

/** Texts by file name. */
export function rustFiles({ name }: ModuleNames): Record<string, string> {
  return {
    "Cargo.toml": `[package]
name = "greeting"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[profile.release]
opt-level = "s"
lto = true
panic = "abort"
strip = "symbols"
`,
    "src/lib.rs": `//! The controller of ${name}.Greeting.
mod digly;
mod json;

use digly::{log, report_panics, result, text_at};
use json::{field, quote, unquote};
use std::cell::RefCell;

thread_local! {
    /// The field \`text\` of the resource.
    static TEXT: RefCell<String> = RefCell::new(String::new());
}

/// Called once for each instance of the module, with the resource.
///
/// # Safety
/// Called by Digly.
#[no_mangle]
pub unsafe extern "C" fn create(pointer: *const u8, length: usize) {
    report_panics();
    let text = unquote(field(text_at(pointer, length), "text"));
    TEXT.with(|own| *own.borrow_mut() = text);
    log("debug", "Ready to greet");
}

/// Called for each execution, with the input.
///
/// # Safety
/// Called by Digly.
#[no_mangle]
pub unsafe extern "C" fn execute(pointer: *const u8, length: usize) -> u64 {
    let name = unquote(text_at(pointer, length));
    TEXT.with(|text| result(quote(&format!("{} {}!", text.borrow(), name))))
}
`,
    "src/digly.rs": INTERFACE,
    "src/json.rs": JSON_READER,
  };
}

/** The command that builds the controller. */
export const RUST_BUILD: string = "cargo build --release --target wasm32-unknown-unknown && " +
  "cp target/wasm32-unknown-unknown/release/greeting.wasm .";

const INTERFACE =
  `//! The interface between Digly and a module in Rust: how text is passed, and what a module can ask
//! for. The documentation of Digly describes the whole interface in \`docs/wasm.md\`.
#![allow(dead_code)]

use crate::json::quote;

#[link(wasm_import_module = "digly")]
extern "C" {
    #[link_name = "call"]
    fn digly_call(pointer: *const u8, length: usize) -> u64;
}

/// The version of the interface.
#[no_mangle]
pub extern "C" fn digly_abi() -> i32 {
    1
}

#[no_mangle]
pub extern "C" fn alloc(length: usize) -> *mut u8 {
    let mut bytes = Vec::<u8>::with_capacity(length);
    let pointer = bytes.as_mut_ptr();
    std::mem::forget(bytes);
    pointer
}

/// # Safety
/// \`pointer\` and \`length\` must come from \`alloc\` or from \`result\`.
#[no_mangle]
pub unsafe extern "C" fn dealloc(pointer: *mut u8, length: usize) {
    drop(Vec::from_raw_parts(pointer, 0, length));
}

/// What \`execute\` returns to wait for the executions that it has asked for.
pub const WAIT: u64 = u64::MAX;

/// The text that Digly passes.
///
/// # Safety
/// \`pointer\` and \`length\` must be what Digly has passed.
pub unsafe fn text_at<'a>(pointer: *const u8, length: usize) -> &'a str {
    std::str::from_utf8_unchecked(std::slice::from_raw_parts(pointer, length))
}

/// Text as a result: JSON in memory that Digly frees.
pub fn result(json: String) -> u64 {
    let bytes = json.into_bytes().into_boxed_slice();
    let length = bytes.len() as u64;
    let pointer = Box::into_raw(bytes) as *mut u8 as usize as u64;
    (pointer << 32) | length
}

/// Sends a request to Digly; returns the answer, which is empty if there is none.
fn request(json: &str) -> String {
    let packed = unsafe { digly_call(json.as_ptr(), json.len()) };
    if packed == 0 {
        return String::new();
    }
    let length = (packed & 0xffff_ffff) as usize;
    let pointer = (packed >> 32) as usize as *mut u8;
    unsafe { String::from_utf8_unchecked(Vec::from_raw_parts(pointer, length, length)) }
}

/// Writes a line to the log; \`level\` is debug, info, warn or error.
pub fn log(level: &str, message: &str) {
    request(&format!(
        r#"{{"op":"log","level":{},"message":{}}}"#,
        quote(level),
        quote(message)
    ));
}

/// Emits an event of the resource; \`payload\` is JSON.
pub fn emit(event: &str, payload: &str) {
    request(&format!(
        r#"{{"op":"emit","event":{},"payload":{}}}"#,
        quote(event),
        payload
    ));
}

/// Asks to execute another resource. Return \`WAIT\`, and find the answer in \`resume\`.
pub fn ask(urn: &str, input: &str) {
    request(&format!(
        r#"{{"op":"execute","urn":{},"input":{}}}"#,
        quote(urn),
        input
    ));
}

/// Fails with a code that the definition of the kind declares.
pub fn fail(code: &str, message: &str) -> u64 {
    request(&format!(
        r#"{{"op":"fail","code":{},"message":{}}}"#,
        quote(code),
        quote(message)
    ));
    0
}

/// Makes the message of a panic part of the error. Call it in \`create\`.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        let message = quote(&info.to_string());
        request(&format!(r#"{{"op":"panic","message":{}}}"#, message));
    }));
}
`;

const JSON_READER =
  `//! A small reader of JSON that Digly has written. For anything larger, use a crate such as serde_json.
#![allow(dead_code)]

/// The value of a field of an object as JSON, or an empty string if there is no such field.
pub fn field<'a>(json: &'a str, name: &str) -> &'a str {
    let bytes = json.as_bytes();
    let mut at = skip_space(bytes, 0);
    if bytes.get(at) != Some(&b'{') {
        return "";
    }
    at += 1;
    while at < bytes.len() {
        at = skip_space(bytes, at);
        if bytes.get(at) != Some(&b'"') {
            return "";
        }
        let key = at;
        at = skip_value(bytes, at);
        let is_wanted = unquote(&json[key..at]) == name;
        at = skip_space(bytes, skip_space(bytes, at) + 1);
        let start = at;
        at = skip_value(bytes, at);
        if is_wanted {
            return json[start..at].trim_end();
        }
        at = skip_space(bytes, at) + 1;
    }
    ""
}

/// The text of a JSON string, or the JSON itself if it is another value.
pub fn unquote(json: &str) -> String {
    let inner = match json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner,
        None => return json.to_string(),
    };
    let mut units: Vec<u16> = Vec::with_capacity(inner.len());
    let mut chars = inner.chars();
    let mut buffer = [0; 2];
    while let Some(char) = chars.next() {
        if char != '\\\\' {
            units.extend_from_slice(char.encode_utf16(&mut buffer));
            continue;
        }
        match chars.next() {
            Some('n') => units.push(10),
            Some('t') => units.push(9),
            Some('r') => units.push(13),
            Some('b') => units.push(8),
            Some('f') => units.push(12),
            Some('u') => {
                let digits: String = chars.by_ref().take(4).collect();
                units.push(u16::from_str_radix(&digits, 16).unwrap_or(0xfffd));
            }
            Some(other) => units.extend_from_slice(other.encode_utf16(&mut buffer)),
            None => {}
        }
    }
    String::from_utf16_lossy(&units)
}

/// Text as a JSON string.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\\\' => {
                quoted.push('\\\\');
                quoted.push(char);
            }
            '\\0'..='\\u{1f}' => quoted.push_str(&format!("\\\\u{:04x}", char as u32)),
            _ => quoted.push(char),
        }
    }
    quoted.push('"');
    quoted
}

fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && bytes[at] <= b' ' {
        at += 1;
    }
    at
}

/// The position after a value.
fn skip_value(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\\\' { 2 } else { 1 };
                }
                if depth == 0 {
                    return at + 1;
                }
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                if depth == 0 {
                    return at;
                }
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            b',' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    at
}
`;
