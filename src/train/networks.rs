//! The networks that a new training begins with: their designs and their classes.

use serde_json::{Map, Value, json};

use super::data::Data;
use super::learner::Design;
use super::mlp::Size;
use crate::checkpoint::{ClassEmbedding, Labels, UNetConfig, value};
use crate::error::Error;
use crate::math::fourier::Fourier;
use crate::options::TrainOptions;

/// Classes that a training may add to a network's own.
const MOST_NEW_CLASSES: usize = 64;

/// Channels of the levels of a network where nothing else is said.
const CHANNELS: [usize; 3] = [16, 32, 32];

/// n of the Fourier features of points where nothing else is said: of half a unit to two.
const FOURIER: std::ops::Range<i32> = -1..2;

/// The name that a label has which stands for none.
const NO_CLASS: &str = "no class";

/// That of points.
///
/// # Errors
/// `invalid-network` or `invalid-classes`.
pub fn points(options: &TrainOptions) -> Result<(Design, Option<Value>, Labels), Error> {
    const ALLOWED: &str = "for points an object with `layers`, from 1 to 8, `width`, from 8 to 1024, and `fourier`, [n_min, n_max] from -4 to 8, or [] for none";
    let none = Map::new();
    let network = options.network.as_ref().unwrap_or(&none);
    let invalid = |shown: String| Error::invalid("network", shown, ALLOWED);
    if let Some(other) = network.keys().find(|name| !["layers", "width", "fourier"].contains(&name.as_str())) {
        return Err(invalid(format!("an object with `{other}`")));
    }
    let size = |name: &str, default: usize, most: usize, least: usize| match network.get(name) {
        None => Ok(default),
        Some(given) => value::as_index(given)
            .filter(|size| (least..=most).contains(size))
            .ok_or_else(|| invalid(format!("{name} {}", value::display(given)))),
    };
    let (layers, width) = (size("layers", 3, 8, 1)?, size("width", 128, 1024, 8)?);
    if let Some(classes) = options.classes {
        return Err(Error::misplaced("classes", &classes.to_string(), "images"));
    }
    let fourier = match network.get("fourier") {
        None => FOURIER,
        Some(given) => fourier_of(given).ok_or_else(|| invalid(format!("fourier {}", value::display(given))))?,
    };
    let outputs = if options.objective.learns_variance() { 2 } else { 1 };
    Ok((Design::Points(Size { layers, width, outputs, fourier }), None, Labels::new(ClassEmbedding::None, None)?))
}

/// All n from the first to the second of a pair.
fn fourier_of(given: &Value) -> Option<std::ops::Range<i32>> {
    let pair: Vec<i32> = given
        .as_array()?
        .iter()
        .map(|n| n.as_f64().filter(|n| n.fract() == 0.0 && (-4.0..=8.0).contains(n)).map(|n| n as i32))
        .collect::<Option<_>>()?;
    match pair[..] {
        [] => Some(0..0),
        [first, last] if first <= last => Some(first..last + 1),
        _ => None,
    }
}

