//! The bound, encoding and Analytic-DPM on data whose denoiser is exact: what they must give is arithmetic.

use serde_json::{Value, json};
use unnoise::checkpoint::{MeanSqEps, Scheduler, Vdm};
use unnoise::math::gaussian;
use unnoise::math::level::NoiseLevel;
use unnoise::math::time::Timestep;
use unnoise::measure::Encoding;
use unnoise::measure::estimate::Estimate;
use unnoise::measure::likelihood::{Bound, Likelihood, Report};
use unnoise::noise::Shape;
use unnoise::options::{LikelihoodOptions, PlanOptions, SampleOptions, SamplerOptions};
use unnoise::run::{Denoiser, Plan, Run};

/// Gaussian data, narrow enough that no pixel leaves [-1, 1].
const MEAN: f64 = 0.1;
const VARIANCE: f64 = 0.01;
const SHAPE: Shape = Shape { batch: 4, channels: 1, height: 40, width: 40 };

fn scheduler() -> Scheduler {
    Scheduler::from_json(&json!({})).expect("the defaults")
}

fn table(scheduler: &Scheduler) -> MeanSqEps {
    let of_level = (0..1000).filter_map(|t| scheduler.schedule.level(Timestep(t))).map(exact_mean_sq_eps);
    MeanSqEps::from_timesteps(of_level)
}

/// E eps_hat^2 = sigma^2 / (alpha_bar * variance + sigma^2).
fn exact_mean_sq_eps(level: NoiseLevel) -> f64 {
    level.sigma_sq() / (level.alpha_bar() * VARIANCE + level.sigma_sq())
}

/// E[eps | x_t], at fractional timesteps too.
fn exact_denoiser(scheduler: &Scheduler) -> impl Denoiser {
    let levels: Vec<NoiseLevel> = (0..1000).filter_map(|t| scheduler.schedule.level(Timestep(t))).collect();
    move |x_t: &[f32], t: f64| {
        let (below, share) = (t.floor() as usize, t.fract());
        let above = levels[(below + 1).min(999)];
        let log_snr = levels[below].log_snr() * (1.0 - share) + above.log_snr() * share;
        let level = NoiseLevel::from_log_snr(log_snr);
        let total = level.alpha_bar() * VARIANCE + level.sigma_sq();
        let eps = |x: &f32| level.sigma() * (f64::from(*x) - level.sqrt_alpha_bar() * MEAN) / total;
        x_t.iter().map(|x| eps(x) as f32).collect::<Vec<f32>>()
    }
}

fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("a plain function answers at once"),
    }
}

/// Samples of the data, moved so that their own mean and variance are exact: what is left of chance is the noise's.
fn images() -> Vec<f32> {
    let mut z = vec![0.0; SHAPE.len()];
    unnoise::noise::philox::fill_normal(99, 0, 0, &mut z);
    let mean = z.iter().map(|z| f64::from(*z)).sum::<f64>() / z.len() as f64;
    let variance = z.iter().map(|z| (f64::from(*z) - mean).powi(2)).sum::<f64>() / z.len() as f64;
    let pixel = |z: &f32| MEAN + (VARIANCE / variance).sqrt() * (f64::from(*z) - mean);
    z.iter().map(|z| pixel(z).clamp(-1.0, 1.0) as f32).collect()
}

fn likelihood(options: Value) -> Report {
    likelihood_of(options, scheduler())
}

fn likelihood_of(options: Value, scheduler: Scheduler) -> Report {
    let options = LikelihoodOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("valid");
    let bound = Bound::new(&options, &scheduler, Some(&table(&scheduler))).expect("a bound");
    let mut work = Likelihood::new(&bound, &scheduler, SHAPE, &images(), options.seed).expect("images in [-1, 1]");
    let denoiser = exact_denoiser(&scheduler);
    while work.done() < work.num_terms() {
        now(work.step(&denoiser)).expect("a finite prediction");
    }
    work.report().expect("all terms are there")
}

/// Negative log density of the data, per dimension, plus the width of a grey value's bin: what no bound can undercut.
fn entropy_in_bits() -> f64 {
    (gaussian::entropy(VARIANCE) - (2.0f64 / 255.0).ln()) / std::f64::consts::LN_2
}

#[test]
fn every_bound_of_gaussian_data_comes_down_to_its_entropy() {
    let entropy = entropy_in_bits();
    for options in [
        json!({ "sampler": "ddpm", "variance": "small" }),
        json!({ "sampler": "ddpm", "variance": "large" }),
        json!({ "sampler": "analytic-ddpm" }),
        json!({ "sampler": "vdm" }),
        json!({ "sampler": "vdm", "continuous": true }),
    ] {
        let report = likelihood(options.clone());
        let bits = report.bits_per_dim;
        // 6,400 pixels measure the entropy to some hundredths of a bit. Fixed variances cost more than the decoder does.
        let most = if options["sampler"] == "ddpm" { 1.0 } else { 0.2 };
        assert!(bits > entropy - 0.05 && bits < entropy + most, "{options}: {bits} {entropy}");
        let sum = report.prior + report.decoder + report.steps.iter().sum::<f64>();
        assert!((sum - bits).abs() < 1e-9);
    }
}

