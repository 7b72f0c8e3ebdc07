//! `vdm.json`: what makes a `UNet2DModel` a variational diffusion model (Kingma et al. 2021). The file is our own; diffusers has none.

use serde_json::{Value, json};

use super::fields::Fields;
use crate::error::Error;
use crate::math::fourier::{EXPONENTS, Fourier};
use crate::math::gamma::Gamma;
use crate::math::schedule::Schedule;

const FILE: &str = "vdm.json";
const FOURIER: &str = "fourier";
const GAMMA: &str = "gamma";

/// The most values of gamma.
const MOST_VALUES: usize = 10_001;

/// How far gamma may end outside of the schedule, at whose timesteps the network is asked: the last digits of a file.
const OUTSIDE: f64 = 0.01;

/// The content of a `vdm.json`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vdm {
    /// Features of the image that the network takes beside it: `"fourier": [n_min, n_max]`. Default: none.
    pub fourier: Option<Fourier>,
    /// `"gamma": [...]`: gamma = -log SNR at times that lie evenly from 0 (near the data) to 1, straight between them. Default: linear
    /// between the schedule's ends.
    pub gamma: Option<Gamma>,
}

impl Vdm {
    /// Reads a `vdm.json` that stands beside a scheduler.
    ///
    /// # Errors
    /// `config-invalid` for a value of the wrong type or range, and for a name that the file does not have.
    pub fn from_json(json: &Value, schedule: &Schedule) -> Result<Self, Error> {
        let object = Fields::object(FILE, json)?;
        let fields = Fields::new(FILE, object);
        if let Some(other) = object.keys().find(|name| ![FOURIER, GAMMA].contains(&name.as_str())) {
            return Err(fields.invalid(&[other.as_str()], "absent: the file has `fourier` and `gamma`"));
        }
        Ok(Self { fourier: fourier(&fields)?, gamma: gamma(&fields, schedule)? })
    }

    /// The file's content; `None` where it says nothing.
    pub fn to_json(&self) -> Option<Value> {
        let mut file = serde_json::Map::new();
        if let Some(fourier) = self.fourier {
            file.insert(FOURIER.to_owned(), json!(fourier.ends()));
        }
        if let Some(gamma) = &self.gamma {
            file.insert(GAMMA.to_owned(), json!(gamma.values()));
        }
        (!file.is_empty()).then_some(Value::Object(file))
    }
}

fn fourier(fields: &Fields) -> Result<Option<Fourier>, Error> {
    let Some(given) = fields.get_some(&[FOURIER]) else { return Ok(None) };
    let pair: Option<Vec<i32>> = given.as_array().and_then(|pair| {
        let integer = |n: &Value| n.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 100.0).map(|n| n as i32);
        pair.iter().map(integer).collect()
    });
    let read = pair.filter(|pair| pair.len() == 2).and_then(|pair| Fourier::new(pair[0], pair[1]));
    let (least, most) = (EXPONENTS.start(), EXPONENTS.end());
    read.map(Some).ok_or_else(|| {
        fields.invalid(&[FOURIER], &format!("[n_min, n_max], two integers from {least} to {most} that do not fall"))
    })
}

fn gamma(fields: &Fields, schedule: &Schedule) -> Result<Option<Gamma>, Error> {
    let Some(given) = fields.get_some(&[GAMMA]) else { return Ok(None) };
    let values: Option<Vec<f64>> = given
        .as_array()
        .filter(|values| values.len() <= MOST_VALUES)
        .and_then(|values| values.iter().map(Value::as_f64).collect());
    let [least, most] = Gamma::linear(schedule).ends();
    let is_inside = |gamma: &Gamma| gamma.ends()[0] >= least - OUTSIDE && gamma.ends()[1] <= most + OUTSIDE;
    values.and_then(Gamma::through).filter(is_inside).map(Some).ok_or_else(|| {
        let allowed = format!(
            "2 to {MOST_VALUES} numbers that rise, from {least:.4} to {most:.4} at most: -log SNR at the scheduler's first and last timestep"
        );
        fields.invalid(&[GAMMA], &allowed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::schedule::BetaSchedule;

    fn schedule() -> Schedule {
        Schedule::new(&BetaSchedule::Linear, 1000, 1e-4, 0.02)
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let file = json!({ "fourier": [7, 8], "gamma": [-9.0, -3.5, 10.0] });
        let read = Vdm::from_json(&file, &schedule()).expect("it is right");
        assert_eq!(read.fourier.map(Fourier::ends), Some([7, 8]));
        assert_eq!(read.to_json(), Some(file));
        let empty = Vdm::from_json(&json!({}), &schedule()).expect("nothing is said");
        assert_eq!((empty.clone(), empty.to_json()), (Vdm::default(), None));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (name, file) in [
            ("(whole file)", json!([7, 8])),
            ("features", json!({ "features": [7, 8] })),
            ("fourier", json!({ "fourier": [8, 7] })),
            ("fourier", json!({ "fourier": [7, 9] })),
            ("fourier", json!({ "fourier": [7] })),
            ("fourier", json!({ "fourier": [0.5, 2] })),
            ("gamma", json!({ "gamma": [1.0] })),
            ("gamma", json!({ "gamma": [0.0, 2.0, 1.0] })),
            ("gamma", json!({ "gamma": [-9.0, "10"] })),
            ("gamma", json!({ "gamma": [-13.3, 5.0] })),
            ("gamma", json!({ "gamma": [-9.0, 12.0] })),
        ] {
            let error = Vdm::from_json(&file, &schedule()).expect_err(name);
            assert_eq!(error.code(), "config-invalid", "{file}");
            assert!(error.to_string().contains(name) && error.to_string().contains("vdm.json"), "{error}");
        }
    }
}
