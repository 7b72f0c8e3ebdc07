//! Faults of where the tensors say they lie: offsets, shapes, overlaps.

use serde_json::json;
use unnoise::error::Error;

use super::file::{error_after, load, with_header};

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
