//! The engine's answers as plain values, in the form of the public API.

use serde_json::{Map, Value};

use crate::checkpoint::Warning;
use crate::measure::likelihood::Report;
use crate::run::{Network, Plan, PlannedStep};
use crate::sampler::StepCoeffs;

/// An object of these fields.
fn object(fields: Vec<(&str, Value)>) -> Value {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}

fn numbers(list: &[f64]) -> Value {
    list.into()
}

/// A network: `shape` [C, H, W], `parameters`, `scheduler`, `hasAnalytic`, `warnings`, and where there are any `labels`, `classes` and
/// `noClass`.
pub fn info(network: &Network) -> Value {
    let (shape, description) = (network.shape(1), network.description());
    let labels = &description.labels;
    let warning = |Warning { code, message }: &Warning| {
        object(vec![("code", (*code).into()), ("message", message.as_str().into())])
    };
    let mut fields = vec![
        ("shape", vec![shape.channels, shape.height, shape.width].into()),
        ("parameters", network.num_params().into()),
        ("scheduler", description.scheduler.config.clone()),
        ("hasAnalytic", description.mean_sq_eps.is_some().into()),
        ("warnings", description.warnings.iter().map(warning).collect()),
    ];
    fields.extend(labels.names().map(|names| ("labels", names.into())));
    fields.extend(labels.classes().map(|classes| ("classes", classes.into())));
    fields.extend(labels.no_class().map(|no_class| ("noClass", no_class.into())));
    object(fields)
}

/// A plan: the timesteps, whether what is open of x0 was measured, and for every step `t`, `s` (null: the data), log SNR at `t`, the factors
/// and what is open.
pub fn plan(plan: &Plan) -> Value {
    let step = |step: &PlannedStep| {
        let StepCoeffs { c_x0, c_eps, c_xt, c_z } = step.coeffs;
        object(vec![
            ("t", step.t.into()),
            ("s", step.s.into()),
            ("logSnr", step.level.log_snr().into()),
            ("x0", c_x0.into()),
            ("eps", c_eps.into()),
            ("xt", c_xt.into()),
            ("z", c_z.into()),
            ("x0Variance", step.x0_variance.into()),
        ])
    };
    let timesteps: Vec<f64> = plan.steps.iter().map(|step| step.t).collect();
    object(vec![
        ("timesteps", numbers(&timesteps)),
        ("measured", plan.is_measured.into()),
        ("steps", plan.steps.iter().map(step).collect()),
    ])
}

/// A bound.
pub fn report(report: &Report) -> Value {
    let bounds = report.entropy_bounds.iter().map(|(low, high)| numbers(&[*low, *high]));
    object(vec![
        ("bitsPerDim", report.bits_per_dim.into()),
        ("standardError", report.standard_error.into()),
        ("prior", report.prior.into()),
        ("steps", numbers(&report.steps)),
        ("decoder", report.decoder.into()),
        ("images", numbers(&report.images)),
        ("timesteps", report.levels.iter().map(|(t, _)| *t).collect()),
        ("logSnr", report.levels.iter().map(|(_, log_snr)| *log_snr).collect()),
        ("k", report.k.into()),
        ("lNull", report.l_null.into()),
        ("entropyBounds", bounds.collect()),
    ])
}
