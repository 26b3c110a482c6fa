//! The interface between Digly and a module in Rust: how text is passed, and what a module can ask
//! for. The documentation of Digly describes the whole interface in `docs/wasm.md`.
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
/// `pointer` and `length` must come from `alloc` or from `result`.
#[no_mangle]
pub unsafe extern "C" fn dealloc(pointer: *mut u8, length: usize) {
    drop(Vec::from_raw_parts(pointer, 0, length));
}

/// What `execute` returns to wait for the executions that it has asked for.
pub const WAIT: u64 = u64::MAX;

/// The text that Digly passes.
///
/// # Safety
/// `pointer` and `length` must be what Digly has passed.
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

/// Writes a line to the log; `level` is debug, info, warn or error.
pub fn log(level: &str, message: &str) {
    request(&format!(
        r#"{{"op":"log","level":{},"message":{}}}"#,
        quote(level),
        quote(message)
    ));
}

/// Emits an event of the resource; `payload` is JSON.
pub fn emit(event: &str, payload: &str) {
    request(&format!(
        r#"{{"op":"emit","event":{},"payload":{}}}"#,
        quote(event),
        payload
    ));
}

/// Asks to execute another resource. Return `WAIT`, and find the answer in `resume`.
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

/// Makes the message of a panic part of the error. Call it in `create`.
pub fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        let message = quote(&info.to_string());
        request(&format!(r#"{{"op":"panic","message":{}}}"#, message));
    }));
}
