//! The classes of a class-conditional network: their count, their names, and which of them means "no class".

use serde_json::{Value, json};

use super::class_mix::ClassMix;
use super::config::ClassEmbedding;
use super::value;
use crate::error::Error;

const FILE: &str = "labels.json";
/// The name in `labels.json` of the label that a network was trained with in place of a dropped one.
const NO_CLASS: &str = "no class";

/// As many as config.json may have classes.
const MOST_NAMES: usize = 1_000_000;

/// The classes of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Labels {
    embedding: ClassEmbedding,
    names: Option<Vec<String>>,
}

impl Labels {
    /// Reads `labels.json`, an array of names, against the network's class embedding.
    ///
    /// # Errors
    /// `config-invalid` where it is not a list of names, or of another length than there are classes.
    pub fn new(embedding: ClassEmbedding, names: Option<&Value>) -> Result<Self, Error> {
        let names = names.map(|names| read_names(names, embedding)).transpose()?;
        Ok(Self { embedding, names })
    }

    /// The names, where there are any.
    pub fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// The count of classes, where a label is one of a table's.
    pub fn classes(&self) -> Option<usize> {
        match self.embedding {
            ClassEmbedding::Table(classes) | ClassEmbedding::Channels(classes) => Some(classes),
            ClassEmbedding::None | ClassEmbedding::Timestep => None,
        }
    }

    /// Whether the network takes a label.
    pub fn takes_any(&self) -> bool {
        self.embedding != ClassEmbedding::None
    }

    /// One label an image: as given, one for all, or "no class" for all where none is given. `None` for a network
    /// without classes.
    ///
    /// # Errors
    /// `invalid-labels` for another count, a class that does not exist, labels for a network without classes, or none
    /// for a network that has classes but no "no class".
    pub fn of_images(&self, given: Option<&[u64]>, batch: usize) -> Result<Option<Vec<i64>>, Error> {
        if self.embedding == ClassEmbedding::None {
            return match given {
                Some(labels) => Err(self.invalid(labels, "nothing: this network has no classes")),
                None => Ok(None),
            };
        }

        let no_class = self.no_class().map(|label| vec![label]);
        let labels = match given {
            Some(labels) => labels,
            None => no_class.as_deref().ok_or_else(|| Error::invalid("labels", "absent", self.allowed(batch)))?,
        };
        let fits = labels.len() == batch || labels.len() == 1;
        if !fits || labels.iter().any(|label| !self.exists(*label)) {
            return Err(self.invalid(labels, self.allowed(batch)));
        }
        let label_of = |image: usize| labels.get(image).or(labels.first()).copied().unwrap_or(0);
        // A label that exists is far below 2^63.
        Ok(Some((0..batch).map(|image| label_of(image) as i64).collect()))
    }

    /// The classes of images that lie between corners, each with a class of its own; the embedding goes along straight lines.
    /// `weights`: of each image, how much of each corner there is.
    ///
    /// # Errors
    /// `invalid-blend` for a class that does not exist, or classes for a network without any.
    pub fn of_corners(&self, corners: &[u64], weights: &[[f64; 4]]) -> Result<Vec<ClassMix>, Error> {
        let invalid = |allowed: String| Error::invalid("blend.labels", value::display(&json!(corners)), allowed);
        if self.embedding == ClassEmbedding::None {
            return Err(invalid("nothing: this network has no classes".to_owned()));
        }
        if corners.iter().any(|label| !self.exists(*label)) {
            return Err(invalid(format!("{}, one per corner", self.class_numbers())));
        }
        // A label that exists is far below 2^63.
        let mix = |weights: &[f64; 4]| {
            ClassMix::new(corners.iter().zip(weights).map(|(label, weight)| (*label as i64, *weight)))
        };
        Ok(weights.iter().map(mix).collect())
    }

    /// The label of no class and the weight; `None` where the weight is 1, which is off.
    ///
    /// # Errors
    /// `invalid-guidance` where guidance is asked for and the network has no "no class".
    pub fn guidance(&self, weight: f64) -> Result<Option<(i64, f64)>, Error> {
        if weight == 1.0 {
            return Ok(None);
        }
        match self.no_class() {
            Some(no_class) => Ok(Some((no_class as i64, weight))),
            None => {
                Err(Error::invalid("guidance", weight, "1: the network has no label named \"no class\" in labels.json"))
            }
        }
    }

