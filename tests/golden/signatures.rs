//! docs/checkpoints.md has a row for every argument of diffusers' network and schedulers, and what it says of them is true.

use serde_json::{Map, Value, json};
use unnoise::checkpoint::{Scheduler, UNetConfig};

use crate::files::json;

const CLASSES: [&str; 3] = ["UNet2DModel", "DDPMScheduler", "DDIMScheduler"];

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/checkpoints.md");
    std::fs::read_to_string(path).expect("the page")
}

/// The rows of a class: each key and whether it is read.
fn rows<'a>(page: &'a str, class: &str) -> Vec<(&'a str, &'a str)> {
    let section = page.split("\n## ").find(|section| section.starts_with(class)).expect("a section for each class");
    let cells = section.lines().filter(|line| line.starts_with("| `")).map(|line| line.split('|').map(str::trim));
    cells.map(|mut cells| (cells.nth(1).expect("a key").trim_matches('`'), cells.next().expect("a word"))).collect()
}

/// What a file with this value in it is read as; the error's code where it is refused.
fn read(class: &str, defaults: &Map<String, Value>, key: &str, value: &Value) -> Result<String, String> {
    let mut file = Value::Object(defaults.clone());
    file["_class_name"] = class.into();
    if class == "UNet2DModel" {
        file["sample_size"] = 32.into();
    }
    file[key] = value.clone();
    if class == "UNet2DModel" {
        return UNetConfig::from_json(&file).map(|config| format!("{config:?}")).map_err(|error| error.code());
    }
    // The file itself is a part of what is read.
    let read = Scheduler::from_json(&file).map_err(|error| error.code())?;
    Ok(format!("{:?}", Scheduler { config: Value::Null, ..read }))
}

#[test]
fn every_argument_has_a_row_and_no_other_has() {
    let signatures: Map<String, Value> = json("signatures.json");
    let page = page();
    for class in CLASSES {
        let known: Vec<&String> = signatures[class].as_object().expect("arguments").keys().collect();
        let mut found: Vec<&str> = rows(&page, class).into_iter().map(|(key, _)| key).collect();
        found.sort_unstable();
        let mut known: Vec<&str> = known.into_iter().map(String::as_str).collect();
        known.sort_unstable();
        assert_eq!(found, known, "{class}");
    }
}

#[test]
fn what_is_ignored_changes_nothing_and_what_is_read_does() {
    let signatures: Map<String, Value> = json("signatures.json");
    let page = page();
    // Of any type: of those that a key allows some differ from its default.
    let values = [
        json!(0.0),
        json!(0.25),
        json!(0.5),
        json!(1),
        json!(2),
        json!(64),
        json!(330),
        json!(true),
        json!(false),
        json!("relu"),
        json!("resnet"),
        json!("scale_shift"),
        json!("fourier"),
        json!("timestep"),
        json!("fixed_large"),
        json!("trailing"),
        json!("sample"),
        json!("squaredcos_cap_v2"),
        json!(null),
        json!(["DownBlock2D", "DownBlock2D", "DownBlock2D", "DownBlock2D"]),
        json!(["UpBlock2D", "UpBlock2D", "UpBlock2D", "UpBlock2D"]),
        json!([32, 64, 64, 64]),
        json!(vec![0.01; 1000]),
    ];
    for class in CLASSES {
        let defaults = signatures[class].as_object().expect("arguments");
        for (key, word) in rows(&page, class) {
            let size = json!(32);
            let plain = read(class, defaults, key, if key == "sample_size" { &size } else { &defaults[key] });
            let plain = plain.expect("diffusers' defaults");
            let others: Vec<_> = values.iter().map(|value| read(class, defaults, key, value)).collect();
            match word {
                "ignored" => assert!(others.iter().all(|other| other.as_ref() == Ok(&plain)), "{class} `{key}`"),
                "read" => {
                    let changes = others.iter().any(|other| other.as_ref().is_ok_and(|other| *other != plain));
                    let refuses = others.iter().any(Result::is_err);
                    // A learned table's length, and a bound that thresholding alone has, count beside another key only.
                    let beside = [
                        "num_train_timesteps",
                        "sample_max_value",
                        "dynamic_thresholding_ratio",
                        "thresholding",
                        "rescale_betas_zero_snr",
                    ];
                    assert!((changes && refuses) || beside.contains(&key), "{class} `{key}`: {others:?}");
                }
                other => panic!("{class} `{key}` is neither read nor ignored, but {other}"),
            }
        }
    }
}
