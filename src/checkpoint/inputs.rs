//! What a network is asked: images, and a timestep and a class for each, checked against its configuration.

use std::borrow::Cow;

use super::class_mix::ClassMix;
use super::config::{ClassEmbedding, TimeEmbedding, UNetConfig};
use crate::error::Error;

/// A batch that a network can be asked about.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    config: &'a UNetConfig,
    /// Images, one after the other, without their features.
    pub x: &'a [f32],
    /// One for each image.
    pub timesteps: &'a [f64],
    /// One for each image; none where the network takes none.
    pub classes: &'a [ClassMix],
}

impl<'a> Inputs<'a> {
    /// Checks a batch.
    ///
    /// # Errors
    /// `InvalidOption` for `x`, `t` or `labels`.
    pub fn new(
        config: &'a UNetConfig,
        x: &'a [f32],
        timesteps: &'a [f64],
        classes: Option<&'a [ClassMix]>,
    ) -> Result<Self, Error> {
        let batch = batch_of(config, x)?;
        check_timesteps(config, timesteps, batch)?;
        Ok(Self { config, x, timesteps, classes: checked_classes(config, classes, batch)? })
    }

    /// The batch in parts of so many images.
    pub fn parts(self, images: usize) -> impl Iterator<Item = Self> {
        let batch = self.timesteps.len();
        let image = self.x.len() / batch;
        (0..batch).step_by(images).map(move |first| {
            let part = first..batch.min(first.saturating_add(images));
            let classes = if self.classes.is_empty() { self.classes } else { &self.classes[part.clone()] };
            let x = &self.x[part.start * image..part.end * image];
            Self { x, timesteps: &self.timesteps[part], classes, ..self }
        })
    }

    /// `[batch, in_channels, height, width]` of what the network takes.
    pub fn dims(&self) -> [usize; 4] {
        let [height, width] = self.config.sample_size;
        [self.timesteps.len(), self.config.in_channels, height, width]
    }

    /// The images, with the channels of their classes behind them where the network takes such.
    pub fn with_class_channels(&self) -> Cow<'a, [f32]> {
        let [height, width] = self.config.sample_size;
        match &self.config.class_channels {
            None => Cow::Borrowed(self.x),
            Some(channels) => Cow::Owned(channels.join(self.x, height * width, self.classes)),
        }
    }

    /// The images as the network takes them: with their class, centred, and with their features.
    pub fn as_taken(&self) -> Cow<'a, [f32]> {
        let x = self.with_class_channels();
        let centered = match self.config.center_input_sample {
            true => Cow::Owned(x.iter().map(|x| 2.0 * x - 1.0).collect()),
            false => x,
        };
        let [channels, height, width] = self.config.image_shape();
        match self.config.fourier {
            None => centered,
            Some(fourier) => Cow::Owned(fourier.with_features(&centered, channels * height * width, height * width)),
        }
    }

    /// Does to the output what diffusers does to it behind the network.
    pub fn finish(&self, y: &mut [f32]) {
        if self.config.time_embedding == TimeEmbedding::Fourier {
            let image = y.len() / self.timesteps.len();
            y.iter_mut().enumerate().for_each(|(i, y)| *y /= self.timesteps[i / image] as f32);
        }
    }
}

/// How many images `x` holds.
fn batch_of(config: &UNetConfig, x: &[f32]) -> Result<usize, Error> {
    let [channels, height, width] = config.image_shape();
    let elements = channels * height * width;
    if x.is_empty() || !x.len().is_multiple_of(elements) {
        let allowed = format!("a multiple of {elements} numbers, {channels} x {height} x {width} for each image");
        return Err(Error::invalid("x", format!("{} numbers long", x.len()), allowed));
    }
    Ok(x.len() / elements)
}

/// Whether these are timesteps of a batch.
///
/// # Errors
/// `InvalidOption` for `t`.
pub fn check_timesteps(config: &UNetConfig, timesteps: &[f64], batch: usize) -> Result<(), Error> {
    if timesteps.len() != batch {
        return Err(Error::invalid(
            "t",
            format!("{} timesteps", timesteps.len()),
            format!("one timestep for each image, {batch}"),
        ));
    }
    match timesteps.iter().find(|t| !takes(config, **t)) {
        Some(t) => Err(Error::invalid("t", t, taken(config))),
        None => Ok(()),
    }
}

/// Whether these are timesteps of a run, which asks the network at each.
///
/// # Errors
/// `InvalidOption` for `trajectory`.
pub fn check_trajectory(config: &UNetConfig, timesteps: impl IntoIterator<Item = f64>) -> Result<(), Error> {
    match timesteps.into_iter().find(|t| !takes(config, *t)) {
        Some(t) => {
            let allowed = format!("one whose timesteps the network takes, each {}", taken(config));
            Err(Error::invalid("trajectory", format!("one with timestep {t}"), allowed))
        }
        None => Ok(()),
    }
}

/// Whether the network takes a timestep. By Fourier features it takes the logarithm.
fn takes(config: &UNetConfig, t: f64) -> bool {
    match config.time_embedding {
        TimeEmbedding::Positional => t >= 0.0 && t.is_finite(),
        TimeEmbedding::Fourier => t > 0.0 && t.is_finite(),
        TimeEmbedding::Learned { timesteps } => t >= 0.0 && t < timesteps as f64 && t.fract() == 0.0,
    }
}

/// The timesteps that it takes, in words.
fn taken(config: &UNetConfig) -> String {
    match config.time_embedding {
        TimeEmbedding::Positional => "a finite number from 0 up".to_owned(),
        TimeEmbedding::Fourier => "a finite number above 0".to_owned(),
        TimeEmbedding::Learned { timesteps } => format!("an integer from 0 to {}", timesteps - 1),
    }
}

/// The classes of a batch; none where the network takes none.
///
/// # Errors
/// `InvalidOption` for `labels`.
pub fn checked_classes<'a>(
    config: &UNetConfig,
    classes: Option<&'a [ClassMix]>,
    batch: usize,
) -> Result<&'a [ClassMix], Error> {
    let most = match config.class_embedding {
        ClassEmbedding::None if classes.is_none_or(<[ClassMix]>::is_empty) => return Ok(&[]),
        ClassEmbedding::None => {
            return Err(Error::invalid("labels", "given", "absent, because this model has no classes"));
        }
        ClassEmbedding::Table(rows) | ClassEmbedding::Channels(rows) => rows as i64 - 1,
        ClassEmbedding::Timestep => i64::from(i32::MAX),
    };
    let allowed = || format!("one label for each image, {batch}, each an integer from 0 to {most}");
    let classes = classes.ok_or_else(|| Error::invalid("labels", "absent", allowed()))?;
    if classes.len() != batch {
        return Err(Error::invalid("labels", format!("{} labels", classes.len()), allowed()));
    }
    let mut labels = classes.iter().flat_map(ClassMix::parts).map(|(label, _)| label);
    match labels.find(|label| !(0..=most).contains(*label)) {
        Some(label) => Err(Error::invalid("labels", label, allowed())),
        None => Ok(classes),
    }
}
