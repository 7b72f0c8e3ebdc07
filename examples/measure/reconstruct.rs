//! Encoding and decoding: DDIM's table 2 for the bundled model.

use std::error::Error;
use std::path::Path;

use serde_json::{Value, json};
use unnoise::measure::{Finding, Measurement};
use unnoise::options::{Clip, EncodeOptions, PlanOptions, SampleOptions};
use unnoise::run::Guided;

use crate::collect::network;
use crate::images::LEN;

/// Steps of the table, and what the paper reports for CIFAR-10.
const STEPS: [(usize, f64); 6] = [(10, 0.014), (20, 0.0065), (50, 0.0023), (100, 0.0009), (200, 0.0004), (500, 0.0001)];

/// Mean squared error per dimension on the scale [0, 1], for each number of steps.
pub fn errors(root: &Path, images: &[f32]) -> Result<Vec<Value>, Box<dyn Error>> {
    let network = network(root)?;
    let mut rows = Vec::new();
    for (steps, paper) in STEPS {
        let options = EncodeOptions { steps: Some(steps), ..EncodeOptions::default() };
        let mut encoding = Measurement::encode(&network, images.to_vec(), &options)?;
        for _ in 0..encoding.num_steps() {
            pollster::block_on(encoding.step(&network))?;
        }
        let Finding::Encoded(x_t) = encoding.finding()? else { return Err("an encoding gives x_T".into()) };

        let plan = PlanOptions { clip: Some(Clip::None), ..options.plan() };
        let options = SampleOptions { plan, batch: Some(images.len() / LEN), ..SampleOptions::default() };
        let (mut run, conditioning) = network.run(&options, Some(x_t))?;
        for _ in 0..run.num_steps() {
            pollster::block_on(run.step(&Guided { network: &network, conditioning: &conditioning }))?;
        }
        // Half the difference on [-1, 1] is the difference on [0, 1].
        let square = |(a, b): (&f32, &f32)| (f64::from(a - b) / 2.0).powi(2);
        let error = run.x_t().iter().zip(images).map(square).sum::<f64>() / images.len() as f64;
        println!("{steps} steps: {error:.6}");
        rows.push(json!({ "steps": steps, "error": error, "paper": paper }));
    }
    Ok(rows)
}

/// The rows as a table.
pub fn markdown(rows: &[Value], images: usize) -> String {
    let line = |name: &str, of: &dyn Fn(&Value) -> String| {
        format!("| {name} | {} |\n", rows.iter().map(of).collect::<Vec<_>>().join(" | "))
    };
    let number = |key: &'static str| move |row: &Value| format!("{:.6}", row[key].as_f64().unwrap_or(f64::NAN));
    let mut text = line("steps", &|row| row["steps"].to_string());
    text += &format!("|{}\n", "---|".repeat(rows.len() + 1));
    text += &line(&format!("Fashion-MNIST, {images} images"), &number("error"));
    text + &line("CIFAR-10 in the paper", &number("paper"))
}
