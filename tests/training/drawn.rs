//! What a trained network draws, and what a learned schedule is good for.

use serde_json::json;
use unnoise::math::level::NoiseLevel;
use unnoise::math::predict::Combination;
use unnoise::noise::philox::philox4x32;
use unnoise::train::{Data, Trainer};

use crate::{normals, small, start, train};

/// A number from 0 up to 1.
fn uniform(seed: u32, index: u32) -> f64 {
    f64::from(philox4x32([seed, 0], [index, 0, 0, 0])[0]) / 4_294_967_296.0
}

/// Points of a swiss roll (Sohl-Dickstein et al. 2015, figure 1), of about unit variance.
fn swiss_roll(seed: u32, count: u32) -> Vec<f32> {
    let noise = normals(u64::from(seed), 2 * count as usize);
    let point = |i: u32| {
        let angle = 1.5 * std::f64::consts::PI * (1.0 + 2.0 * uniform(seed, i));
        [libm::cos(angle), libm::sin(angle)].map(|side| angle * side / 7.0)
    };
    (0..count).flat_map(point).zip(noise).map(|(x, z)| (x + 0.02 * f64::from(z)) as f32).collect()
}

/// Samples of the trained network by DDIM, in so many steps.
fn sample(trainer: &mut Trainer, count: usize, steps: usize) -> Vec<f32> {
    let (schedule, prediction) = (trainer.scheduler().schedule.clone(), trainer.scheduler().prediction);
    let mut x = normals(77, 2 * count);
    let at = |k: usize| (k * 1000 / steps) as f64;
    for k in (0..steps).rev() {
        let level = schedule.level_at(at(k));
        let next = if k == 0 { NoiseLevel::DATA } else { schedule.level_at(at(k - 1)) };
        let told = pollster::block_on(trainer.predict(&x, &vec![at(k); count], None)).expect("a prediction");
        for (x, told) in x.iter_mut().zip(told) {
            let of = |combination: Combination| combination.of(f64::from(*x), f64::from(told));
            let (x0, eps) = (of(prediction.x0_hat(level)), of(prediction.eps_hat(level)));
            *x = (next.sqrt_alpha_bar() * x0 + next.sigma() * eps) as f32;
        }
    }
    x
}

/// How far each point is from the nearest of others, in the mean.
fn off(x: &[f32], others: &[f32]) -> f64 {
    let nearest = |x: &[f32]| {
        let lengths = others.chunks(2).map(|y| f64::from((x[0] - y[0]).hypot(x[1] - y[1])));
        lengths.fold(f64::INFINITY, f64::min)
    };
    x.chunks(2).map(nearest).sum::<f64>() / (x.len() / 2) as f64
}

/// The energy distance of two sets of points: 2 E|X - Y| - E|X - X'| - E|Y - Y'| (Székely & Rizzo 2013).
fn energy_distance(x: &[f32], y: &[f32]) -> f64 {
    let mean = |a: &[f32], b: &[f32]| {
        let lengths = a.chunks(2).flat_map(|a| b.chunks(2).map(move |b| f64::from((a[0] - b[0]).hypot(a[1] - b[1]))));
        lengths.sum::<f64>() / (a.len() * b.len() / 4) as f64
    };
    2.0 * mean(x, y) - mean(x, x) - mean(y, y)
}

#[test]
fn a_swiss_roll_is_learnt() {
    let other = swiss_roll(2, 2000);
    let mut trainer = start(Data::points(swiss_roll(1, 4000)).expect("points"), json!({}));
    let mut look = |steps: usize| {
        train(&mut trainer, steps);
        let x = sample(&mut trainer, 2000, 50);
        (energy_distance(&x, &other), off(&x, &other))
    };
    let (untrained, trained) = (look(0), look(1500));
    let own = swiss_roll(3, 2000);
    let floor = (energy_distance(&own, &other), off(&own, &other));
    println!(
        "energy distance and mean distance: {untrained:?} untrained, {trained:?} trained, {floor:?} of its own points"
    );
    assert!(untrained.0 > 0.05 && trained.0 < 0.01, "energy distance {} untrained, {} trained", untrained.0, trained.0);
    assert!(trained.1 < 0.06, "mean distance from the roll: {}", trained.1);
}

