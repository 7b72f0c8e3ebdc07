//! An intact safetensors file, and the tools that damage it.

use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;

use serde_json::{Map, Value, json};
use unnoise::checkpoint::UNetConfig;
use unnoise::checkpoint::weights::can_be_told;
use unnoise::checkpoint::weights_file::{Parts, WeightsFile};
use unnoise::error::Error;
use unnoise::kernels::Device;
use unnoise::unet::{ArrivingUNet, UNet};

/// A small network, stored in f32, that all faults are made of.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/unet_variants/plain");

/// Bytes that arrive at once.
const STEP: usize = 1000;

/// A safetensors file, taken apart.
#[derive(Clone)]
pub struct File {
    pub header: Map<String, Value>,
    pub data: Vec<u8>,
}

impl File {
    pub fn intact() -> Self {
        let file = std::fs::read(format!("{FOLDER}/diffusion_pytorch_model.safetensors")).expect("a golden file");
        let (length, rest) = file.split_first_chunk::<8>().expect("8 bytes");
        let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
        Self { header: serde_json::from_slice(header).expect("JSON"), data: data.to_vec() }
    }

    pub fn entry(&mut self, name: &str) -> &mut Value {
        self.header.get_mut(name).unwrap_or_else(|| panic!("the network has a tensor {name}"))
    }

    /// First byte and end of a tensor.
    pub fn offsets(&self, name: &str) -> [u64; 2] {
        [0, 1].map(|i| self.header[name]["data_offsets"][i].as_u64().expect("an offset"))
    }

    pub fn write_f32(&mut self, name: &str, index: usize, value: f32) {
        let at = self.offsets(name)[0] as usize + 4 * index;
        self.data[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    /// Takes a tensor out, and moves those behind it.
    pub fn remove(&mut self, name: &str) {
        let [first, end] = self.offsets(name);
        self.header.remove(name);
        self.data.drain(first as usize..end as usize);
        for entry in self.header.values_mut().filter(|entry| entry.get("data_offsets").is_some()) {
            for i in 0..2 {
                let offset = entry["data_offsets"][i].as_u64().expect("an offset");
                entry["data_offsets"][i] = json!(if offset >= end { offset - (end - first) } else { offset });
            }
        }
    }

    /// Adds a tensor of one f32 behind the others.
    pub fn append(&mut self, name: &str) {
        let first = self.data.len();
        self.data.extend(1f32.to_le_bytes());
        self.header
            .insert(name.to_owned(), json!({ "dtype": "F32", "shape": [1], "data_offsets": [first, first + 4] }));
    }

    pub fn rename(&mut self, name: &str, other: &str) {
        let entry = self.header.remove(name).expect("the network has the tensor");
        self.header.insert(other.to_owned(), entry);
    }

    pub fn bytes(&self) -> Vec<u8> {
        with_header(&Value::Object(self.header.clone()).to_string(), &self.data)
    }
}

pub fn with_header(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

pub fn config() -> Value {
    let file = std::fs::read(format!("{FOLDER}/config.json")).expect("a golden file");
    serde_json::from_slice(&file).expect("JSON")
}

/// The network of a file, which says the same whether the file is read whole, in parts, or while it arrives.
pub fn load(file: &[u8]) -> Result<UNet, Error> {
    let config = UNetConfig::from_json(&config()).expect("a valid configuration");
    let whole = UNet::load(&config, file, &Device::Cpu);
    let parts = Rc::new(Elsewhere::new(file, file.len()));
    let in_parts = UNet::load(&config, WeightsFile::InParts(parts), &Device::Cpu);
    check_equal(&whole, &in_parts);
    let parts = Rc::new(Elsewhere::new(file, 0));
    check_equal(&whole, &arriving(&config, &parts));
    if whole.is_ok() {
        parts.check_given_back();
    }
    whole
}

fn arriving(config: &UNetConfig, parts: &Rc<Elsewhere>) -> Result<UNet, Error> {
    let length = parts.length();
    let weights = WeightsFile::InParts(parts.clone());
    let mut begun = None;
    for arrived in (0..length).step_by(STEP).chain([length]) {
        parts.arrived.set(arrived);
        if begun.is_none() && can_be_told(&weights, arrived) {
            begun = Some(ArrivingUNet::begin(config, weights.clone(), &Device::Cpu)?);
        }
        if let Some(begun) = &mut begun {
            begun.go_on(arrived)?;
        }
        parts.most.set(parts.most.get().max(arrived - parts.released.get()));
    }
    begun.expect("the whole file tells its tensors").finish()
}

fn check_equal(whole: &Result<UNet, Error>, in_parts: &Result<UNet, Error>) {
    assert_eq!(output(whole), output(in_parts));
}

/// What a network says of an image of ones.
fn output(unet: &Result<UNet, Error>) -> Result<Vec<f32>, String> {
    // In words: NaN is not equal to itself.
    let unet = unet.as_ref().map_err(Error::to_string)?;
    let [channels, height, width] = unet.config().image_shape();
    let x = vec![1.0; channels * height * width];
    Ok(pollster::block_on(unet.predict(&x, &[500.0], None)).expect("an output"))
}

/// A file that is copied in parts, as it arrives.
#[derive(Debug)]
struct Elsewhere {
    bytes: Vec<u8>,
    arrived: Cell<usize>,
    /// How many bytes will not be read again.
    released: Cell<usize>,
    /// The most that had arrived and could still be read.
    most: Cell<usize>,
}

impl Elsewhere {
    fn new(bytes: &[u8], arrived: usize) -> Self {
        Self { bytes: bytes.to_vec(), arrived: Cell::new(arrived), released: Cell::new(0), most: Cell::new(0) }
    }

    /// All of it, and never more was held than one layer needs.
    fn check_given_back(&self) {
        let (length, most) = (self.length(), self.most.get());
        assert_eq!(self.released.get(), length, "all of it is given back");
        assert!(most * 3 < length + 3 * STEP, "{most} of {length} bytes were held at once");
    }
}

impl Parts for Elsewhere {
    fn length(&self) -> usize {
        self.bytes.len()
    }

    fn read(&self, range: Range<usize>) -> Vec<u8> {
        assert!(range.end <= self.arrived.get(), "{range:?} is not there yet");
        self.bytes[range].to_vec()
    }

    fn release(&self, range: Range<usize>) {
        self.released.set(self.released.get() + range.len());
    }
}

/// The error of a file that is damaged by `damage`.
pub fn error_after(damage: impl FnOnce(&mut File)) -> Error {
    let mut file = File::intact();
    damage(&mut file);
    load(&file.bytes()).expect_err("a damaged file")
}

pub fn magic_of(file: &[u8]) -> String {
    match load(file).expect_err("no safetensors file") {
        Error::WeightsMagic { found } => found,
        other => panic!("{other:?}"),
    }
}
