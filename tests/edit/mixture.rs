//! A mixture of two Gaussians, half of whose coordinates are known: how often a method takes the right component.

use pollster::block_on;
use serde_json::{Value, json};
use unnoise::checkpoint::Scheduler;
use unnoise::noise::Shape;
use unnoise::options::SampleOptions;
use unnoise::run::{Plan, Run};

use crate::data::scheduler;

/// Points of two coordinates: as an image of two pixels.
const POINTS: Shape = Shape { batch: 4000, channels: 1, height: 1, width: 2 };
const CENTRES: [[f64; 2]; 2] = [[-0.4, -0.6], [0.4, 0.6]];
const STD: f64 = 0.3;
/// The coordinate that is known.
const KNOWN: f64 = 0.1;

/// E[eps given x_t].
fn network(scheduler: &Scheduler) -> impl Fn(&[f32], f64) -> Vec<f32> + use<> {
    let schedule = scheduler.schedule.clone();
    move |x: &[f32], t: f64| {
        let level = schedule.level_at(t);
        let all = level.alpha_bar() * STD * STD + level.sigma_sq();
        let away = |x: &[f32], centre: [f64; 2]| [0, 1].map(|i| f64::from(x[i]) - level.sqrt_alpha_bar() * centre[i]);
        let log_weight = |away: [f64; 2]| -(away[0].powi(2) + away[1].powi(2)) / (2.0 * all);
        let eps = |x: &[f32]| {
            let [a, b] = CENTRES.map(|centre| away(x, centre));
            let of_a = 1.0 / (1.0 + (log_weight(b) - log_weight(a)).exp());
            [0, 1].map(|i| (level.sigma() * (of_a * a[i] + (1.0 - of_a) * b[i]) / all) as f32)
        };
        x.chunks_exact(2).flat_map(eps).collect()
    }
}

/// The share of points whose unknown coordinate is that of the second component.
fn share(edit: &Value, steps: usize) -> f64 {
    let scheduler = scheduler();
    let mut options = edit.clone();
    options["sampler"] = json!("ddpm");
    options["steps"] = json!(steps);
    options["batch"] = json!(POINTS.batch);
    let options = SampleOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("options");
    let plan = Plan::new(&options.plan, &scheduler, None).expect("a plan");
    let mut run = Run::new(&options, plan, POINTS, None).expect("a run");
    let network = network(&scheduler);
    for _ in 0..run.num_steps() {
        block_on(run.step(&network)).expect("a step");
    }
    let second = run.x_t().chunks_exact(2).filter(|point| point[1] > 0.0).count();
    second as f64 / POINTS.batch as f64
}

/// The same of the posterior: P(x_2 > 0 given x_1).
fn exact() -> f64 {
    let density = |x: f64, centre: f64| (-(x - centre).powi(2) / (2.0 * STD * STD)).exp();
    let [a, b] = CENTRES.map(|centre| density(KNOWN, centre[0]));
    let above = |centre: f64| 0.5 * (1.0 + libm::erf(centre / (STD * 2.0_f64.sqrt())));
    (a * above(CENTRES[0][1]) + b * above(CENTRES[1][1])) / (a + b)
}

fn known(method: &str, jump: usize, resample: usize) -> Value {
    let mut known = json!({ "x": [KNOWN, 0.0], "mask": [1.0, 0.0], "method": method });
    if method == "repaint" {
        known["jump"] = json!(jump);
        known["resample"] = json!(resample);
    }
    json!({ "known": known })
}

fn observed(method: &str) -> Value {
    json!({ "observed": { "y": [KNOWN, 0.0], "sigma": 0, "mask": [1.0, 0.0], "method": method } })
}

/// One standard error is 0.008.
#[test]
fn the_more_often_a_stretch_is_gone_through_the_nearer_is_the_posterior() {
    let exact = exact();
    assert!((exact - 0.699).abs() < 0.001);
    let shares = [known("noised", 1, 1), known("repaint", 1, 3), known("repaint", 1, 10)].map(|edit| share(&edit, 50));
    assert!(shares.is_sorted_by(|a, b| a + 0.02 < *b) && shares[2] + 0.02 < exact, "{shares:?} of {exact}");
}

#[test]
#[ignore = "prints the table of docs/editing.md, in minutes"]
fn table() {
    println!("exact {:.3}", exact());
    for (method, jump, resample) in [
        ("clean", 1, 1),
        ("noised", 1, 1),
        ("repaint", 1, 2),
        ("repaint", 1, 10),
        ("repaint", 10, 2),
        ("repaint", 10, 5),
        ("repaint", 10, 10),
        ("repaint", 10, 20),
    ] {
        let found = [50, 250, 1000].map(|steps| format!("{:.3}", share(&known(method, jump, resample), steps)));
        println!("{method} {jump} {resample}: {}", found.join(" | "));
    }
    for method in ["analytic", "constant", "annealed"] {
        let found = [50, 250, 1000].map(|steps| format!("{:.3}", share(&observed(method), steps)));
        println!("observed, {method}: {}", found.join(" | "));
    }
}