    /// The label that the network was trained with in place of a dropped one.
    pub fn no_class(&self) -> Option<u64> {
        let position = self.names.as_ref()?.iter().position(|name| name == NO_CLASS)?;
        u64::try_from(position).ok()
    }

    fn exists(&self, label: u64) -> bool {
        match self.embedding {
            ClassEmbedding::Table(classes) | ClassEmbedding::Channels(classes) => {
                usize::try_from(label).is_ok_and(|label| label < classes)
            }
            _ => label <= value::MAX_SAFE_INTEGER,
        }
    }

    fn allowed(&self, batch: usize) -> String {
        format!("{}: {batch}, one per image, or one for all", self.class_numbers())
    }

    fn class_numbers(&self) -> String {
        match self.embedding {
            ClassEmbedding::Table(classes) | ClassEmbedding::Channels(classes) => {
                format!("class numbers from 0 to {}", classes - 1)
            }
            _ => "class numbers".to_owned(),
        }
    }

    fn invalid(&self, labels: &[u64], allowed: impl Into<String>) -> Error {
        Error::invalid("labels", value::display(&json!(labels)), allowed)
    }
}

fn read_names(names: &Value, embedding: ClassEmbedding) -> Result<Vec<String>, Error> {
    let invalid = |value: String, allowed: String| Error::ConfigInvalid {
        file: FILE,
        field: "the file".to_owned(),
        value,
        allowed,
    };
    let read: Option<Vec<String>> =
        names.as_array().and_then(|names| names.iter().map(|name| name.as_str().map(str::to_owned)).collect());
    let read = read.ok_or_else(|| invalid(value::display(names), "a list of names".to_owned()))?;

    if read.len() > MOST_NAMES {
        return Err(invalid(format!("a list of {} names", read.len()), format!("at most {MOST_NAMES} names")));
    }
    match embedding {
        ClassEmbedding::Table(classes) | ClassEmbedding::Channels(classes) if read.len() != classes => Err(invalid(
            format!("a list of {} names", read.len()),
            format!("{classes} names, one per class of config.json"),
        )),
        ClassEmbedding::None => Err(invalid(
            format!("a list of {} names", read.len()),
            "no such file: config.json has no classes".to_owned(),
        )),
        _ => Ok(read),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels() -> Labels {
        Labels::new(ClassEmbedding::Table(3), Some(&json!(["cat", "dog", "no class"])))
            .expect("three names for three classes")
    }

    #[test]
    fn one_label_serves_all_images_and_none_means_no_class() {
        assert_eq!(labels().of_images(Some(&[1]), 3), Ok(Some(vec![1, 1, 1])));
        assert_eq!(labels().of_images(Some(&[0, 1]), 2), Ok(Some(vec![0, 1])));
        assert_eq!(labels().of_images(None, 2), Ok(Some(vec![2, 2])));
    }

    #[test]
    fn labels_that_do_not_fit_are_errors() {
        let code =
            |labels: &Labels, given: Option<&[u64]>| labels.of_images(given, 3).expect_err("does not fit").code();
        assert_eq!(code(&labels(), Some(&[0, 1])), "invalid-labels");
        assert_eq!(code(&labels(), Some(&[3])), "invalid-labels");
        assert_eq!(code(&labels(), Some(&[])), "invalid-labels");

        let without_classes = Labels::new(ClassEmbedding::None, None).expect("no names needed");
        assert_eq!(code(&without_classes, Some(&[0])), "invalid-labels");
        let without_names = Labels::new(ClassEmbedding::Table(3), None).expect("names are optional");
        assert_eq!(code(&without_names, None), "invalid-labels");
        assert_eq!(without_names.guidance(2.0).expect_err("no such label").code(), "invalid-guidance");
        assert_eq!(without_names.guidance(1.0), Ok(None));
    }

    #[test]
    fn names_must_fit_the_classes() {
        for names in [json!(["a", "b"]), json!("a"), json!([1, 2, 3]), json!({})] {
            let error = Labels::new(ClassEmbedding::Table(3), Some(&names)).expect_err("does not fit");
            assert_eq!(error.code(), "config-invalid", "{names}");
        }
    }
}
