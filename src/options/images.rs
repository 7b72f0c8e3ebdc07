//! The options `batch`, `seeds` and `first`: how many images there are, and which seed each is made from.

use serde_json::{Map, Value};

use super::noise::seed_from_json;
use crate::checkpoint::value;
use crate::error::Error;
use crate::noise::{First, MOST_ELEMENTS, MOST_IMAGES, Rng, Shape};

impl First {
    /// Checks that the whole batch has the images of this shape, and can be drawn.
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
pub(super) fn batch(options: &Map<String, Value>) -> Result<Option<usize>, Error> {
    let Some(given) = options.get("batch") else { return Ok(None) };
    let read = value::as_index(given).filter(|batch| (1..=MOST_IMAGES).contains(batch));
    let allowed = || format!("an integer from 1 to {MOST_IMAGES}");
    read.map(Some).ok_or_else(|| Error::invalid("batch", value::display(given), allowed()))
}

/// Reads `seeds`, and what must not stand beside it.
pub(super) fn seeds(options: &Map<String, Value>) -> Result<Option<Vec<u64>>, Error> {
    let Some(given) = options.get("seeds") else { return Ok(None) };
    let seeds = seeds_from_json(given)?;
    if let Some(other) = ["seed", "first", "blend", "branch"].into_iter().find(|other| options.contains_key(*other)) {
        return Err(value::beside("seeds", other));
    }
    if let Some(batch) = batch(options)? {
        seeds_fit(&seeds, batch)?;
    }
    Ok(Some(seeds))
}

/// Reads a list of seeds, one per image.
///
/// # Errors
/// `invalid-seeds` for anything but 1 to 4096 integers from 0 to 2^53 - 1.
pub fn seeds_from_json(given: &Value) -> Result<Vec<u64>, Error> {
    let list = given.as_array().filter(|seeds| (1..=MOST_IMAGES).contains(&seeds.len()));
    let read: Option<Vec<u64>> = list.and_then(|seeds| seeds.iter().map(|seed| seed_from_json(seed).ok()).collect());
    read.ok_or_else(|| {
        let most = value::MAX_SAFE_INTEGER;
        let allowed = format!("a list of 1 to {MOST_IMAGES} seeds, one per image, each an integer from 0 to {most}");
        Error::invalid("seeds", value::display(given), allowed)
    })
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
    Err(Error::invalid("seeds", found, format!("as many entries as there are images, {batch}")))
}

/// Reads `first`, and what must not stand beside it. Whether the images fit in is checked where their shape is known.
pub(super) fn first(options: &Map<String, Value>, rng: Rng) -> Result<Option<First>, Error> {
    let Some(given) = options.get("first") else { return Ok(None) };
    let index = |given: &Value, range: std::ops::Range<usize>| value::as_index(given).filter(|k| range.contains(k));
    let read = match given.as_array().map(Vec::as_slice) {
        None => index(given, 0..MOST_IMAGES).map(|image| First { image, of: None }),
        Some([image, of]) => {
            index(of, 1..MOST_IMAGES + 1).and_then(|of| Some(First { image: index(image, 0..of)?, of: Some(of) }))
        }
        Some(_) => None,
    };
    let shown = || value::display(given);
    let first = read.ok_or_else(|| {
        let allowed = format!(
            "an image's index from 0 to {}, or [index, images of the whole batch], at most {MOST_IMAGES} images",
            MOST_IMAGES - 1
        );
        Error::invalid("first", shown(), allowed)
    })?;
    if options.contains_key("blend") {
        return Err(value::beside("first", "blend"));
    }
    if rng == Rng::Torch && first.of.is_none() {
        let allowed = "[index, images of the whole batch] with rng \"torch\", whose one stream depends on that count";
        return Err(Error::invalid("first", shown(), allowed));
    }
    Ok(Some(first))
}
