//! VDM's bound in continuous time is the same for every schedule between two ends (Kingma et al. 2021, section 5.1).

use serde_json::json;
use unnoise::math::gamma::Gamma;
use unnoise::train::{Data, Trainer};

use crate::{normals, small, start, train};

/// Points of two coordinates, each with a time of its own.
const COUNT: usize = 60_000;

/// The bound's mean and its standard error, in nats, by gamma'(u) / 2 times the square error of the noise at evenly spread times (eq. 17).
fn bound(trainer: &mut Trainer, gamma: &Gamma, seed: u64) -> (f64, f64) {
    let (data, noise) = (normals(seed, 2 * COUNT), normals(seed + 1, 2 * COUNT));
    let schedule = trainer.scheduler().schedule.clone();
    let places: Vec<_> = (0..COUNT).map(|i| gamma.at((i as f64 + 0.5) / COUNT as f64)).collect();
    let noisy: Vec<f32> = (0..2 * COUNT)
        .map(|i| {
            let level = places[i / 2].level;
            (level.alpha_bar().sqrt() * 0.5 * f64::from(data[i]) + level.sigma() * f64::from(noise[i])) as f32
        })
        .collect();
    let times: Vec<f64> = places.iter().map(|at| schedule.timestep_of(at.level)).collect();
    let predicted = pollster::block_on(trainer.predict(&noisy, &times, None)).expect("a prediction");
    let losses: Vec<f64> = (0..COUNT)
        .map(|i| {
            let square = |k: usize| f64::from(predicted[k] - noise[k]).powi(2);
            0.5 * places[i].slope * (square(2 * i) + square(2 * i + 1))
        })
        .collect();
    let mean = losses.iter().sum::<f64>() / COUNT as f64;
    let variance = losses.iter().map(|loss| (loss - mean).powi(2)).sum::<f64>() / COUNT as f64;
    (mean, (variance / COUNT as f64).sqrt())
}

#[test]
fn the_continuous_bound_of_one_network_is_the_same_for_three_schedules() {
    let data = Data::points(normals(1, 4000).into_iter().map(|x| 0.5 * x).collect()).expect("points");
    let given = json!({ "objective": "vdm_continuous", "prediction": "epsilon", "network": small(), "seed": 2 });
    let mut trainer = start(data, given);
    train(&mut trainer, 300);
    let [first, last] = Gamma::linear(&trainer.scheduler().schedule).ends();
    let bent = |power: f64| {
        let at = |i: usize| first + (last - first) * (i as f64 / 64.0).powf(power);
        Gamma::through((0..=64).map(at).collect()).expect("it rises")
    };
    let bounds: Vec<_> =
        [1.0, 0.6, 1.7].iter().zip([10, 20, 30]).map(|(p, s)| bound(&mut trainer, &bent(*p), s)).collect();
    for (mean, error) in &bounds {
        let (other, of_other) = bounds[0];
        let noise = 4.0 * error.hypot(of_other);
        assert!((mean - other).abs() < noise && noise < 0.1 * mean, "{bounds:?}");
    }
    assert!(bounds.iter().any(|(_, error)| *error > 1.3 * bounds[0].1 || bounds[0].1 > 1.3 * error), "{bounds:?}");
}
