//! A file of weights that JavaScript has, or is getting.

use std::ops::Range;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use crate::checkpoint::weights_file::Parts;

#[wasm_bindgen]
extern "C" {
    /// The file's bytes, in pieces: `Parts` of `www/src/wasm.ts`.
    #[derive(Debug)]
    pub type JsFile;

    #[wasm_bindgen(method, getter, js_name = length)]
    fn count(this: &JsFile) -> usize;

    /// The bytes from `first` on, up to `end` or to the end of their piece.
    #[wasm_bindgen(method)]
    fn at(this: &JsFile, first: usize, end: usize) -> Uint8Array;

    #[wasm_bindgen(method, js_name = release)]
    fn give_back(this: &JsFile, first: usize, end: usize);
}

/// Each part is copied here when a tensor asks for it: the file never lies in this memory whole.
impl Parts for JsFile {
    fn length(&self) -> usize {
        self.count()
    }

    fn read(&self, range: Range<usize>) -> Vec<u8> {
        let mut bytes = vec![0; range.len()];
        let mut copied = 0;
        while copied < bytes.len() {
            let part = self.at(range.start + copied, range.end);
            let end = copied + part.length() as usize;
            part.copy_to(&mut bytes[copied..end]);
            copied = end;
        }
        bytes
    }

    fn release(&self, range: Range<usize>) {
        self.give_back(range.start, range.end);
    }
}
