//! The same seed gives the same losses and weights to the last bit in the browser and here: www/tests/train-bits.test.mjs has the other half.
//!
//! `weights` is the SHA-256 of the averaged weights after these steps, `state` that of the whole saved state. `MAKE_REF=1 cargo test --features burn --test training same_bits`
//! writes them anew.

use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use unnoise::checkpoint::safetensors;
use unnoise::train::{Data, Trainer};

use crate::{start, train};

/// Steps that are compared.
const STEPS: usize = 24;

/// The functions as a module of WebAssembly has them. The C library's differ in the last bit, and from one system to the next; these take
/// their places in this program.
macro_rules! of_modules {
    ($($name:ident($($x:ident),*) of $number:ty;)*) => {
        $(#[unsafe(no_mangle)]
        extern "C" fn $name($($x: $number),*) -> $number {
            libm::$name($($x),*)
        })*
    };
}

of_modules! {
    expf(x) of f32;
    logf(x) of f32;
    log1pf(x) of f32;
    powf(x, y) of f32;
    sinf(x) of f32;
    cosf(x) of f32;
    tanhf(x) of f32;
    exp(x) of f64;
    log(x) of f64;
    log1p(x) of f64;
    pow(x, y) of f64;
}

/// Numbers from -1 to 1, all of them multiples of 1/16: exact in any arithmetic.
fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i * 31 % 33) as f32 / 16.0 - 1.0).collect()
}

/// The hash, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The averaged weights in a saved state.
fn average(state: &[u8]) -> Vec<u8> {
    let tensors = safetensors::read(state).expect("a state");
    let average = tensors.iter().find(|tensor| tensor.name == "average").expect("averaged weights");
    average.to_f32().expect("numbers").iter().flat_map(|number| number.to_le_bytes()).collect()
}

fn trainer(case: &Value) -> Trainer {
    let count = case["count"].as_u64().expect("a count") as usize;
    let data = match case["shape"].as_array() {
        None => Data::points(numbers(2 * count)),
        Some(shape) => {
            let shape = [0, 1, 2].map(|i| shape[i].as_u64().expect("a size") as usize);
            let labels = (0..count as u64).map(|i| i % 3).collect();
            Data::images(numbers(count * shape.iter().product::<usize>()), shape, Some(labels))
        }
    };
    start(data.expect("data"), case["options"].clone())
}

#[test]
fn losses_and_weights_are_the_browsers_to_the_last_bit() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/training.json");
    let mut file: Value = serde_json::from_slice(&std::fs::read(&path).expect("the file")).expect("JSON");
    let cases = file["cases"].as_array_mut().expect("cases");
    for case in cases.iter_mut() {
        let mut trainer = trainer(case);
        let reports = train(&mut trainer, STEPS);
        let state = pollster::block_on(trainer.state()).expect("a state");
        // In words: a reader of JSON may round numbers.
        let losses = reports.iter().map(|report| report.loss.to_string()).collect::<Vec<_>>();
        for (name, found) in
            [("losses", json!(losses)), ("weights", sha256(&average(&state)).into()), ("state", sha256(&state).into())]
        {
            if std::env::var_os("MAKE_REF").is_some() {
                case[name] = found;
            } else {
                assert_eq!(found, case[name], "{name} of {}", case["name"]);
            }
        }
    }
    if std::env::var_os("MAKE_REF").is_some() {
        std::fs::write(path, serde_json::to_string_pretty(&file).expect("JSON") + "\n").expect("written");
    }
}
