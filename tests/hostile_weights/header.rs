//! Faults of the file as a whole: its first bytes, its header, its length.

use serde_json::{Value, json};
use unnoise::error::Error;

use super::file::{File, load, magic_of, with_header};

#[test]
fn intact_file_loads() {
    let unet = load(&File::intact().bytes()).expect("an intact file");
    assert_eq!(unet.num_params() * 4, File::intact().data.len(), "every number is a parameter");
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
    let files: [(&[u8], &str); 2] = [
        (b"<!DOCTYPE html><html>", "HTML or XML"),
        (b"version https://git-lfs.github.com/spec/v1", "a Git LFS pointer instead of the file"),
    ];
    for (file, found) in files {
        assert_eq!(magic_of(file), found);
    }
}

#[test]
fn a_pointer_of_git_lfs_has_a_remedy_of_its_own() {
    let hint = |file: &[u8]| load(file).expect_err("no safetensors file").hint().unwrap_or_default();
    let of_pointer = hint(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4\n");
    assert!(of_pointer.contains("git lfs pull") && !of_pointer.contains("torch.save"), "{of_pointer}");
    assert!(hint(b"<!DOCTYPE html><html>").contains("torch.save"));
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
