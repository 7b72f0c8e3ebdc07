//! The forward process is diffusers', with the digits of f64.

use serde::Deserialize;
use serde_json::Value;
use unnoise::checkpoint::Scheduler;
use unnoise::math::time::Timestep;

use crate::compare::relative;
use crate::files::json;

/// Two ways of summing up to 4000 logarithms in f64.
const F64: f64 = 1e-12;
/// diffusers sums in f32.
const F32: f64 = 1e-4;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    config: Value,
    timesteps: Vec<usize>,
    f32: Vec<f64>,
    f64: Vec<f64>,
    sigma_sq: Vec<f64>,
}

#[test]
fn alpha_bar_is_diffusers_formula_in_f64() {
    for Case { config, timesteps, f32, f64, sigma_sq } in json::<File>("schedules.json").cases {
        let schedule = Scheduler::from_json(&config).expect("a valid configuration").schedule;
        assert_eq!(config["num_train_timesteps"], schedule.num_train_timesteps());

        for (i, t) in timesteps.into_iter().enumerate() {
            let level = schedule.level(Timestep(t)).expect("a timestep of the schedule");
            assert!(relative(level.alpha_bar(), f64[i]) < F64, "{config} at {t}: {} {}", level.alpha_bar(), f64[i]);
            assert!(relative(level.sigma_sq(), sigma_sq[i]) < F64, "{config} at {t}: {}", level.sigma_sq());
            assert!(relative(level.alpha_bar(), f32[i]) < F32, "{config} at {t}: {} {}", level.alpha_bar(), f32[i]);
        }
    }
}
