//! Where x0_hat leaves its range: one step by hand.

use serde_json::json;
use unnoise::checkpoint::Scheduler;
use unnoise::noise::Shape;
use unnoise::options::SampleOptions;
use unnoise::run::{Plan, Run};

#[test]
fn clipping_bounds_x0_hat_and_only_x0_eps_derives_the_noise_anew() {
    let scheduler = Scheduler::from_json(&json!({})).expect("the defaults");
    let shape = Shape { batch: 1, channels: 1, height: 1, width: 1 };
    let first_step = |clip: &str| {
        let options = json!({ "clip": clip, "trajectory": [500, 100] });
        let options =
            SampleOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("valid options");
        let plan = Plan::new(&options.plan, &scheduler, None).expect("a plan");
        let planned = plan.steps[0];
        let mut run = Run::new(&options, plan, shape, Some(vec![2.0])).expect("a run");
        (planned, run.advance(&[-0.5]).expect("a finite prediction"))
    };

    let (planned, step) = first_step("none");
    let x0_hat = (2.0 + 0.5 * planned.level.sigma()) / planned.level.sqrt_alpha_bar();
    assert!(x0_hat > 1.0 && (f64::from(step.x0_hat[0]) - x0_hat).abs() < 1e-5);

    let (planned, step) = first_step("x0");
    assert_eq!(step.x0_hat, [1.0]);
    let expected = planned.coeffs.c_x0 - 0.5 * planned.coeffs.c_eps;
    assert!((f64::from(step.x_s[0]) - expected).abs() < 1e-6);

    let (planned, step) = first_step("x0-eps");
    let eps = (2.0 - planned.level.sqrt_alpha_bar()) / planned.level.sigma();
    assert!((f64::from(step.x_s[0]) - (planned.coeffs.c_x0 + eps * planned.coeffs.c_eps)).abs() < 1e-6);
}
