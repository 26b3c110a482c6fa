#!/bin/sh
# Builds quote.wasm from src/ with the compiler in RUSTC, and notes its hash. It needs the standard
# library for WebAssembly: `rustup target add wasm32-unknown-unknown`, or Debian's rustc with
# libstd-rust-dev-wasm32 and lld. RUSTFLAGS are passed on.
set -e
cd "$(dirname "$0")"
out="${1:-.}"
# shellcheck disable=SC2086
"${RUSTC:-rustc}" --target wasm32-unknown-unknown --crate-type cdylib --crate-name quote --edition 2021 \
  -C opt-level=s -C lto -C panic=abort -C strip=symbols --remap-path-prefix "$PWD=." \
  $RUSTFLAGS src/lib.rs -o "$out/quote.wasm"
chmod 644 "$out/quote.wasm"
cd "$out"
sha256sum quote.wasm > quote.wasm.sha256
