//! A file of weights in JavaScript's memory.

use std::ops::Range;

use js_sys::Uint8Array;

use crate::checkpoint::weights_file::Parts;

/// Its bytes, of which each part is copied here when a tensor asks for it: the file never lies in this memory whole.
#[derive(Debug)]
pub struct JsFile(pub Uint8Array);

impl Parts for JsFile {
    fn length(&self) -> usize {
        self.0.length() as usize
    }

    fn read(&self, range: Range<usize>) -> Vec<u8> {
        self.0.subarray(range.start as u32, range.end as u32).to_vec()
    }
}
