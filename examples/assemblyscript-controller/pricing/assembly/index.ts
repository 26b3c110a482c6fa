// The controller of Pricing.Quote.
import { ask, emit, fail, quote, result, textAt, WAIT } from "./digly";
import { field, unquote } from "./json";

export { alloc, dealloc, digly_abi } from "./digly";

/** The resource that knows the rates. */
let rates: string = "";
/** The input, while the rate of its country is asked for. */
let net: i64 = 0;
let country: string = "";

export function create(pointer: usize, length: i32): void {
  rates = unquote(field(textAt(pointer, length), "rates"));
}

export function execute(pointer: usize, length: i32): u64 {
  const input = textAt(pointer, length);
  net = I64.parseInt(field(input, "net"));
  country = unquote(field(input, "country"));
  ask(rates, quote(country));
  return WAIT;
}

/** Called with the answer: `[{"id": 1, "result": 19}]`. */
export function resume(pointer: usize, length: i32): u64 {
  const answers = textAt(pointer, length);
  const rate = field(answers.substring(1), "result");
  if (rate == "" || rate == "null") {
    return fail("Pricing.UnknownCountry", `There is no rate for ${quote(country)}`);
  }
  const tax = (net * I64.parseInt(rate)) / 100;
  const priced = `{"net":${net},"tax":${tax},"gross":${net + tax}}`;
  emit("Quoted", priced);
  return result(priced);
}