#[test]
fn the_optimal_variance_costs_nothing_at_any_number_of_steps() {
    let full = likelihood(json!({ "sampler": "analytic-ddpm" })).bits_per_dim;
    let optimal = |steps: usize| likelihood(json!({ "sampler": "analytic-ddpm", "steps": steps })).bits_per_dim;
    let small = |steps: usize| likelihood(json!({ "variance": "small", "steps": steps })).bits_per_dim;

    // Gaussian data has a Gaussian reverse step, and the optimal variance is its own. Ten steps whose errors are each
    // measured on 6,400 pixels have a standard error of 0.04 bits.
    for steps in [2, 10, 100] {
        assert!((optimal(steps) - full).abs() < 0.16, "{steps}: {} {full}", optimal(steps));
    }
    assert!(small(10) > full + 1.0 && small(2) > small(10));
}

#[test]
fn the_continuous_bound_depends_on_the_ends_of_the_schedule_only() {
    // The integrand is 1/2 E (eps - eps_hat)^2 over log SNR, whatever path time takes between the same ends.
    let linear = likelihood(json!({ "sampler": "vdm", "continuous": true, "steps": 1000 }));
    let scheduler = scheduler();
    let mse = |level: NoiseLevel| 1.0 - exact_mean_sq_eps(level);
    let levels: Vec<NoiseLevel> = (0..1000).filter_map(|t| scheduler.schedule.level(Timestep(t))).collect();
    let trapezoid =
        |pair: &[NoiseLevel]| 0.25 * (mse(pair[0]) + mse(pair[1])) * (pair[0].log_snr() - pair[1].log_snr());
    let along_the_schedule: f64 = levels.windows(2).map(trapezoid).sum::<f64>() / std::f64::consts::LN_2;

    let along_log_snr: f64 = linear.steps.iter().sum();
    assert!((along_log_snr / along_the_schedule - 1.0).abs() < 0.01, "{along_log_snr} {along_the_schedule}");
}

#[test]
fn the_continuous_bound_does_not_depend_on_gamma_between_its_ends() {
    let [first, last] = scheduler().gamma.ends();
    let bits = |bend: f64, steps: usize, continuous: bool| {
        let through = |share: f64| first + (last - first) * share.powf(bend);
        let file = json!({ "gamma": (0..=64).map(|i| through(f64::from(i) / 64.0)).collect::<Vec<f64>>() });
        let mut scheduler = scheduler();
        scheduler.gamma = Vdm::from_json(&file, &scheduler.schedule).expect("it rises").gamma.expect("it is given");
        let mut given = json!({ "sampler": "vdm", "steps": steps });
        if continuous {
            given["continuous"] = json!(true);
        }
        likelihood_of(given, scheduler).bits_per_dim
    };
    let linear = likelihood(json!({ "sampler": "vdm", "continuous": true, "steps": 1000 })).bits_per_dim;
    for bend in [0.8, 1.5] {
        let bent = bits(bend, 2000, true);
        assert!((bent - linear).abs() < 0.03, "bend {bend}: {bent}, not {linear}");
    }
    // In few steps it does.
    let straight = likelihood(json!({ "sampler": "vdm", "steps": 10 })).bits_per_dim;
    assert!((bits(1.0, 10, false) - straight).abs() < 1e-9);
    assert!((bits(1.7, 10, false) - straight).abs() > 0.1);
}

#[test]
fn vdm_in_more_steps_is_a_tighter_bound() {
    let bits = |steps: usize| likelihood(json!({ "sampler": "vdm", "steps": steps })).bits_per_dim;
    let (few, some, many) = (bits(10), bits(100), bits(1000));
    let continuous = likelihood(json!({ "sampler": "vdm", "continuous": true })).bits_per_dim;
    assert!(few > some && some > many && many > continuous - 0.01, "{few} {some} {many} {continuous}");
}

#[test]
fn k_is_the_bound_without_its_decoder_and_entropies_enclose_the_optimum() {
    let report = likelihood(json!({ "sampler": "analytic-ddpm", "steps": 50 }));
    let scheduler = scheduler();
    let level = |t: usize| scheduler.schedule.level(Timestep(t)).expect("a timestep");
    let entropies =
        gaussian::entropy(level(999).sigma_sq()) - gaussian::entropy(level(0).sigma_sq()) - gaussian::entropy(1.0);
    let k = entropies / std::f64::consts::LN_2 - report.steps.iter().sum::<f64>();
    assert!((report.k.expect("DDPM has a K") - k).abs() < 1e-9);

    let options = json!({ "sampler": "analytic-ddpm", "steps": 50, "trajectory": "even", "sigmaClip": 0 });
    let options = PlanOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("valid");
    let plan = Plan::new(&options, &scheduler, Some(&table(&scheduler))).expect("a plan");
    for (step, (low, high)) in plan.steps.iter().zip(&report.entropy_bounds) {
        let entropy = gaussian::entropy(step.coeffs.c_z.powi(2)) / std::f64::consts::LN_2;
        assert!(low - 1e-9 <= entropy && entropy <= high + 1e-9, "{low} {entropy} {high}");
    }
}

