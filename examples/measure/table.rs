//! Bits per dimension for every row and number of steps, from the measured terms.

use std::error::Error;
use std::path::Path;

use serde_json::{Value, json};
use unnoise::checkpoint::MeanSqEps;
use unnoise::math::trajectory::Trajectory;
use unnoise::measure::likelihood::baseline::{self, Measured};
use unnoise::measure::likelihood::{prior_divergence, step_divergence};
use unnoise::options::{PlanOptions, SamplerOptions, TrajectoryOption};
use unnoise::run::Plan;
use unnoise::sampler::Variance;

use crate::collect::{Measurement, Terms, network};
use crate::images::LEN;

/// Numbers of steps.
pub const STEPS: [usize; 7] = [10, 25, 50, 100, 200, 400, 1000];

/// How a row chooses its timesteps.
#[derive(Clone, Copy)]
enum Visits {
    Even,
    Optimal,
    /// The best for DDPM's own bound.
    Baseline,
}

const SMALL: SamplerOptions = SamplerOptions::Ddpm { variance: Some(Variance::Small), sigma_clip: 0.0 };
const LARGE: SamplerOptions = SamplerOptions::Ddpm { variance: Some(Variance::Large), sigma_clip: 0.0 };
const ANALYTIC: SamplerOptions = SamplerOptions::AnalyticDdpm { sigma_clip: 0.0 };

/// The rows: name, sampler, timesteps, and the paper's figures for CIFAR-10 with the linear schedule.
const ROWS: [(&str, SamplerOptions, Visits, [f64; 7]); 5] = [
    ("DDPM, beta-tilde, even", SMALL, Visits::Even, [74.95, 24.98, 12.01, 7.08, 5.03, 4.29, 3.73]),
    ("DDPM, beta, even", LARGE, Visits::Even, [6.99, 6.11, 5.44, 4.86, 4.39, 4.07, 3.75]),
    ("Analytic-DDPM, even", ANALYTIC, Visits::Even, [5.47, 4.79, 4.38, 4.07, 3.84, 3.71, 3.59]),
    ("DDPM, beta, optimal", LARGE, Visits::Baseline, [5.38, 4.34, 3.97, 3.82, 3.77, 3.75, 3.75]),
    ("Analytic-DDPM, optimal", ANALYTIC, Visits::Optimal, [4.11, 3.68, 3.61, 3.59, 3.59, 3.59, 3.59]),
];

/// All rows: bits per dimension and their standard error over the images, beside the paper's.
pub fn rows(
    root: &Path,
    terms: &Terms,
    made_from: &Measured,
    mean_sq_eps: &MeanSqEps,
    images: &[f32],
) -> Result<Vec<Value>, Box<dyn Error>> {
    let network = network(root)?;
    let scheduler = network.scheduler();
    let mut rows = Vec::new();
    for (name, sampler, visits, paper) in ROWS {
        let mut cells = Vec::new();
        for num_steps in STEPS {
            let best = || baseline::trajectory(scheduler, made_from, Variance::Large, num_steps);
            let trajectory: TrajectoryOption = match visits {
                Visits::Even => Trajectory::Even.into(),
                Visits::Optimal => TrajectoryOption::Optimal,
                Visits::Baseline => Trajectory::Given(best()).into(),
            };
            let options =
                PlanOptions { sampler, steps: Some(num_steps), trajectory: Some(trajectory), ..PlanOptions::default() };
            let plan = Plan::new(&options, scheduler, Some(mean_sq_eps))?;
            let (bits, error) = bits_per_dim(&plan, terms, images);
            cells.push(json!({ "steps": num_steps, "bitsPerDim": bits, "standardError": error }));
        }
        rows.push(json!({ "name": name, "cells": cells, "paper": paper }));
    }
    Ok(rows)
}

/// Mean over the images, and its standard error.
fn bits_per_dim(plan: &Plan, terms: &Terms, images: &[f32]) -> (f64, f64) {
    let of_image = |(measured, x0): (&Vec<Measurement>, &[f32])| {
        let prior = prior_divergence(plan.steps[0].level, x0);
        let steps = plan.steps.iter().map(|step| {
            let measured = &measured[step.t as usize];
            if step.s.is_none() { measured.decoder } else { step_divergence(step, measured.sq_error) }
        });
        (prior + steps.sum::<f64>()) / std::f64::consts::LN_2
    };

    let bits: Vec<f64> = terms.of_images.iter().zip(images.chunks_exact(LEN)).map(of_image).collect();
    let count = bits.len() as f64;
    let mean = bits.iter().sum::<f64>() / count;
    let variance = bits.iter().map(|b| (b - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

/// The rows as a table, each with the paper's figures below.
pub fn markdown(rows: &[Value]) -> String {
    let mut text = format!("| K | {} |\n", STEPS.map(|k| k.to_string()).join(" | "));
    text += &format!("|{}\n", "---|".repeat(STEPS.len() + 1));
    for row in rows {
        let cells = row["cells"].as_array().map_or(&[][..], Vec::as_slice);
        let number = |value: &Value| format!("{:.2}", value.as_f64().unwrap_or(f64::NAN));
        let ours: Vec<String> = cells.iter().map(|cell| number(&cell["bitsPerDim"])).collect();
        let paper: Vec<String> = row["paper"].as_array().map_or(&[][..], Vec::as_slice).iter().map(number).collect();
        let name = row["name"].as_str().unwrap_or_default();
        text += &format!("| **{name}** | {} |\n", ours.join(" | "));
        text += &format!("| CIFAR-10 in the paper | {} |\n", paper.join(" | "));
    }
    text
}
