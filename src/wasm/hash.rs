//! SHA-256 of what comes in parts: a browser's own hashes what is in memory whole, and copies it.

use sha2::{Digest as _, Sha256};
use wasm_bindgen::prelude::*;

/// A hash on its way.
#[wasm_bindgen(js_name = Sha256)]
#[derive(Debug, Default)]
pub struct WasmSha256 {
    hash: Sha256,
}

#[wasm_bindgen(js_class = Sha256)]
impl WasmSha256 {
    /// That of nothing.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
    }

    /// The hash in hex.
    pub fn finish(self) -> String {
        self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
