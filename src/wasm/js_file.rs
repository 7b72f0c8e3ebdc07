//! A file of weights that JavaScript has.

use std::ops::Range;

use js_sys::Uint8Array;

use crate::checkpoint::weights_file::Parts;

/// Its bytes, of which each part is copied here when a tensor asks for it: the file never lies in this memory whole. An object that has
/// `length` and `subarray` as an array does is one too: it may read the part from where the file is.
#[derive(Debug)]
pub struct JsFile(pub Uint8Array);

impl Parts for JsFile {
    fn length(&self) -> usize {
        self.0.length() as usize
    }

    fn read(&self, range: Range<usize>) -> Vec<u8> {
        let bytes = self.0.subarray(range.start as u32, range.end as u32).to_vec();
        // So that what was given is let go of now, not with the next part.
        self.0.subarray(0, 0);
        bytes
    }
}
