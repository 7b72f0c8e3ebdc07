#![no_main]
//! See `targets::table`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| unnoise_fuzz::table(data));
