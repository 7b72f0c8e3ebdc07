#![no_main]
//! See `targets::scheduler`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| unnoise_fuzz::scheduler(data));