#[test]
fn the_estimate_finds_the_exact_table() {
    let scheduler = scheduler();
    // As many pixels in more images: the control variate needs some.
    let shape = Shape { batch: 16, channels: 1, height: 20, width: 20 };
    let mut work = Estimate::new(&scheduler, shape, &images(), 5).expect("images in [-1, 1]");
    let denoiser = exact_denoiser(&scheduler);
    while work.done() < work.num_steps() {
        now(work.step(&denoiser)).expect("a finite prediction");
    }
    let table = work.table().expect("all timesteps are measured");
    for t in [0, 1, 10, 100, 500, 999] {
        let exact = exact_mean_sq_eps(scheduler.schedule.level(Timestep(t)).expect("a timestep"));
        // 6,400 squares of normals.
        assert!(
            (table.at(Timestep(t)) / exact - 1.0).abs() < 4.0 * (2.0f64 / 6400.0).sqrt(),
            "{t}: {} {exact}",
            table.at(Timestep(t))
        );
    }
}

#[test]
fn encoding_and_decoding_come_back_closer_with_more_steps() {
    let scheduler = scheduler();
    let denoiser = exact_denoiser(&scheduler);
    let error = |steps: usize| {
        let options = json!({ "steps": steps, "clip": "none" });
        let sample = SampleOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("valid");
        let plan = Plan::new(&sample.plan, &scheduler, None).expect("a plan");
        let mut encoding = Encoding::new(plan.clone(), SHAPE, images()).expect("images in [-1, 1]");
        while encoding.done() < encoding.num_steps() {
            now(encoding.step(&denoiser)).expect("a finite prediction");
        }

        let mut run = Run::new(&sample, plan, SHAPE, Some(encoding.x().to_vec())).expect("a run");
        for _ in 0..run.num_steps() {
            now(run.step(&denoiser)).expect("a finite prediction");
        }
        let square = |(a, b): (&f32, &f32)| f64::from(a - b).powi(2);
        run.x_t().iter().zip(&images()).map(square).sum::<f64>() / SHAPE.len() as f64
    };
    let errors = [error(10), error(50), error(200), error(1000)];
    assert!(errors.windows(2).all(|pair| pair[0] > pair[1]), "{errors:?}");
    assert!(errors[3] < 1e-5, "{errors:?}");
}

#[test]
fn bad_images_and_options_are_exact_errors() {
    let scheduler = scheduler();
    let code = |options: Value| {
        let read = LikelihoodOptions::from_json(options.as_object().expect("an object"), &scheduler);
        let read = read.and_then(|read| Bound::new(&read, &scheduler, None));
        read.map_or_else(|error| error.code(), |_| "read".to_owned())
    };
    assert_eq!(code(json!({ "steps": 0 })), "invalid-steps");
    assert_eq!(code(json!({ "steps": 1 })), "invalid-steps");
    assert_eq!(code(json!({ "steps": 1001 })), "invalid-steps");
    assert_eq!(code(json!({ "sampler": "ddim" })), "invalid-sampler");
    assert_eq!(code(json!({ "continuous": true })), "invalid-continuous");
    assert_eq!(code(json!({ "sampler": "vdm", "trajectory": "even" })), "invalid-trajectory");
    assert_eq!(code(json!({ "eta": 0.5 })), "unknown-option");
    assert_eq!(code(json!({ "trajectory": [5, 7] })), "invalid-trajectory");
    assert_eq!(code(json!({ "trajectory": [999, 500, 0] })), "read");

    let bound = Bound::new(&LikelihoodOptions::default(), &scheduler, None).expect("the defaults");
    let one = Shape { batch: 1, channels: 1, height: 1, width: 2 };
    for bad in [[0.0, 1.5], [f32::NAN, 0.0]] {
        assert_eq!(Likelihood::new(&bound, &scheduler, one, &bad, 0).expect_err("outside").code(), "invalid-x");
    }
    let analytic = SamplerOptions::AnalyticDdpm { sigma_clip: 1.0 };
    let options = PlanOptions { sampler: analytic, ..PlanOptions::default() };
    let error = Plan::new(&options, &scheduler, None).expect_err("no table");
    assert_eq!(error.code(), "invalid-mean-sq-eps");
}
