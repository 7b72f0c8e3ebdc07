//! The self test at load has diffusers' numbers, and the CPU passes it.

use serde::Deserialize;
use unnoise::run::self_test;

use crate::files::{device, json, now};

/// diffusers itself is 1.2e-6 from f64.
const TOLERANCE: f64 = 1e-5;

#[derive(Deserialize)]
struct File {
    output: Vec<f32>,
}

#[test]
fn the_cpu_passes_the_self_test() {
    let error = now(self_test(&device())).expect("a device");
    assert!(error < TOLERANCE, "{error}");
}

#[test]
fn the_expected_numbers_are_those_of_the_golden_file() {
    let source = include_str!("../../src/checkpoint/known_answer.rs");
    let (_, table) = source.split_once("EXPECTED: [f32; 64] = [").expect("the table");
    let (table, _) = table.split_once(']').expect("its end");
    let numbers: Vec<f32> = table.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    assert_eq!(numbers, json::<File>("known_answer.json").output);
}
