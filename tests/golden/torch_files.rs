//! The files of torch.save are read for their tensors; what more a pickle asks for is refused by its name.

use serde_json::Value;
use unnoise::checkpoint::{UNetConfig, safetensors, weights};
use unnoise::error::Error;
use unnoise::unet::UNet;

use crate::files::device;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{FOLDER}/torch_files/{name}")).expect("a golden file")
}

/// Every tensor of a file: name, shape, numbers.
fn tensors(name: &str) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    let file = file(name);
    let stored = weights::read(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
    let numbers = |tensor: &unnoise::checkpoint::tensor::StoredTensor| tensor.to_f32().expect("finite numbers");
    stored.iter().map(|tensor| (tensor.name.clone(), tensor.shape.clone(), numbers(tensor))).collect()
}

fn error(name: &str) -> Error {
    weights::read(&file(name)).expect_err(name)
}

/// The tensors that `torch_files.py` saves, by their names in order.
fn expected() -> Vec<(&'static str, Vec<usize>, Vec<f32>)> {
    let count = |from: u8, to: u8| (from..to).map(f32::from).collect::<Vec<f32>>();
    let of = |numbers: &[u8]| numbers.iter().map(|number| f32::from(*number)).collect::<Vec<f32>>();
    let mut tensors = vec![
        ("f32", vec![2, 3], count(0, 6)),
        ("f16", vec![4], count(0, 4)),
        ("bf16", vec![4], count(0, 4)),
        ("f64", vec![4], (0..4).map(|number| (f64::from(number) / 3.0) as f32).collect()),
        ("first", vec![4], count(0, 4)),
        ("second", vec![2, 4], count(4, 12)),
        ("transposed", vec![4, 3], of(&[0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])),
        ("swapped", vec![3, 2, 2], of(&[0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11])),
        ("column", vec![3, 1], of(&[1, 5, 9])),
        ("parameter", vec![3], count(0, 3)),
        ("empty", vec![0, 3], vec![]),
        ("scalar", vec![], vec![1.0]),
    ];
    tensors.sort_by_key(|(name, ..)| *name);
    tensors
}

#[test]
fn every_format_and_every_arrangement_gives_the_same_tensors() {
    let names = [
        "archive.pt",
        "protocol_4.pt",
        "protocol_5.pt",
        "legacy.pt",
        "legacy_protocol_4.pt",
        "beside_an_optimiser.pt",
        "averaged.pt",
        "legacy_list.pt",
    ];
    for name in names {
        let mut found = tensors(name);
        found.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        let found: Vec<_> =
            found.iter().map(|(name, shape, numbers)| (&**name, shape.clone(), numbers.clone())).collect();
        assert_eq!(found, expected(), "{name}");
    }
}

#[test]
fn a_pickle_that_calls_something_else_is_refused_by_its_name() {
    for (name, what) in [
        ("calls_system.pt", "the pickle calls `posix.system`"),
        ("legacy_calls_system.pt", "the pickle calls `posix.system`"),
        ("of_a_class.pt", "the pickle calls `torch_files.Unknown`"),
        ("without_tensors.pt", "the pickle has no tensors with names"),
    ] {
        assert_eq!(error(name), Error::WeightsPickle { what: what.to_owned() }, "{name}");
    }
}

#[test]
fn weights_of_whole_numbers_are_refused_with_their_format() {
    assert_eq!(error("integers.pt"), Error::WeightsDtype { tensor: "weight".to_owned(), dtype: "Long".to_owned() });
}

#[test]
fn a_network_has_the_same_weights_from_either_format() {
    let plain = format!("{FOLDER}/unet_variants/plain");
    let read = |name: &str| std::fs::read(format!("{plain}/{name}")).expect("a golden file");
    let config: Value = serde_json::from_slice(&read("config.json")).expect("JSON");
    let config = UNetConfig::from_json(&config).expect("a configuration");
    let output = |weights: &[u8]| {
        let network = UNet::load(&config, weights, &device()).expect("a network");
        let x: Vec<f32> = (0..64).map(|index| (index as f32).sin()).collect();
        pollster::block_on(network.predict(&x, &[321.0], None)).expect("an output")
    };
    let expected = output(&read("diffusion_pytorch_model.safetensors"));
    let rounded = output(&file("network.pt"));
    let error = expected.iter().zip(&rounded).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    // float16 has 11 bits.
    assert!(error < 5e-3, "{error}");
    assert_eq!(output(&file("legacy_network.pt")), rounded);
}

#[test]
fn a_file_that_ends_early_or_late_is_damaged() {
    for name in ["archive.pt", "legacy.pt"] {
        let file = file(name);
        for end in 20..file.len() {
            let error = weights::read(&file[..end]).expect_err("a part of a file");
            assert!(matches!(error, Error::WeightsDamaged { .. }), "{name} up to {end}: {error}");
        }
    }
    let more = [&file("legacy.pt")[..], &[0]].concat();
    let error = weights::read(&more).expect_err("a byte too many");
    assert_eq!(
        error,
        Error::WeightsDamaged {
            cause: "the last storage ends at byte 1797, and the file goes on to byte 1798".to_owned()
        }
    );
}

#[test]
fn safetensors_stay_what_they_are() {
    // Their first bytes may look like a pickle's or an archive's: a header of 640 bytes, one of 67 MB.
    for start in [*b"\x80\x02\0\0\0\0\0\0", *b"PK\x03\x04\0\0\0\0"] {
        let file = [&start[..], b"{"].concat();
        let error = weights::read(&file).expect_err("no more than its beginning");
        assert_eq!(error, safetensors::read(&file).expect_err("the same"));
    }
}
