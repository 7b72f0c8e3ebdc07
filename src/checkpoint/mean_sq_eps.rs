//! The one table that Analytic-DPM measures: how large the network's noise is at every timestep.

use std::sync::Arc;

use serde_json::{Value, json};

use super::value;
use crate::error::Error;
use crate::math::time::Timestep;

/// `E ||eps_hat||^2 / d` at every training timestep. Bao et al. 2022, eq. 8, is this over `sigma_n^2`.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanSqEps {
    /// N + 1 entries, index n = timestep + 1; the first is 0, for the data.
    table: Arc<[f64]>,
}

impl MeanSqEps {
    /// A table whose entries were computed here, one per training timestep.
    pub fn from_timesteps(of_timestep: impl IntoIterator<Item = f64>) -> Self {
        Self { table: std::iter::once(0.0).chain(of_timestep).collect() }
    }

    /// Reads the option `meanSqEps`: N + 1 finite numbers of at least 0.
    ///
    /// # Errors
    /// `invalid-mean-sq-eps` for another length, or a number that is negative or not finite.
    pub fn from_json(list: &Value, num_train_timesteps: usize) -> Result<Self, Error> {
        Self::read(list, num_train_timesteps)
            .map_err(|value| Error::invalid("meanSqEps", value, allowed(num_train_timesteps)))
    }

    /// Reads the content of an `analytic_dpm.json`, `{"mean_sq_eps": [...]}`.
    ///
    /// # Errors
    /// As [`from_json`](Self::from_json); the message names the file.
    pub fn from_file(file: &Value, num_train_timesteps: usize) -> Result<Self, Error> {
        let list = file.get("mean_sq_eps").ok_or_else(|| "absent".to_owned());
        list.and_then(|list| Self::read(list, num_train_timesteps))
            .map_err(|value| Error::AnalyticTable { value, allowed: allowed(num_train_timesteps) })
    }

    /// The table, or what stands in its place.
    fn read(list: &Value, num_train_timesteps: usize) -> Result<Self, String> {
        let entries = list.as_array().ok_or_else(|| value::display(list))?;
        if entries.len() != num_train_timesteps + 1 {
            return Err(format!("a list of {}", entries.len()));
        }
        let read = entries.iter().enumerate().map(|(n, entry)| {
            let number = entry.as_f64().filter(|number| *number >= 0.0);
            number.ok_or_else(|| format!("{} at index {n}", value::display(entry)))
        });
        Ok(Self { table: read.collect::<Result<_, _>>()? })
    }

    /// The content of an `analytic_dpm.json`.
    pub fn to_json(&self) -> Value {
        json!({ "mean_sq_eps": self.table.as_ref() })
    }

    /// All entries, index n = timestep + 1.
    pub fn entries(&self) -> &[f64] {
        &self.table
    }

    /// The entry of a training timestep.
    ///
    /// # Panics
    /// For a timestep past the schedule that the table was read for.
    pub fn at(&self, timestep: Timestep) -> f64 {
        self.table[timestep.0 + 1]
    }
}

fn allowed(num_train_timesteps: usize) -> String {
    format!("{} numbers of at least 0: one for the data, then one per training timestep", num_train_timesteps + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_stand_one_after_their_timestep() {
        let table = MeanSqEps::from_timesteps([0.1, 0.5, 0.9]);
        assert_eq!([0, 1, 2].map(|t| table.at(Timestep(t))), [0.1, 0.5, 0.9]);
        assert_eq!(MeanSqEps::from_file(&table.to_json(), 3), Ok(table));
    }

    #[test]
    fn a_wrong_length_a_negative_number_and_nan_are_errors() {
        for list in [json!([0.0, 1.0]), json!([0.0, -0.1, 1.0]), json!([0.0, null, 1.0]), json!("table"), json!(null)] {
            let error = MeanSqEps::from_json(&list, 2).expect_err("not a table");
            assert_eq!(error.code(), "invalid-mean-sq-eps", "{list}");
            assert!(error.to_string().starts_with("`meanSqEps` is "), "{error}");
        }
    }

    #[test]
    fn an_error_of_the_file_names_the_file() {
        for (file, value) in [
            (json!({ "mean_sq_eps": [0.0, 1.0] }), "a list of 2"),
            (json!({ "mean_sq_eps": [0.0, -0.1, 1.0] }), "-0.1 at index 1"),
            (json!({ "mean_sq_eps": null }), "null"),
            (json!({}), "absent"),
            (json!([0.0, 0.5, 1.0]), "absent"),
        ] {
            let error = MeanSqEps::from_file(&file, 2).expect_err("not a table");
            let sentence = format!("`mean_sq_eps` in analytic_dpm.json is {value}; it must be 3 numbers of at least 0");
            assert_eq!(error.code(), "invalid-mean-sq-eps", "{file}");
            assert!(error.to_string().starts_with(&sentence), "{error}");
        }
    }
}
