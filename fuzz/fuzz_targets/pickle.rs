#![no_main]
//! See `targets::pickle`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| unnoise_fuzz::pickle(data));
