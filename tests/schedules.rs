//! Laws of the steps, for any schedule and any list of timesteps that are accepted. The same cases at every run; `PROPTEST_CASES` makes
//! them more.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};
use unnoise::checkpoint::Scheduler;
use unnoise::options::PlanOptions;
use unnoise::run::{Plan, PlannedStep};

fn config() -> ProptestConfig {
    ProptestConfig { rng_seed: RngSeed::Fixed(17), failure_persistence: None, ..ProptestConfig::default() }
}

/// A scheduler of each kind of betas, with its timesteps.
fn scheduler() -> impl Strategy<Value = (Value, usize)> {
    let named = (select(vec!["linear", "scaled_linear", "squaredcos_cap_v2"]), 1..1500_usize, 1e-6..0.02, 0.02..0.9);
    prop_oneof![
        named.prop_map(|(kind, t, start, end)| {
            (json!({ "beta_schedule": kind, "num_train_timesteps": t, "beta_start": start, "beta_end": end }), t)
        }),
        prop::collection::vec(1e-6..0.999, 1..200)
            .prop_map(|betas| (json!({ "num_train_timesteps": betas.len(), "trained_betas": betas }), betas.len())),
    ]
}

/// A sampler that keeps the marginals of the forward process: DDIM with any eta, DDPM with the posterior's variance.
fn sampler() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0.0..=1.0).prop_map(|eta| json!({ "sampler": "ddim", "eta": eta })),
        Just(json!({ "sampler": "ddpm", "variance": "small" })),
    ]
}

fn plan(scheduler: &Value, options: &Value) -> Result<Plan, TestCaseError> {
    let scheduler = Scheduler::from_json(scheduler).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let options = options.as_object().expect("an object");
    let read = PlanOptions::from_json(options, &scheduler).and_then(|read| Plan::new(&read, &scheduler, None));
    read.map_err(|error| TestCaseError::fail(error.to_string()))
}

/// With the true image and the true noise, a step leads from q(x_t | x_0) to q(x_s | x_0).
fn keeps_the_marginal(PlannedStep { level, next_level, coeffs, .. }: &PlannedStep) -> Result<(), TestCaseError> {
    let mean = coeffs.c_x0 + coeffs.c_xt * level.sqrt_alpha_bar();
    let variance = (coeffs.c_eps + coeffs.c_xt * level.sigma()).powi(2) + coeffs.c_z.powi(2);
    prop_assert!((mean - next_level.sqrt_alpha_bar()).abs() < 1e-9, "the mean {mean} from {level:?} to {next_level:?}");
    prop_assert!(
        (variance - next_level.sigma_sq()).abs() < 1e-9,
        "the variance {variance} from {level:?} to {next_level:?}"
    );
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_list_of_timesteps_descends_to_the_data(
        (scheduler, t) in scheduler(),
        share in 0.0..=1.0_f64,
        spacing in select(vec!["leading", "trailing", "linspace", "even", "quadratic"]),
    ) {
        let steps = 1 + (share * (t - 1) as f64) as usize;
        let options = json!({ "steps": steps, "trajectory": spacing });
        let Ok(plan) = plan(&scheduler, &options) else { return Err(TestCaseError::reject("not accepted")) };
        // A quadratic list lies so densely at the data that some of its timesteps are the same one.
        prop_assert!(plan.steps.len() == steps || (spacing == "quadratic" && plan.steps.len() < steps));
        for pair in plan.steps.windows(2) {
            prop_assert!(pair[0].t > pair[1].t, "{} comes before {}", pair[0].t, pair[1].t);
            prop_assert_eq!(pair[0].s, Some(pair[1].t));
            prop_assert!(pair[0].level.log_snr() < pair[1].level.log_snr(), "the noise becomes less");
        }
        prop_assert!(plan.steps[0].t <= (t - 1) as f64);
        prop_assert!(plan.steps.last().is_some_and(|step| step.s.is_none() && step.next_level.is_data() && step.coeffs.c_z == 0.0));
    }

    #[test]
    fn every_step_keeps_the_marginals_of_the_forward_process(
        (scheduler, t) in scheduler(),
        sampler in sampler(),
        share in 0.0..=1.0_f64,
    ) {
        let mut options = sampler;
        options["steps"] = json!(1 + (share * (t - 1) as f64) as usize);
        for step in &plan(&scheduler, &options)?.steps {
            keeps_the_marginal(step)?;
        }
    }
}
