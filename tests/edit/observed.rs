//! Runs that are conditioned on what was observed.

use serde_json::json;

use crate::data::{SHAPE, begun, finished, moments};

fn observed(sampler: &str, steps: usize, method: &str) -> (f64, f64) {
    let y = vec![0.8; SHAPE.len()];
    let observed = json!({ "y": y, "sigma": 0.3, "method": method });
    // The bound on the noise of the step into x_1 is made for pictures; in 10 steps it would take most of the variance away.
    let options = json!({ "sampler": sampler, "steps": steps, "sigmaClip": 0, "observed": observed });
    moments(&finished(begun(&options, SHAPE)))
}

#[test]
fn the_analytic_method_gives_the_posterior_at_any_number_of_steps() {
    let (mean, variance) = (0.667_647, 0.066_176_5);
    for sampler in ["analytic-ddpm", "analytic-ddim"] {
        for steps in [10, 100, 1000] {
            let found = observed(sampler, steps, "analytic");
            assert!((found.0 - mean).abs() < 0.005, "{sampler}, {steps}: mean {}", found.0);
            assert!((found.1 / variance - 1.0).abs() < 0.02, "{sampler}, {steps}: variance {}", found.1);
        }
    }
}

#[test]
fn a_run_that_begins_with_what_was_observed_gives_the_posterior() {
    // DDIM's process is no Markov chain: from a state that is given it does not come to what the state leaves open.
    for steps in [10, 100] {
        let (mean, variance) = observed("analytic-ddpm", steps, "level");
        assert!((mean - 0.667_647).abs() < 0.005, "{steps}: mean {mean}");
        assert!((variance / 0.066_176_5 - 1.0).abs() < 0.02, "{steps}: variance {variance}");
    }
}

#[test]
fn the_product_with_every_reverse_gaussian_is_not_the_posterior() {
    // What is measured here stands in docs/editing.md.
    for (method, steps, expected) in PRODUCTS {
        let found = observed("ddpm", steps, method);
        let close = (found.0 - expected.0).abs() < 0.005 && (found.1 / expected.1 - 1.0).abs() < 0.03;
        assert!(close, "{method}, {steps}: {found:?}");
    }
}

const PRODUCTS: [(&str, usize, (f64, f64)); 6] = [
    ("constant", 10, (0.579, 0.0252)),
    ("constant", 100, (0.684, 0.0340)),
    ("constant", 1000, (0.702, 0.0348)),
    ("annealed", 10, (0.571, 0.0272)),
    ("annealed", 100, (0.678, 0.0357)),
    ("annealed", 1000, (0.697, 0.0363)),
];
