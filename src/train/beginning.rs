//! What a training begins with: the network, its schedule and its classes.

use serde_json::{Value, json};

use super::batch::batch_size;
use super::data::Data;
use super::learner::Design;
use super::memory;
use super::networks::{images, new_classes, points};
use super::target::prediction;
use crate::checkpoint::weights_file::WeightsFile;
use crate::checkpoint::written::{Tensor, safetensors_of};
use crate::checkpoint::{ClassEmbedding, Description, Files, Labels, Scheduler, value};
use crate::checkpoint::{safetensors, weights};
use crate::error::Error;
use crate::math::predict::Prediction;
use crate::options::{Target, TrainOptions};
use crate::sampler::LearnedVariance;

/// A model whose training goes on.
#[derive(Debug, Clone, Copy)]
pub struct Base<'a> {
    /// config.json.
    pub config: &'a Value,
    /// Its weights, in any format that is read.
    pub weights: &'a [u8],
    /// scheduler_config.json. Default: diffusers' `DDPMScheduler()`.
    pub scheduler: Option<&'a Value>,
    /// labels.json.
    pub labels: Option<&'a Value>,
    /// vdm.json.
    pub vdm: Option<&'a Value>,
}

/// All that stands before the first step.
pub struct Beginning {
    /// What the network is like.
    pub design: Design,
    /// Its config.json; none for points.
    pub config: Option<Value>,
    /// Its weights, a safetensors file.
    pub weights: Vec<u8>,
    /// The forward process.
    pub scheduler: Scheduler,
    /// What the network predicts.
    pub target: Target,
    /// Its classes.
    pub labels: Labels,
}

impl Beginning {
    /// Of a new network.
    ///
    /// # Errors
    /// `invalid-` and the option's name; `config-…` for what is wrong inside of `network` or `scheduler`; and `out-of-memory`.
    pub fn new(data: &Data, options: &TrainOptions, on_cpu: bool) -> Result<Self, Error> {
        let (design, config, labels) = if data.is_points() { points(options)? } else { images(data, options)? };
        let (scheduler, target) = schedule(data, options)?;
        memory::check(&design, data, batch_size(data, options), on_cpu)?;
        let weights = design.first_weights(options.seed);
        Ok(Self { design, config, weights, scheduler, target, labels })
    }

    /// Of a model whose training goes on. A label that it does not know becomes a class of its own, whose first embedding is that of "no
    /// class", or the mean of all.
    ///
    /// # Errors
    /// As [`new`](Self::new), and those of a model's files.
    pub fn from(base: Base<'_>, data: &Data, options: &TrainOptions, on_cpu: bool) -> Result<Self, Error> {
        for (name, is_given) in [
            ("network", options.network.is_some()),
            ("scheduler", options.scheduler.is_some()),
            ("prediction", options.target.is_some()),
            ("classes", options.classes.is_some()),
        ] {
            if is_given {
                return Err(value::beside(name, "from"));
            }
        }
        // Checks them against each other.
        let files = Files {
            config: base.config,
            weights: WeightsFile::Whole(base.weights),
            scheduler: base.scheduler,
            labels: base.labels,
            analytic: None,
            vdm: base.vdm,
        };
        let Description { mut config, scheduler, .. } = files.describe()?;
        if config.class_channels.is_some() {
            let allowed = "one that takes its classes by an embedding, or none";
            return Err(Error::invalid("from", "a model with class channels", allowed));
        }
        if options.objective.learns_variance() && scheduler.learned_variance != Some(LearnedVariance::Range) {
            let allowed = "one that does not learn a variance, or a model whose `variance_type` is \"learned_range\"";
            return Err(Error::invalid("objective", "one that learns a variance", allowed));
        }
        if config.image_shape() != data.shape() {
            let allowed = format!("{:?}, as the model has it: channels, height and width", config.image_shape());
            return Err(Error::invalid("data.shape", format!("{:?}", data.shape()), allowed));
        }
        memory::check(&Design::Images(config.clone()), data, batch_size(data, options), on_cpu)?;
        let (mut json, mut weights) = (base.config.clone(), weights::rewritten(base.weights, &config)?);
        let mut names = base.labels.cloned();
        if let (ClassEmbedding::Table(rows), Some(last)) = (config.class_embedding, data.last_label()) {
            let more = new_classes(rows, last)?;
            if more > 0 {
                let none = Labels::new(config.class_embedding, base.labels)?.no_class();
                weights = with_more_classes(&weights, more, none)?;
                config.class_embedding = ClassEmbedding::Table(rows + more);
                json["num_class_embeds"] = (rows + more).into();
                let new = (rows..rows + more).map(|index| json!(format!("class {index}")));
                names = names.map(|names| names.as_array().into_iter().flatten().cloned().chain(new).collect());
            }
        }
        let labels = Labels::new(config.class_embedding, names.as_ref())?;
        let target = match scheduler.prediction {
            Prediction::Epsilon => Target::Epsilon,
            Prediction::VPrediction => Target::VPrediction,
            Prediction::Sample => Target::Sample,
        };
        Ok(Self { design: Design::Images(config), config: Some(json), weights, scheduler, target, labels })
    }
}

