//! Every factor of every step agrees with its paper's formula in 50-digit arithmetic.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use unnoise::checkpoint::Scheduler;
use unnoise::math::time::Timestep;
use unnoise::sampler::{Ddim, Ddpm, Kind, Variance};

use crate::compare::relative;
use crate::files;

/// f64 has 16 digits; neighbours of 4000 levels differ in the third, and a step is made of such differences.
const TOLERANCE: f64 = 1e-12;

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    beta_schedule: String,
    num_train_timesteps: usize,
    pairs: Vec<Pair>,
}

#[derive(Deserialize)]
struct Pair {
    t: usize,
    s: usize,
    /// Decimal numbers of 20 digits.
    #[serde(flatten)]
    factors: BTreeMap<String, String>,
}

#[test]
fn every_factor_agrees_with_fifty_digits() {
    for case in files::json::<File>("coeffs.json").cases {
        let config = json!({ "num_train_timesteps": case.num_train_timesteps, "beta_schedule": case.beta_schedule });
        let schedule = Scheduler::from_json(&config).expect("a valid configuration").schedule;
        let level = |t: usize| schedule.level(Timestep(t)).expect("a timestep of the schedule");

        for Pair { t, s, factors } in &case.pairs {
            let of = |kind: Kind| kind.coeffs(level(*t), level(*s));
            let small = of(Kind::Ddpm(Ddpm { variance: Variance::Small }));
            let large = of(Kind::Ddpm(Ddpm { variance: Variance::Large }));
            let ddim = of(Kind::Ddim(Ddim { eta: 0.5 }));
            let ours = [
                ("ddpm_x0", small.c_x0),
                ("ddpm_xt", small.c_xt),
                ("small_z", small.c_z),
                ("large_z", large.c_z),
                ("ddim_x0", ddim.c_x0),
                ("ddim_eps", ddim.c_eps),
                ("ddim_z", ddim.c_z),
            ];
            assert_eq!(factors.len(), ours.len());
            for (name, ours) in ours {
                let exact: f64 = factors[name].parse().expect("a decimal number");
                let error = relative(ours, exact);
                assert!(error < TOLERANCE, "{} {name} from {t} to {s}: {ours} {exact} {error:e}", case.beta_schedule);
            }
        }
    }
}
