//! How near the pictures of each sampler are to the test images, by the features of a small classifier.

use std::error::Error;
use std::fs;
use std::path::Path;

use pollster::block_on;
use serde_json::{Value, json};
use unnoise::options::{Clip, PlanOptions, SampleOptions, SamplerOptions};
use unnoise::run::{Guided, Network, pixel};
use unnoise::sampler::Variance;

use crate::features::{FEATURES, Features};
use crate::frechet::Gaussian;
use crate::images::LEN;
use crate::{collect, document, editing, store};

/// Images of one piece of work, one of each class: so many are kept at once.
const BATCH: usize = 10;

/// Which pictures are compared.
pub struct Cells {
    /// Counts of steps, the table's columns.
    pub steps: Vec<usize>,
    /// Images of each cell.
    pub samples: usize,
}

/// The table's rows: a name, the sampler, and the clipping where it is not the default.
fn rows() -> [(&'static str, SamplerOptions, Option<Clip>); 8] {
    let ddpm = |variance, sigma_clip| SamplerOptions::Ddpm { variance: Some(variance), sigma_clip };
    let ddim = SamplerOptions::Ddim { eta: 0.0 };
    [
        ("DDPM, beta-tilde", ddpm(Variance::Small, 0.0), None),
        ("DDPM, beta", ddpm(Variance::Large, 0.0), None),
        ("DDPM, beta, `sigmaClip` 2", ddpm(Variance::Large, 2.0), None),
        ("Analytic-DDPM", FIRST, None),
        ("DDIM", ddim, None),
        ("DDIM, `clip` \"x0-eps\"", ddim, Some(Clip::X0Eps)),
        ("Analytic-DDIM", SamplerOptions::AnalyticDdim { eta: 0.0, sigma_clip: 1.0 }, None),
        ("VDM", SamplerOptions::Vdm, None),
    ]
}

/// Counts of steps of which the larger must not be worse.
const LONG: [usize; 2] = [100, 1000];

/// The sampler that the page begins with.
const FIRST: SamplerOptions = SamplerOptions::AnalyticDdpm { sigma_clip: 1.0 };

/// Measures the page's own sampler at many steps, and writes the sentence of `docs/quality.md` and its numbers.
pub fn measure_long(root: &Path, real: &[f32], samples: usize) -> Result<(), Box<dyn Error>> {
    let features = Features::read(&root.join("examples/measure/features.safetensors"))?;
    let fitted = Gaussian::fitted(&real.chunks_exact(LEN).map(|picture| features.of(picture)).collect::<Vec<_>>());
    let mut distances = [0.0; LONG.len()];
    for (distance, num_steps) in distances.iter_mut().zip(LONG) {
        let plan = PlanOptions { sampler: FIRST, steps: Some(num_steps), ..PlanOptions::default() };
        *distance = Gaussian::fitted(&sampled(root, &features, &plan, samples)?).distance(&fitted);
        println!("{num_steps} steps: {distance:.3}");
    }
    let path = root.join("docs/quality.json");
    let mut all: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
    all["long"] = json!({ "samples": samples, "steps": LONG, "distances": distances });
    fs::write(path, serde_json::to_string_pretty(&all)? + "\n")?;
    let [few, many] = distances;
    let text = format!(
        "{samples} pictures of Analytic-DDPM have a distance of {few:.2} with {} steps, and of {many:.2} with {}.\n",
        LONG[0], LONG[1]
    );
    document::fill(&root.join("docs/quality.md"), "long", &text)
}

/// Measures every cell, and writes the numbers and the table of `docs/quality.md`. `real` are the test images.
pub fn measure(root: &Path, real: &[f32], cells: &Cells) -> Result<(), Box<dyn Error>> {
    let features = Features::read(&root.join("examples/measure/features.safetensors"))?;
    let of_real: Vec<Vec<f64>> = real.chunks_exact(LEN).map(|picture| features.of(picture)).collect();
    let fitted = Gaussian::fitted(&of_real);
    let itself: Vec<Vec<f64>> = of_real.iter().take(cells.samples).cloned().collect();
    let floor = Gaussian::fitted(&itself).distance(&fitted);
    let mut measured = Vec::new();
    for (name, sampler, clip) in rows() {
        let mut distances = Vec::new();
        for num_steps in &cells.steps {
            let plan = PlanOptions { sampler, steps: Some(*num_steps), clip, ..PlanOptions::default() };
            let distance = Gaussian::fitted(&sampled(root, &features, &plan, cells.samples)?).distance(&fitted);
            println!("{name}, {num_steps} steps: {distance:.3}");
            distances.push(json!({ "steps": num_steps, "distance": distance }));
        }
        measured.push(json!({ "name": name, "cells": distances }));
    }
    let path = root.join("docs/quality.json");
    let before: Value = serde_json::from_str(&fs::read_to_string(&path)?)?;
    let all = json!({ "samples": cells.samples, "testImages": floor, "rows": measured, "long": before["long"] });
    fs::write(path, serde_json::to_string_pretty(&all)? + "\n")?;
    document::fill(&root.join("docs/quality.md"), "distances", &markdown(cells, &measured, floor))
}

/// The features of pictures that a plan gives, as many of each class.
fn sampled(
    root: &Path,
    features: &Features,
    plan: &PlanOptions,
    samples: usize,
) -> Result<Vec<Vec<f64>>, Box<dyn Error>> {
    let work = |network: &Network, index: usize| {
        let named = format!("quality {plan:?} {index}");
        store::kept(root, &[named.as_bytes()], || {
            let options = SampleOptions {
                plan: plan.clone(),
                seed: index as u64,
                batch: Some(BATCH),
                labels: Some((0..BATCH as u64).collect()),
                ..SampleOptions::default()
            };
            let (mut run, conditioning) = network.run(&options, None)?;
            let denoiser = Guided { network, conditioning: &conditioning };
            while run.step_index() < run.num_steps() {
                block_on(run.step(&denoiser))?;
            }
            // As they are shown: in whole grey values.
            let shown: Vec<f32> = run.x_t().iter().map(|x| f32::from(pixel(*x)) / 127.5 - 1.0).collect();
            Ok(shown.chunks_exact(LEN).flat_map(|picture| features.of(picture)).collect())
        })
    };
    let batches = collect::on_all_cores(samples / BATCH, || editing::network(root), work)?;
    Ok(batches.concat().chunks_exact(FEATURES).map(<[f64]>::to_vec).collect())
}

fn markdown(cells: &Cells, rows: &[Value], floor: f64) -> String {
    let numbers: Vec<String> = cells.steps.iter().map(usize::to_string).collect();
    let mut text = format!("| steps | {} |\n|{}\n", numbers.join(" | "), "---|".repeat(cells.steps.len() + 1));
    for row in rows {
        let cells = row["cells"].as_array().map_or(&[][..], Vec::as_slice);
        let of_row: Vec<String> =
            cells.iter().map(|cell| format!("{:.2}", cell["distance"].as_f64().unwrap_or(f64::NAN))).collect();
        text += &format!("| {} | {} |\n", row["name"].as_str().unwrap_or_default(), of_row.join(" | "));
    }
    text + &format!("\n{} test images have a distance of {floor:.2} to all of them.\n", cells.samples)
}
