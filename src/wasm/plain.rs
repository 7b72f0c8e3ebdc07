//! The engine's answers as plain values, in the form of the public API.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::checkpoint::Warning;
use crate::measure::likelihood::Report;
use crate::run::{Network, Plan, PlannedStep};
use crate::sampler::StepCoeffs;

/// An object of these fields.
fn object(fields: Vec<(&str, Value)>) -> Value {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>().into()
}

/// A network: `shape` [C, H, W], `parameters`, `scheduler`, `hasAnalytic`, `warnings`, and where there are any `labels`, `classes`,
/// `classChannels`, `noClass`, `madeFor` and `vdm`.
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
    fields.extend(description.config.class_channels.as_ref().map(|channels| ("classChannels", channels.width.into())));
    fields.extend(description.vdm.to_json().map(|vdm| ("vdm", vdm)));
    let made_for = description
        .scheduler
        .made_for
        .map(|made_for| object(vec![("scheduler", made_for.scheduler.into()), ("nearest", made_for.nearest.into())]));
    fields.extend(made_for.map(|made_for| ("madeFor", made_for)));
    fields.extend(labels.no_class().map(|no_class| ("noClass", no_class.into())));
    object(fields)
}

/// A plan.
#[derive(Serialize)]
pub struct PlainPlan {
    timesteps: Vec<f64>,
    /// Whether what is open of x0 was measured.
    measured: bool,
    steps: Vec<PlainStep>,
}

/// One step: `s` is `None` for the data; log SNR, of pure noise -inf; the factors, and what is open.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlainStep {
    t: f64,
    s: Option<f64>,
    log_snr: f64,
    x0: f64,
    eps: f64,
    xt: f64,
    z: f64,
    x0_variance: f64,
}

/// A plan in the public form.
pub fn plan(plan: &Plan) -> PlainPlan {
    let step = |step: &PlannedStep| {
        let StepCoeffs { c_x0, c_eps, c_xt, c_z } = step.coeffs;
        let PlannedStep { t, s, level, x0_variance, .. } = *step;
        PlainStep { t, s, log_snr: level.log_snr(), x0: c_x0, eps: c_eps, xt: c_xt, z: c_z, x0_variance }
    };
    PlainPlan {
        timesteps: plan.steps.iter().map(|step| step.t).collect(),
        measured: plan.is_measured,
        steps: plan.steps.iter().map(step).collect(),
    }
}

/// A bound.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlainReport<'a> {
    bits_per_dim: f64,
    standard_error: Option<f64>,
    prior: f64,
    steps: &'a [f64],
    decoder: f64,
    images: &'a [f64],
    timesteps: Vec<f64>,
    log_snr: Vec<f64>,
    k: Option<f64>,
    l_null: Option<f64>,
    entropy_bounds: &'a [(f64, f64)],
}

/// A bound in the public form.
pub fn report(report: &Report) -> PlainReport<'_> {
    PlainReport {
        bits_per_dim: report.bits_per_dim,
        standard_error: report.standard_error,
        prior: report.prior,
        steps: &report.steps,
        decoder: report.decoder,
        images: &report.images,
        timesteps: report.levels.iter().map(|(t, _)| *t).collect(),
        log_snr: report.levels.iter().map(|(_, log_snr)| *log_snr).collect(),
        k: report.k,
        l_null: report.l_null,
        entropy_bounds: &report.entropy_bounds,
    }
}
