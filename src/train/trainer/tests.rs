//! What a step does.

mod gradients;
mod papers;
mod place;

use super::*;
use crate::options::Objective;
use crate::sampler::Variance;

fn points() -> Data {
    Data::points((0..64).map(|i| libm::sin(0.7 * f64::from(i)) as f32).collect()).expect("points")
}

#[test]
fn the_hybrid_teaches_the_mean_by_l_simple_and_the_variance_by_a_thousandth_of_the_bound() {
    let device = Device::flex();
    let moment = |objective: Objective| -> Vec<f32> {
        let network = serde_json::json!({ "layers": 1, "width": 8 }).as_object().cloned();
        let clip_norm = 1e9;
        let given = TrainOptions { objective, network, clip_norm, ..Default::default() };
        let mut trainer = Trainer::start(&device, points(), given, None, None).expect("a training");
        pollster::block_on(trainer.step()).expect("a step");
        let [moment, _] = trainer.optimiser.moments.clone().expect("moments");
        moment.to_data().try_into_vec().expect("floats")
    };
    // The last layer, which begins as zeros, is the last of the parameters: 8 weights and a bias for each of its outputs.
    let last = |moment: &[f32], outputs: usize| moment[moment.len() - 9 * outputs..].to_vec();
    let simple = last(&moment(Objective::LSimple), 2);
    let hybrid = last(&moment(Objective::LHybrid), 4);
    let bound = last(&moment(Objective::LVlb { variance: Variance::Learned }), 4);
    let close = |found: f32, expected: f32| (found - expected).abs() <= 1e-5 * expected.abs() + 1e-7;
    // A matrix is stored with its outputs side by side.
    for input in 0..8 {
        for output in 0..2 {
            let (of_mean, of_variance) = (hybrid[4 * input + output], hybrid[4 * input + 2 + output]);
            assert!(close(of_mean, simple[2 * input + output]), "{of_mean}");
            assert!(close(of_variance, 0.001 * bound[4 * input + 2 + output]), "{of_variance}");
        }
    }
}