#[test]
fn fourier_features_show_fine_detail() {
    // A checkerboard of fine squares.
    let point = |i: u32| {
        let (column, row) = ((8.0 * uniform(5, i)) as u32, (4.0 * uniform(6, i)) as u32);
        let side = |square: u32, within: f64| (f64::from(square) + within) / 4.0 - 1.0;
        [side(column, uniform(7, i)), side(2 * row + column % 2, uniform(8, i))]
    };
    let board: Vec<f32> = (0..4000).flat_map(point).map(|x| 1.7 * x as f32).collect();
    let loss = |network: serde_json::Value| {
        let given = json!({ "network": network, "objective": "vdm_continuous", "seed": 1 });
        let mut trainer = start(Data::points(board.clone()).expect("points"), given);
        train(&mut trainer, 900);
        train(&mut trainer, 200).iter().map(|report| report.loss).sum::<f64>() / 200.0
    };
    let (plain, fourier) = (loss(json!({ "fourier": [] })), loss(json!({ "fourier": [0, 2] })));
    let bits = (plain - fourier) / std::f64::consts::LN_2;
    println!(
        "the bound is {bits:.3} bits per dimension lower with Fourier features: {fourier:.3} instead of {plain:.3} nats"
    );
    assert!(bits > 0.05, "{plain} without, {fourier} with");
}

#[test]
fn fourier_features_lower_the_bound_of_pixels() {
    // Eight grey values, each pixel by itself: all that can be known of a noisy one is which of them is near.
    let pixel = |i: u32| (((8.0 * uniform(9, i)).floor() + 0.5) / 4.0 - 1.0) as f32;
    let images: Vec<f32> = (0..64 * 64).map(pixel).collect();
    let loss = |fourier: serde_json::Value| {
        let network = json!({ "block_out_channels": [16], "norm_num_groups": 4, "fourier": fourier });
        let given = json!({ "network": network, "objective": "vdm_continuous", "seed": 1, "batch": 16 });
        let mut trainer = start(Data::images(images.clone(), [1, 8, 8], None).expect("images"), given);
        train(&mut trainer, 120);
        train(&mut trainer, 50).iter().map(|report| report.loss).sum::<f64>() / 50.0
    };
    let (plain, fourier) = (loss(json!([])), loss(json!([1, 3])));
    let bits = (plain - fourier) / std::f64::consts::LN_2;
    println!("{bits:.3} bits per dimension lower with Fourier features: {fourier:.3} instead of {plain:.3} nats");
    assert!(bits > 0.5, "{plain} without, {fourier} with");
}

#[test]
fn a_learned_schedule_makes_the_bound_vary_less() {
    // Four clusters: what is near the data decides, and a linear schedule looks everywhere as often.
    let cluster = |i: u32| [(i % 2) as f32 * 2.0 - 1.0, (i / 2 % 2) as f32 * 2.0 - 1.0];
    let noise = normals(4, 8000);
    let points: Vec<f32> = (0..4000).flat_map(cluster).zip(noise).map(|(x, z)| x + 0.1 * z).collect();
    let bound = |gamma: &str| {
        let given = json!({ "objective": "vdm_continuous", "gamma": gamma, "network": small(), "antithetic": false, "seed": 2 });
        let mut trainer = start(Data::points(points.clone()).expect("points"), given);
        train(&mut trainer, 2000);
        let reports = train(&mut trainer, 300);
        let mean =
            |of: &dyn Fn(&unnoise::train::Report) -> f64| reports.iter().map(of).sum::<f64>() / reports.len() as f64;
        (mean(&|report| report.variance), mean(&|report| report.loss))
    };
    let (linear, learned) = (bound("linear"), bound("learned"));
    println!("variance {:.4} linear, {:.4} learned; loss {:.4} and {:.4}", linear.0, learned.0, linear.1, learned.1);
    assert!(learned.0 < 0.5 * linear.0, "variance {} linear, {} learned", linear.0, learned.0);
    assert!((learned.1 / linear.1 - 1.0).abs() < 0.1, "the bound itself is the same: {} and {}", linear.1, learned.1);
}

#[test]
fn learned_betas_raise_the_bound_k() {
    // Twelve steps of one size: too many of them near the noise.
    let scheduler =
        json!({ "num_train_timesteps": 12, "beta_start": 0.01, "beta_end": 0.9, "prediction_type": "v_prediction" });
    let k = |betas: &str| {
        let given =
            json!({ "objective": "k_2015", "betas": betas, "scheduler": scheduler, "network": small(), "seed": 2 });
        let mut trainer = start(Data::points(swiss_roll(1, 4000)).expect("points"), given);
        train(&mut trainer, 2500);
        let reports = train(&mut trainer, 300);
        let k = reports.iter().filter_map(|report| report.k_bits_per_dim).sum::<f64>() / reports.len() as f64;
        (k, trainer.betas())
    };
    let ((fixed, none), (learned, betas)) = (k("fixed"), k("learned"));
    let betas = betas.expect("they are learned");
    println!("K {fixed:.3} bits per dimension with fixed betas, {learned:.3} with learned ones: {betas:.3?}");
    assert!(none.is_none() && (betas[0] - 0.01).abs() < 1e-9, "the first stays: {betas:?}");
    assert!(learned > fixed + 0.1, "K {fixed} with fixed betas, {learned} with learned ones");
}
