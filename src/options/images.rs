//! The options `batch`, `seeds` and `first`: how many images there are, and which seed each is made from.

use serde_json::{Map, Value};

use super::noise::seed_from_json;
use crate::checkpoint::value;
use crate::error::{Error, shown};
use crate::noise::{First, MOST_ELEMENTS, MOST_IMAGES, Rng, Shape};

impl First {
    /// Checks that the batch is one that can be, and that PyTorch's stream knows its length.
    ///
    /// # Errors
    /// `invalid-first`.
    pub(super) fn check(self, rng: Rng) -> Result<(), Error> {
        let Self { image, of } = self;
        let shown = || of.map_or(image.to_string(), |of| format!("[{image},{of}]"));
        if of.is_some_and(|of| of > MOST_IMAGES) || image >= of.unwrap_or(MOST_IMAGES) {
            return Err(invalid_first(shown()));
        }
        if rng == Rng::Torch && of.is_none() {
            let allowed =
                "[index, images of the whole batch] with rng \"torch\", whose one stream depends on that count";
            return Err(Error::invalid("first", shown(), allowed));
        }
        Ok(())
    }

    /// Checks that the whole batch has the images of this shape, and can be drawn.
    ///
    /// # Errors
    /// `invalid-first`.
    pub fn fits(self, rng: Rng, shape: Shape) -> Result<(), Error> {
        let Self { image, of } = self;
        let whole = of.unwrap_or(MOST_IMAGES);
        if image + shape.batch > whole {
            let found = format!("{image} with {} images", shape.batch);
            return Err(Error::invalid(
                "first",
                found,
                format!("an image with which they end within a batch of {whole}"),
            ));
        }
        let most = MOST_ELEMENTS / shape.image_len();
        if rng == Rng::Torch && whole > most {
            let allowed = format!("at most {most} images of this size as the whole batch");
            return Err(Error::invalid("first", format!("[{image}, {whole}]"), allowed));
        }
        Ok(())
    }
}

/// Reads `batch`.
pub(super) fn read_batch(options: &Map<String, Value>) -> Result<Option<usize>, Error> {
    let Some(given) = options.get("batch") else { return Ok(None) };
    value::as_index(given).map(Some).ok_or_else(|| invalid_batch(value::display(given)))
}

/// Checks the count of a batch.
pub(super) fn check_batch(batch: usize) -> Result<(), Error> {
    if (1..=MOST_IMAGES).contains(&batch) { Ok(()) } else { Err(invalid_batch(batch.to_string())) }
}

fn invalid_batch(given: String) -> Error {
    Error::invalid("batch", given, format!("an integer from 1 to {MOST_IMAGES}"))
}

/// Reads a list of seeds, one per image.
///
/// # Errors
/// `invalid-seeds` for anything but 1 to 4096 integers from 0 to 2^53 - 1.
pub fn seeds_from_json(given: &Value) -> Result<Vec<u64>, Error> {
    let list = given.as_array().filter(|seeds| (1..=MOST_IMAGES).contains(&seeds.len()));
    let read: Option<Vec<u64>> = list.and_then(|seeds| seeds.iter().map(|seed| seed_from_json(seed).ok()).collect());
    read.ok_or_else(|| invalid_seeds(value::display(given)))
}

/// Checks the count of seeds.
pub(super) fn check_seeds(seeds: &[u64]) -> Result<(), Error> {
    if (1..=MOST_IMAGES).contains(&seeds.len()) { Ok(()) } else { Err(invalid_seeds(shown::list(seeds))) }
}

fn invalid_seeds(given: String) -> Error {
    let most = value::MAX_SAFE_INTEGER;
    let allowed = format!("a list of 1 to {MOST_IMAGES} seeds, one per image, each an integer from 0 to {most}");
    Error::invalid("seeds", given, allowed)
}

/// Checks that there are as many seeds as images.
///
/// # Errors
/// `invalid-seeds` where there are not.
pub fn seeds_fit(seeds: &[u64], batch: usize) -> Result<(), Error> {
    if seeds.len() == batch {
        return Ok(());
    }
    let found = format!("{} entries long", seeds.len());
    Err(Error::invalid("seeds", found, format!("one entry per image, {batch}")))
}

/// Reads `first`.
pub(super) fn read_first(options: &Map<String, Value>) -> Result<Option<First>, Error> {
    let Some(given) = options.get("first") else { return Ok(None) };
    let read = match given.as_array().map(Vec::as_slice) {
        None => value::as_index(given).map(|image| First { image, of: None }),
        Some([image, of]) => {
            value::as_index(image).and_then(|image| Some(First { image, of: Some(value::as_index(of)?) }))
        }
        Some(_) => None,
    };
    read.map(Some).ok_or_else(|| invalid_first(value::display(given)))
}

fn invalid_first(given: String) -> Error {
    let allowed = format!(
        "an image's index from 0 to {}, or [index, images of the whole batch], at most {MOST_IMAGES} images",
        MOST_IMAGES - 1
    );
    Error::invalid("first", given, allowed)
}
