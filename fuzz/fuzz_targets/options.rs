#![no_main]
//! See `targets::options`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| unnoise_fuzz::options(data));
