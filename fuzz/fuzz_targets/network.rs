#![no_main]
//! See `targets::network`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| unnoise_fuzz::network(data));