/// The same weights with more rows in the table of classes.
fn with_more_classes(file: &[u8], more: usize, none: Option<u64>) -> Result<Vec<u8>, Error> {
    let stored = safetensors::read(file)?;
    let tensors = stored.iter().map(|stored| {
        let (mut shape, mut elements) = (stored.shape.clone(), stored.to_f32()?);
        if stored.name == "class_embedding.weight" && shape.len() == 2 && !elements.is_empty() {
            let (rows, width) = (shape[0], shape[1]);
            let row = |index: usize| elements[index * width..][..width].to_vec();
            let mean = |column: usize| (0..rows).map(|row| elements[row * width + column]).sum::<f32>() / rows as f32;
            let first = none.map_or_else(|| (0..width).map(mean).collect(), |none| row(none as usize));
            elements.extend(first.repeat(more));
            shape[0] = rows + more;
        }
        Ok(Tensor { name: stored.name.clone(), shape, elements })
    });
    Ok(safetensors_of(&tensors.collect::<Result<Vec<_>, Error>>()?))
}

fn schedule(data: &Data, options: &TrainOptions) -> Result<(Scheduler, Target), Error> {
    // After few steps, samples are far cleaner than with linear betas and a predicted noise. Points need not lie in [-1, 1].
    let default = || {
        json!({
            "_class_name": "DDPMScheduler",
            "beta_schedule": "squaredcos_cap_v2",
            "prediction_type": options.target.map_or("v_prediction", name_of),
            "clip_sample": !data.is_points(),
        })
    };
    let mut config = options.scheduler.clone().unwrap_or_else(default);
    if options.target == Some(Target::Mu) && !data.is_points() {
        let allowed =
            "\"epsilon\", \"sample\" or \"v_prediction\" for images: diffusers has no name for a predicted mean";
        return Err(Error::invalid("prediction", "\"mu\"", allowed));
    }
    let told = options.target.map(name_of);
    if let (Some(told), Some(object)) = (told, config.as_object_mut()) {
        let given = object.entry("prediction_type").or_insert_with(|| told.into());
        if given != told {
            let allowed = "the prediction_type of `scheduler`, or one of the two alone";
            return Err(Error::invalid("prediction", format!("{told} beside {}", value::display(given)), allowed));
        }
    }
    // A network that is new has a variance where it is learned, and only there.
    if let Some(object) = config.as_object_mut().filter(|_| options.objective.learns_variance()) {
        object.entry("variance_type").or_insert_with(|| "learned_range".into());
    }
    let scheduler = Scheduler::from_json(&config)?;
    if scheduler.learned_variance != options.objective.learns_variance().then_some(LearnedVariance::Range) {
        let found = config.get("variance_type").map_or_else(|| "absent".to_owned(), value::display);
        let allowed = "\"learned_range\" with objective \"l_hybrid\", or \"l_vlb\" with variance \"learned\", and no learned one with others";
        return Err(Error::invalid("scheduler", format!("variance_type {found}"), allowed));
    }
    let target = options.target.unwrap_or(match scheduler.prediction {
        Prediction::Epsilon => Target::Epsilon,
        Prediction::VPrediction => Target::VPrediction,
        Prediction::Sample => Target::Sample,
    });
    Ok((scheduler, target))
}

/// diffusers' `prediction_type` of a network that predicts this.
fn name_of(target: Target) -> &'static str {
    match prediction(target) {
        Prediction::Epsilon => "epsilon",
        Prediction::Sample => "sample",
        Prediction::VPrediction => "v_prediction",
    }
}
