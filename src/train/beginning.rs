//! What a training begins with: the design of the network, its schedule and its classes.

use serde_json::{Map, Value, json};

use super::data::Data;
use super::learner::Design;
use super::mlp::Size;
use super::target::prediction;
use crate::checkpoint::written::{Tensor, safetensors_of};
use crate::checkpoint::{ClassEmbedding, Description, Files, Labels, Scheduler, UNetConfig, value};
use crate::checkpoint::{safetensors, weights};
use crate::error::Error;
use crate::math::fourier::Fourier;
use crate::math::predict::Prediction;
use crate::options::{Target, TrainOptions};
use crate::sampler::LearnedVariance;

/// Classes that a training may add to a network's own.
const MOST_NEW_CLASSES: usize = 64;

/// Channels of the levels of a network where nothing else is said.
const CHANNELS: [usize; 3] = [16, 32, 32];

/// n of the Fourier features of points where nothing else is said: of half a unit to two.
const FOURIER: std::ops::Range<i32> = -1..2;

/// The name that a label has which stands for none.
const NO_CLASS: &str = "no class";

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
    /// `invalid-` and the option's name; `config-…` for what is wrong inside of `network` or `scheduler`.
    pub fn new(data: &Data, options: &TrainOptions) -> Result<Self, Error> {
        let (design, config, labels) = if data.is_points() { points(options)? } else { images(data, options)? };
        let (scheduler, target) = schedule(data, options)?;
        let weights = design.first_weights(options.seed);
        Ok(Self { design, config, weights, scheduler, target, labels })
    }

    /// Of a model whose training goes on. A label that it does not know becomes a class of its own, whose first embedding is that of "no
    /// class", or the mean of all.
    ///
    /// # Errors
    /// As [`new`](Self::new), and those of a model's files.
    pub fn from(base: Base<'_>, data: &Data, options: &TrainOptions) -> Result<Self, Error> {
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
            weights: base.weights,
            scheduler: base.scheduler,
            labels: base.labels,
            analytic: None,
            vdm: base.vdm,
        };
        let Description { mut config, scheduler, .. } = files.describe()?;
        if options.objective.learns_variance() && scheduler.learned_variance != Some(LearnedVariance::Range) {
            let allowed = "one that does not learn a variance, or a model whose `variance_type` is \"learned_range\"";
            return Err(Error::invalid("objective", "one that learns a variance", allowed));
        }
        if config.image_shape() != data.shape() {
            let allowed = format!("{:?}, as the model has it: channels, height and width", config.image_shape());
            return Err(Error::invalid("data.shape", format!("{:?}", data.shape()), allowed));
        }
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

fn points(options: &TrainOptions) -> Result<(Design, Option<Value>, Labels), Error> {
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

fn images(data: &Data, options: &TrainOptions) -> Result<(Design, Option<Value>, Labels), Error> {
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
fn new_classes(rows: usize, last: u64) -> Result<usize, Error> {
    let needed = usize::try_from(last).ok().and_then(|last| last.checked_add(1));
    match needed.map(|needed| needed.saturating_sub(rows)).filter(|more| *more <= MOST_NEW_CLASSES) {
        Some(more) => Ok(more),
        None => Err(Error::invalid("data.labels", last, format!("integers from 0 to {}", rows + MOST_NEW_CLASSES - 1))),
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
