//! Between images on the CPU and burn's tensors.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use burn::tensor::Tensor;
use unnoise::kernels::cpu::{Device, Image};

use super::plain::tensor;

/// Both sum in f32, in another order: some units in the last place of sums of up to about 1000 terms.
const TOLERANCE: f64 = 2e-6;

/// The image of a tensor `[batch, height, width, channels]`.
pub fn image(x: Tensor<4>) -> Image {
    let x = x.permute([0, 3, 1, 2]);
    let dims = x.dims();
    Image::upload(&numbers(x), dims, &Device::Cpu)
}

/// The tensor of an image.
pub fn into_tensor(image: Image) -> Tensor<4> {
    let [batch, height, width, channels] = image.dims();
    let Poll::Ready(numbers) = pin!(image.download()).as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("the CPU answers at once")
    };
    tensor(numbers.expect("the CPU's memory"), [batch, channels, height, width]).permute([0, 2, 3, 1])
}

pub fn numbers<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.into_data().try_into_vec().expect("f32")
}

pub fn assert_same(found: Image, expected: Tensor<4>, what: &str) {
    assert_within(TOLERANCE, found, expected, what);
}

/// The L2 norm of the difference is at most `tolerance` times the expected tensor's.
pub fn assert_within(tolerance: f64, found: Image, expected: Tensor<4>, what: &str) {
    let found = into_tensor(found);
    assert_eq!(found.dims(), expected.dims(), "{what}");
    let [found, expected] = [found, expected].map(numbers);
    let norm = |terms: &mut dyn Iterator<Item = f64>| terms.map(|term| term * term).sum::<f64>().sqrt();
    let error = norm(&mut found.iter().zip(&expected).map(|(a, b)| f64::from(*a) - f64::from(*b)));
    let size = norm(&mut expected.iter().map(|b| f64::from(*b)));
    // An image may be all zeros, behind a rectifier.
    assert!(error <= tolerance * size, "{what}: L2 {error:e} beside {size:e}");
}
