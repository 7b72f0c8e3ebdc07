//! Measures Analytic-DPM's table of a model on pictures with names of classes, and writes its `analytic_dpm.json`:
//!
//!     cargo run --release --example table -- models/emoji FOLDER/emoji32 30
//!
//! The pictures are those of `models/emoji_pictures.mjs`: `FOLDER/emoji32.rgb` and their classes in `FOLDER/emoji32.json`. So many of them
//! are taken, equally many of each class, evenly spread over the file, each with its own class. On one core a picture takes half a minute.

use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;

use pollster::block_on;
use serde_json::{Value, json};
use unnoise::checkpoint::Folder;
use unnoise::kernels::Device;
use unnoise::measure::{Finding, Measurement};
use unnoise::noise::Shape;
use unnoise::options::EstimateOptions;
use unnoise::run::Network;

/// Timesteps between two lines that say how far it is.
const SAY: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [model, pictures, count] = arguments.as_slice() else {
        return Err(
            "give a model's folder, the pictures' name without .rgb and .json, and how many are measured".into()
        );
    };
    let network = Network::load(Folder::open(model)?.files(), &Device::Cpu)?;
    let labels: Value = serde_json::from_str(&fs::read_to_string(Path::new(model).join("labels.json"))?)?;
    let (x0, labels) = chosen(pictures, &labels, network.shape(1), count.parse()?)?;

    let options = EstimateOptions { seed: 1, labels: Some(labels) };
    let mut measurement = Measurement::estimate(&network, &x0, &options)?;
    for t in 1..=measurement.num_steps() {
        block_on(measurement.step(&network))?;
        if t % SAY == 0 {
            println!("{t} of {} timesteps", measurement.num_steps());
        }
    }
    let Finding::Table(table) = measurement.finding()? else { return Err("another finding".into()) };
    let entries = table.entries();
    let above = entries.iter().filter(|entry| **entry > 1.0).count();
    let falls = entries.windows(2).filter(|pair| pair[1] < pair[0]).count();
    println!("of {} entries {above} exceed 1, and {falls} are less than the one before", entries.len());
    // Six decimals: so many pictures do not tell more, and the file is a third as long.
    let rounded: Vec<f64> = entries.iter().map(|entry| (entry * 1e6).round() / 1e6).collect();
    let file = json!({ "mean_sq_eps": rounded, "images": options.labels.map_or(0, |labels| labels.len()) });
    fs::write(Path::new(model).join("analytic_dpm.json"), file.to_string() + "\n")?;
    Ok(())
}

/// Pictures in [-1, 1], NCHW, and their labels: `count` of them, equally many of each class that has any.
fn chosen(pictures: &str, labels: &Value, shape: Shape, count: usize) -> Result<(Vec<f32>, Vec<u64>), Box<dyn Error>> {
    let bytes = fs::read(format!("{pictures}.rgb"))?;
    let of_pictures: Vec<Value> = serde_json::from_str(&fs::read_to_string(format!("{pictures}.json"))?)?;
    let labels = labels.as_array().ok_or("labels.json is no list")?;
    let of_class = |label: &Value| -> Vec<usize> {
        (0..of_pictures.len()).filter(|index| of_pictures[*index].get(0) == Some(label)).collect()
    };
    let classes: Vec<(u64, Vec<usize>)> =
        (0..).zip(labels.iter().map(of_class)).filter(|(_, all)| !all.is_empty()).collect();
    let each = count / classes.len().max(1);
    let (mut x0, mut chosen) = (Vec::new(), Vec::new());
    for (label, all) in &classes {
        if all.len() < each {
            return Err(format!("{each} pictures of class {label} are asked for, and there are {}", all.len()).into());
        }
        for k in 0..each {
            let begin = all[k * all.len() / each] * shape.len();
            let picture = bytes.get(begin..begin + shape.len()).ok_or("the file of pictures is too short")?;
            // From pixel by pixel to plane by plane.
            for channel in 0..shape.channels {
                let values = picture[channel..].iter().step_by(shape.channels);
                x0.extend(values.map(|value| (f64::from(*value) / 127.5 - 1.0) as f32));
            }
            chosen.push(*label);
        }
    }
    Ok((x0, chosen))
}
