#![no_main]
//! See `targets::config`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| unnoise_fuzz::config(data));
