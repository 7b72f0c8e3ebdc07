//! What a run asks of a network beside the timestep: classes and guidance.

use crate::checkpoint::Labels;
use crate::checkpoint::class_mix::ClassMix;
use crate::error::Error;
use crate::noise::Position;
use crate::options::{Blend, SampleOptions};

/// What a run of a network adds to its steps: the images' classes, and how strongly to follow them.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditioning {
    /// One mix per image, mostly of one class; `None` for a network without classes.
    pub(super) classes: Option<Vec<ClassMix>>,
    /// The label that means "no class", and the weight, where guidance is on.
    pub(super) guidance: Option<(i64, f64)>,
}

impl Conditioning {
    /// That of a run with these options.
    pub(super) fn new(labels: &Labels, options: &SampleOptions) -> Result<Self, Error> {
        let of_corners = |corners: &[u64], at: &[Position]| {
            let weights: Vec<_> = at.iter().map(|position| position.weights()).collect();
            labels.of_corners(corners, &weights).map(Some)
        };
        let classes = match &options.blend {
            Some(Blend { labels: Some(corners), at, .. }) => of_corners(corners, at)?,
            _ => of_each(labels, options.labels.as_deref(), options.images())?,
        };
        Ok(Self { classes, guidance: labels.guidance(options.guidance)? })
    }

    /// One class per image, without guidance.
    pub(super) fn unguided(labels: &Labels, given: Option<&[u64]>, batch: usize) -> Result<Self, Error> {
        Ok(Self { classes: of_each(labels, given, batch)?, guidance: None })
    }

    /// That of some of the images, from `first` on.
    ///
    /// # Errors
    /// `invalid-images` where there are not as many.
    pub fn of_images(&self, first: usize, count: usize) -> Result<Self, Error> {
        let Some(classes) = &self.classes else { return Ok(self.clone()) };
        let some = classes.get(first..first.saturating_add(count)).ok_or_else(|| {
            let found = format!("{count} from image {first} on");
            Error::invalid("images", found, format!("images of a batch of {}", classes.len()))
        })?;
        Ok(Self { classes: Some(some.to_vec()), guidance: self.guidance })
    }
}

fn of_each(labels: &Labels, given: Option<&[u64]>, batch: usize) -> Result<Option<Vec<ClassMix>>, Error> {
    let labels = labels.of_images(given, batch)?;
    Ok(labels.map(|labels| labels.into_iter().map(ClassMix::one).collect()))
}
