//! The controller of Pricing.Quote.
mod digly;
mod json;

use digly::{ask, emit, fail, report_panics, result, text_at, WAIT};
use json::{field, quote, unquote};
use std::cell::RefCell;

/// What an instance remembers.
#[derive(Default)]
struct State {
    /// The resource that knows the rates.
    rates: String,
    /// The input, while the rate of its country is asked for.
    net: i64,
    country: String,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::new(State::default());
}

/// # Safety
/// Called by Digly.
#[no_mangle]
pub unsafe extern "C" fn create(pointer: *const u8, length: usize) {
    report_panics();
    let rates = unquote(field(text_at(pointer, length), "rates"));
    STATE.with(|state| state.borrow_mut().rates = rates);
}

/// # Safety
/// Called by Digly.
#[no_mangle]
pub unsafe extern "C" fn execute(pointer: *const u8, length: usize) -> u64 {
    let input = text_at(pointer, length);
    STATE.with(|state| {
        let mut state = state.borrow_mut();
        state.net = field(input, "net").parse().expect("`net` is an integer");
        state.country = unquote(field(input, "country"));
        ask(&state.rates, &quote(&state.country));
    });
    WAIT
}

/// Called with the answer: `[{"id": 1, "result": 19}]`.
///
/// # Safety
/// Called by Digly.
#[no_mangle]
pub unsafe extern "C" fn resume(pointer: *const u8, length: usize) -> u64 {
    let answers = text_at(pointer, length);
    STATE.with(|state| {
        let State { net, country, .. } = &*state.borrow();
        let rate: i64 = match field(&answers[1..], "result").parse() {
            Ok(rate) => rate,
            Err(_) => {
                let problem = format!("There is no rate for {}", quote(country));
                return fail("Pricing.UnknownCountry", &problem);
            }
        };
        let tax = net * rate / 100;
        let priced = format!(r#"{{"net":{},"tax":{},"gross":{}}}"#, net, tax, net + tax);
        emit("Quoted", &priced);
        result(priced)
    })
}
