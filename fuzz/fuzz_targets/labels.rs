#![no_main]
//! See `targets::labels`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| unnoise_fuzz::labels(data));
