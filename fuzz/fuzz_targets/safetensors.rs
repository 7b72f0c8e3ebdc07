#![no_main]
//! See `targets::safetensors`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| unnoise_fuzz::safetensors(data));
