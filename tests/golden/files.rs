//! Reading golden files, and the bundled model.

use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use unnoise::kernels::Device;

/// Where an array lies in the `.bin` beside its JSON.
#[derive(Debug, Deserialize)]
pub struct Array {
    at: usize,
    shape: Vec<usize>,
}

/// The arrays of one golden file.
pub struct Arrays(Vec<f32>);

impl Arrays {
    /// Reads a `.bin` of little-endian f32.
    pub fn open(name: &str) -> Self {
        let bytes = read(&golden(name));
        let (numbers, rest) = bytes.as_chunks::<4>();
        assert!(rest.is_empty(), "{name} is whole");
        Self(numbers.iter().map(|number| f32::from_le_bytes(*number)).collect())
    }

    /// The elements of one array, row-major.
    pub fn get(&self, array: &Array) -> &[f32] {
        &self.0[array.at..array.at + array.shape.iter().product::<usize>()]
    }
}

/// Reads a JSON file of this folder.
pub fn json<T: DeserializeOwned>(name: &str) -> T {
    json_at(&golden(name))
}

/// Reads a JSON file of the bundled model.
pub fn model_json(name: &str) -> Value {
    json_at(&model(name))
}

/// The bundled model's weights.
pub fn model_weights() -> Vec<u8> {
    read(&model("unet/diffusion_pytorch_model.fp16.safetensors"))
}

/// The device that these tests compute on: the CPU, or in a build with `native-gpu` the machine's GPU.
pub fn device() -> Device {
    now(Device::open()).expect("a device")
}

/// A file of this folder.
pub fn golden(name: &str) -> PathBuf {
    root().join("tests/golden").join(name)
}

/// Reads a whole file.
pub fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The answer of a future that never waits, as none does natively.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("there is nothing to wait for"),
    }
}

fn model(name: &str) -> PathBuf {
    root().join("models/fashion-mnist").join(name)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn json_at<T: DeserializeOwned>(path: &Path) -> T {
    serde_json::from_slice(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
