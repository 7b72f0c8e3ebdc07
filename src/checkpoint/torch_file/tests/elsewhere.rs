//! A file that lies elsewhere, and what it says beside one in memory.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use crate::checkpoint::tensor::StoredTensor;
use crate::checkpoint::weights;
use crate::checkpoint::weights_file::{Parts, WeightsFile};
use crate::error::Error;

/// A file of which every reading is noted.
#[derive(Debug, Default)]
pub struct Elsewhere {
    pub bytes: Vec<u8>,
    pub read: RefCell<Vec<Range<usize>>>,
    /// How often each byte was given back.
    pub released: RefCell<Vec<u8>>,
}

impl Elsewhere {
    pub fn new(bytes: Vec<u8>) -> Rc<Self> {
        let released = RefCell::new(vec![0; bytes.len()]);
        Rc::new(Self { bytes, released, ..Self::default() })
    }
}

impl Parts for Elsewhere {
    fn length(&self) -> usize {
        self.bytes.len()
    }

    fn read(&self, range: Range<usize>) -> Vec<u8> {
        assert!(self.released.borrow()[range.clone()].iter().all(|times| *times == 0), "{range:?} was given back");
        self.read.borrow_mut().push(range.clone());
        self.bytes[range].to_vec()
    }

    fn release(&self, range: Range<usize>) {
        self.released.borrow_mut()[range].iter_mut().for_each(|times| *times += 1);
    }
}

/// The tensors of a file, or what is said of it: the same whether it is read whole or in parts.
pub fn read(file: &[u8]) -> Result<Vec<StoredTensor<'_>>, Error> {
    let whole = weights::read(file);
    check_equal(&whole, &weights::read(WeightsFile::InParts(Elsewhere::new(file.to_vec()))));
    whole
}

fn check_equal(whole: &Result<Vec<StoredTensor>, Error>, in_parts: &Result<Vec<StoredTensor>, Error>) {
    let parts = |tensor: &StoredTensor| {
        let rows = tensor.rows().into_owned();
        (tensor.name.clone(), tensor.shape.clone(), tensor.dtype, tensor.strides.clone(), rows)
    };
    let all = |tensors: &Vec<StoredTensor>| tensors.iter().map(parts).collect::<Vec<_>>();
    assert_eq!(in_parts.as_ref().map(all), whole.as_ref().map(all));
}