/// That of images, with its config.json.
///
/// # Errors
/// `invalid-network` or `invalid-classes`; `config-…` for what is wrong inside of `network`.
pub fn images(data: &Data, options: &TrainOptions) -> Result<(Design, Option<Value>, Labels), Error> {
    let classes = match (data.last_label(), options.classes) {
        (None, None) => None,
        (None, Some(classes)) => return Err(Error::misplaced("classes", &classes.to_string(), "images with labels")),
        (Some(last), None) => Some(1 + new_classes(0, last)?),
        (Some(last), Some(classes)) if last < classes as u64 => Some(1 + classes),
        (Some(last), Some(classes)) => {
            return Err(Error::invalid("classes", classes, format!("more than the largest label, {last}")));
        }
    };
    let mut given = options.network.clone().unwrap_or_default();
    let fourier = given.remove("fourier").map(|given| features(&given)).transpose()?.flatten();
    let outputs = if options.objective.learns_variance() { 2 } else { 1 } * data.shape()[0];
    let json = config(data, &given, classes, fourier, outputs)?;
    let config = UNetConfig { fourier, ..UNetConfig::from_json(&json)? };
    for (name, found, expected) in [
        ("in_channels", config.in_channels, data.shape()[0] * fourier.map_or(1, Fourier::channels_per_channel)),
        ("out_channels", config.out_channels, outputs),
        ("sample_size", config.sample_size[0], data.shape()[1]),
        ("sample_size", config.sample_size[1], data.shape()[2]),
    ] {
        if found != expected {
            let allowed = format!("one of the images' own size: {name} {expected}");
            return Err(Error::invalid("network", format!("a network with {name} {found}"), allowed));
        }
    }
    let names: Option<Value> = classes
        .map(|rows| (0..rows - 1).map(|index| json!(format!("class {index}"))).chain([json!(NO_CLASS)]).collect());
    let labels = Labels::new(config.class_embedding, names.as_ref())?;
    Ok((Design::Images(config), Some(json), labels))
}

/// The Fourier features of images: [n_min, n_max], or [] for none.
fn features(given: &Value) -> Result<Option<Fourier>, Error> {
    let range = fourier_of(given).ok_or_else(|| {
        let shown = format!("fourier {}", value::display(given));
        Error::invalid(
            "network",
            shown,
            "for images a config.json, and `fourier`, [n_min, n_max] from -4 to 8, or [] for none",
        )
    })?;
    Ok(Fourier::new(range.start, range.end - 1))
}

/// A small network for images of this size, and over it what was given.
fn config(
    data: &Data,
    given: &Map<String, Value>,
    classes: Option<usize>,
    fourier: Option<Fourier>,
    outputs: usize,
) -> Result<Value, Error> {
    let [channels, height, width] = data.shape();
    let fits = |levels: usize| [height, width].iter().all(|side| side % (1 << (levels - 1)) == 0);
    let most = if height.min(width) < 16 { 2 } else { 3 };
    let levels = (1..=most).rev().find(|levels| fits(*levels)).unwrap_or(1);
    let own = given.get("block_out_channels").and_then(Value::as_array).map(Vec::len);
    let levels = own.unwrap_or(levels);
    let mut config = json!({
        "_class_name": "UNet2DModel",
        "sample_size": if height == width { json!(height) } else { json!([height, width]) },
        "in_channels": channels * fourier.map_or(1, Fourier::channels_per_channel),
        "out_channels": outputs,
        "block_out_channels": CHANNELS[..levels.min(CHANNELS.len())],
        "layers_per_block": 1,
        "down_block_types": vec!["DownBlock2D"; levels],
        "up_block_types": vec!["UpBlock2D"; levels],
        "norm_num_groups": 8,
        "attention_head_dim": 8,
    });
    if let Some(classes) = classes {
        config["num_class_embeds"] = classes.into();
    }
    for (name, value) in given {
        if name == "num_class_embeds" {
            let allowed = "a network without `num_class_embeds`: the labels say how many there are";
            return Err(Error::invalid("network", format!("an object with `{name}`"), allowed));
        }
        config[name] = value.clone();
    }
    Ok(config)
}

/// How many classes the largest label adds to `rows`.
///
/// # Errors
/// `invalid-data`.
pub fn new_classes(rows: usize, last: u64) -> Result<usize, Error> {
    let needed = usize::try_from(last).ok().and_then(|last| last.checked_add(1));
    match needed.map(|needed| needed.saturating_sub(rows)).filter(|more| *more <= MOST_NEW_CLASSES) {
        Some(more) => Ok(more),
        None => Err(Error::invalid("data.labels", last, format!("integers from 0 to {}", rows + MOST_NEW_CLASSES - 1))),
    }
}
