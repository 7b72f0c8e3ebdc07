//! Damaged and hostile weights: each fault has its own error, and none panics.

use burn::tensor::Device;
use serde_json::{Map, Value, json};
use unnoise::error::Error;
use unnoise::model::{UNet, UNetConfig};

/// A small network, stored in f32, that all faults are made of.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/unet_variants/plain");

/// A safetensors file, taken apart.
#[derive(Clone)]
struct File {
    header: Map<String, Value>,
    data: Vec<u8>,
}

impl File {
    fn intact() -> Self {
        let file = std::fs::read(format!("{FOLDER}/diffusion_pytorch_model.safetensors")).expect("a golden file");
        let (length, rest) = file.split_first_chunk::<8>().expect("8 bytes");
        let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
        Self { header: serde_json::from_slice(header).expect("JSON"), data: data.to_vec() }
    }

    fn entry(&mut self, name: &str) -> &mut Value {
        self.header.get_mut(name).unwrap_or_else(|| panic!("the network has a tensor {name}"))
    }

    /// First byte and end of a tensor.
    fn offsets(&self, name: &str) -> [u64; 2] {
        [0, 1].map(|i| self.header[name]["data_offsets"][i].as_u64().expect("an offset"))
    }

    fn write_f32(&mut self, name: &str, index: usize, value: f32) {
        let at = self.offsets(name)[0] as usize + 4 * index;
        self.data[at..at + 4].copy_from_slice(&value.to_le_bytes());
    }

    /// Takes a tensor out, and moves those behind it.
    fn remove(&mut self, name: &str) {
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
    fn append(&mut self, name: &str) {
        let first = self.data.len();
        self.data.extend(1f32.to_le_bytes());
        self.header
            .insert(name.to_owned(), json!({ "dtype": "F32", "shape": [1], "data_offsets": [first, first + 4] }));
    }

    fn rename(&mut self, name: &str, other: &str) {
        let entry = self.header.remove(name).expect("the network has the tensor");
        self.header.insert(other.to_owned(), entry);
    }

    fn bytes(&self) -> Vec<u8> {
        with_header(&Value::Object(self.header.clone()).to_string(), &self.data)
    }
}

fn with_header(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

fn config() -> Value {
    let file = std::fs::read(format!("{FOLDER}/config.json")).expect("a golden file");
    serde_json::from_slice(&file).expect("JSON")
}

fn load(file: &[u8]) -> Result<UNet, Error> {
    UNet::load(&UNetConfig::from_json(&config()).expect("a valid configuration"), file, &Device::flex())
}

/// The error of a file that is damaged by `damage`.
fn error_after(damage: impl FnOnce(&mut File)) -> Error {
    let mut file = File::intact();
    damage(&mut file);
    load(&file.bytes()).expect_err("a damaged file")
}

fn magic_of(file: &[u8]) -> String {
    match load(file).expect_err("no safetensors file") {
        Error::WeightsMagic { found } => found,
        other => panic!("{other:?}"),
    }
}

#[test]
fn intact_file_loads() {
    let unet = load(&File::intact().bytes()).expect("an intact file");
    assert_eq!(unet.num_params() * 4, File::intact().data.len(), "every number is a parameter");
}

#[test]
fn empty_file() {
    assert_eq!(magic_of(b""), "only 0 bytes");
}

#[test]
fn file_shorter_than_its_length() {
    assert_eq!(magic_of(b"\x02\0\0"), "only 3 bytes");
}

#[test]
fn header_of_absurd_length() {
    assert_eq!(magic_of(&[0xff; 64]), format!("a header of {} bytes", u64::MAX));
}

#[test]
fn header_longer_than_the_format_allows() {
    let file = [&100_000_001_u64.to_le_bytes(), &b"{}"[..]].concat();
    assert_eq!(magic_of(&file), "a header of 100000001 bytes");
}

#[test]
fn wrong_magic_is_described() {
    let files: [(&[u8], &str); 4] = [
        (b"PK\x03\x04 and so on", "a zip archive, as torch.save writes it"),
        (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j", "a Python pickle"),
        (b"<!DOCTYPE html><html>", "HTML or XML"),
        (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer instead of the file"),
    ];
    for (file, found) in files {
        assert_eq!(magic_of(file), found);
    }
}

#[test]
fn header_that_is_not_json() {
    assert!(magic_of(&with_header("{\"a\": ", b"")).contains("not JSON"));
}

#[test]
fn header_that_is_not_utf8() {
    let file = [&8_u64.to_le_bytes(), &b"{\"\xff\xfe\": 1"[..]].concat();
    assert!(magic_of(&file).contains("not JSON"));
}

#[test]
fn header_that_is_not_an_object() {
    assert_eq!(magic_of(&with_header("[1, 2]", b"")), "a header that is not a JSON object");
}

#[test]
fn header_cut_off() {
    let file = File::intact().bytes();
    let needed = 8 + u64::from_le_bytes(*file.first_chunk().expect("8 bytes"));
    assert_eq!(load(&file[..100]).unwrap_err(), Error::WeightsTruncated { needed, found: 100 });
}

#[test]
fn header_that_nests_deeply_does_not_exhaust_the_stack() {
    let nested = format!("{{\"__metadata__\": {}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    load(&with_header(&nested, b"")).expect_err("no tensors");
}

#[test]
fn tensor_named_twice() {
    let entry = r#"{"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}"#;
    let file = with_header(&format!("{{\"a\": {entry}, \"a\": {entry}}}"), &[0; 4]);
    let error = load(&file).unwrap_err();
    assert!(matches!(&error, Error::WeightsHeader { cause } if cause.contains("`a` stands there twice")), "{error:?}");
}

#[test]
fn entries_that_describe_no_tensor() {
    let entries = [
        json!(1),
        json!({ "shape": [1], "data_offsets": [0, 4] }),
        json!({ "dtype": "F32", "data_offsets": [0, 4] }),
        json!({ "dtype": "F32", "shape": [1] }),
        json!({ "dtype": 32, "shape": [1], "data_offsets": [0, 4] }),
        json!({ "dtype": "F32", "shape": [-1], "data_offsets": [0, 4] }),
        json!({ "dtype": "F32", "shape": [1.5], "data_offsets": [0, 4] }),
        json!({ "dtype": "F32", "shape": [1], "data_offsets": [0, 4, 8] }),
        json!({ "dtype": "F32", "shape": [1], "data_offsets": [-4, 0] }),
    ];
    for entry in entries {
        let error = load(&with_header(&json!({ "a": entry }).to_string(), &[0; 4])).unwrap_err();
        assert!(matches!(error, Error::WeightsHeader { .. }), "{entry}: {error:?}");
    }
}

#[test]
fn truncated() {
    let file = File::intact().bytes();
    let (needed, found) = (file.len() as u64, file.len() as u64 - 1);
    assert_eq!(load(&file[..file.len() - 1]).unwrap_err(), Error::WeightsTruncated { needed, found });
}

#[test]
fn overlong() {
    let mut file = File::intact().bytes();
    file.push(0);
    let (needed, found) = (file.len() as u64 - 1, file.len() as u64);
    assert_eq!(load(&file).unwrap_err(), Error::WeightsOverlong { needed, found });
}

#[test]
fn offsets_reversed() {
    let error = error_after(|file| file.entry("conv_in.bias")["data_offsets"] = json!([8, 4]));
    assert!(
        matches!(&error, Error::WeightsOffsets { tensor, offsets: (8, 4), .. } if tensor == "conv_in.bias"),
        "{error:?}"
    );
}

#[test]
fn offsets_outside_of_the_file() {
    let far = 1_u64 << 40;
    let error = error_after(|file| file.entry("conv_in.bias")["data_offsets"] = json!([far, far + 16]));
    assert!(
        matches!(&error, Error::WeightsOffsets { tensor, offsets, .. } if tensor == "conv_in.bias" && offsets.0 == far),
        "{error:?}"
    );
}

#[test]
fn offsets_that_overflow() {
    let error = error_after(|file| file.entry("conv_in.bias")["data_offsets"] = json!([u64::MAX - 15, u64::MAX]));
    assert!(matches!(error, Error::WeightsOffsets { .. }), "{error:?}");
}

#[test]
fn offsets_that_do_not_fit_the_shape() {
    let error = error_after(|file| file.entry("conv_in.bias")["shape"] = json!([5]));
    assert!(matches!(&error, Error::WeightsOffsets { allowed, .. } if allowed.contains("20 bytes")), "{error:?}");
}

#[test]
fn offsets_that_do_not_begin_at_zero() {
    let header = json!({ "a": { "dtype": "F32", "shape": [1], "data_offsets": [4, 8] } });
    let error = load(&with_header(&header.to_string(), &[0; 8])).unwrap_err();
    assert!(matches!(error, Error::WeightsOffsets { offsets: (4, 8), .. }), "{error:?}");
}

#[test]
fn shape_that_overflows() {
    let error = error_after(|file| file.entry("conv_in.bias")["shape"] = json!([1_u64 << 40, 1_u64 << 40]));
    assert!(matches!(&error, Error::WeightsOffsets { allowed, .. } if allowed.contains("more than 2^64")), "{error:?}");
}

#[test]
fn shape_that_is_huge_but_empty() {
    let header = json!({ "a": { "dtype": "F32", "shape": [0, u64::MAX], "data_offsets": [0, 0] } });
    load(&with_header(&header.to_string(), b"")).expect_err("another network");
}

#[test]
fn tensors_overlap() {
    let error = two_tensors([0, 8], [4, 12], 12);
    assert_eq!(error, Error::WeightsOverlap { first: "a".to_owned(), second: "b".to_owned() });
}

#[test]
fn tensors_share_all_their_bytes() {
    let error = two_tensors([0, 8], [0, 8], 8);
    assert_eq!(error, Error::WeightsOverlap { first: "a".to_owned(), second: "b".to_owned() });
}

#[test]
fn tensors_leave_a_gap() {
    let error = two_tensors([0, 8], [12, 20], 20);
    assert_eq!(error, Error::WeightsOverlap { first: "a".to_owned(), second: "b".to_owned() });
}

fn two_tensors(a: [u64; 2], b: [u64; 2], data: usize) -> Error {
    let entry = |offsets| json!({ "dtype": "F32", "shape": [2], "data_offsets": offsets });
    load(&with_header(&json!({ "a": entry(a), "b": entry(b) }).to_string(), &vec![0; data]))
        .expect_err("the two overlap")
}

#[test]
fn dtype_that_is_not_read() {
    let error = error_after(|file| file.entry("conv_in.bias")["dtype"] = json!("I32"));
    assert_eq!(error, Error::WeightsDtype { tensor: "conv_in.bias".to_owned(), dtype: "I32".to_owned() });
}

#[test]
fn weight_that_is_nan() {
    let error = error_after(|file| file.write_f32("conv_out.weight", 7, f32::NAN));
    let Error::WeightsNotFinite { tensor, index, value } = error else { panic!("{error:?}") };
    assert_eq!((tensor.as_str(), index), ("conv_out.weight", 7));
    assert!(value.is_nan(), "{value}");
}

#[test]
fn weight_that_is_infinite() {
    let error = error_after(|file| file.write_f32("conv_norm_out.bias", 1, f32::NEG_INFINITY));
    let tensor = "conv_norm_out.bias".to_owned();
    assert_eq!(error, Error::WeightsNotFinite { tensor, index: 1, value: f32::NEG_INFINITY });
}

#[test]
fn tensor_missing() {
    let error = error_after(|file| file.remove("conv_in.bias"));
    assert_eq!(error, Error::TensorMissing { tensor: "conv_in.bias".to_owned() });
}

#[test]
fn tensor_extra() {
    let error = error_after(|file| file.append("conv_in.scale"));
    assert_eq!(error, Error::TensorUnknown { tensor: "conv_in.scale".to_owned() });
}

#[test]
fn tensor_of_another_name() {
    let error = error_after(|file| file.rename("conv_in.bias", "conv_in.offset"));
    assert_eq!(error, Error::TensorMissing { tensor: "conv_in.bias".to_owned() });
}

#[test]
fn tensor_under_its_older_name_too() {
    let error = error_after(|file| file.append("mid_block.attentions.0.query.bias"));
    assert_eq!(error, Error::TensorUnknown { tensor: "mid_block.attentions.0.query.bias".to_owned() });
}

#[test]
fn tensor_misshapen() {
    let error = error_after(|file| file.entry("conv_in.weight")["shape"] = json!([4, 3, 1, 3]));
    let (tensor, found, expected) = ("conv_in.weight".to_owned(), vec![4, 3, 1, 3], vec![4, 1, 3, 3]);
    assert_eq!(error, Error::TensorShape { tensor, found, expected });
}

#[test]
fn config_contradicts_weights() {
    let mut config = config();
    config["block_out_channels"] = json!([8, 16]);
    let config = UNetConfig::from_json(&config).expect("a valid configuration");
    let error = UNet::load(&config, &File::intact().bytes(), &Device::flex()).unwrap_err();
    assert!(
        matches!(error, Error::ConfigMismatch { tensors, wrong, .. } if 2 < wrong && wrong <= tensors),
        "{error:?}"
    );
}

#[test]
fn weights_of_no_tensors() {
    let error = load(&with_header("{}", b"")).unwrap_err();
    assert!(matches!(error, Error::ConfigMismatch { tensors, wrong, .. } if wrong == tensors), "{error:?}");
}

/// Writers may begin the data at any byte, pad the header with spaces, and add metadata.
#[test]
fn unaligned_data_is_read() {
    let file = File::intact();
    for padding in 0..8 {
        let header = format!("{}{}", Value::Object(file.header.clone()), " ".repeat(padding));
        load(&with_header(&header, &file.data)).expect("a valid file");
    }
}

/// Wherever a file is cut, and whichever byte of its header is another, there is an answer.
#[test]
fn no_damage_panics() {
    let file = File::intact().bytes();
    let header = 8 + u64::from_le_bytes(*file.first_chunk().expect("8 bytes")) as usize;
    for length in (0..file.len()).step_by(97) {
        load(&file[..length]).expect_err("a truncated file");
    }
    for at in (0..header.min(2000)).chain((header..file.len()).step_by(1013)) {
        let mut damaged = file.clone();
        damaged[at] ^= 0x15;
        let _ = load(&damaged);
    }
}
