//! Runs that start from a picture, or keep pixels.

use pollster::block_on;
use serde_json::{Value, json};
use unnoise::math::time::Timestep;
use unnoise::noise::Shape;
use unnoise::options::SampleOptions;
use unnoise::run::{Plan, Run};

use crate::data::{SMALL, begun, finished, network, picture, refused, scheduler};

#[test]
fn known_pixels_end_exactly_as_given() {
    let mask: Vec<f32> = (0..20).map(|i| if i % 2 == 0 { 1.0 } else { 0.0 }).collect();
    for method in ["clean", "noised", "repaint"] {
        for sampler in ["ddpm", "ddim", "analytic-ddpm", "vdm"] {
            let mut known = json!({ "x": picture(), "mask": mask, "method": method });
            if method == "repaint" {
                known["jump"] = json!(3);
            }
            let end = finished(begun(&json!({ "sampler": sampler, "steps": 12, "batch": 2, "known": known }), SMALL));
            for (i, end) in end.iter().enumerate() {
                let is_known = mask[i % 20] == 1.0;
                assert_eq!(*end == picture()[i % SMALL.image_len()], is_known, "{sampler}, {method}, element {i}");
            }
        }
    }
}

#[test]
fn noised_pixels_stand_at_the_level_of_their_step_with_the_noise_of_the_step() {
    let known = json!({ "x": picture(), "mask": vec![1.0; 20] });
    let mut run = begun(&json!({ "sampler": "ddpm", "steps": 10, "batch": 2, "known": known }), SMALL);
    let step = block_on(run.step(&network(&scheduler()))).expect("a step");
    let z = unnoise::noise::NoiseSource::new(unnoise::noise::Rng::Philox, 0).of_step(SMALL, 0);
    let expected = unnoise::math::forward::diffused(&picture().repeat(2), &z, step.planned.next_level);
    let off = step.x_s.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(off < 1e-6, "{off}");
}

#[test]
fn a_run_from_a_picture_is_the_run_from_its_noised_state() {
    let x = picture();
    let started =
        begun(&json!({ "sampler": "ddpm", "steps": 10, "seed": 5, "batch": 2, "start": { "x": x, "t": 999 } }), SMALL);
    let z = unnoise::noise::NoiseSource::new(unnoise::noise::Rng::Philox, 5).initial(SMALL);
    let level = scheduler().schedule.level(Timestep(999)).expect("a timestep");
    let x_t = unnoise::math::forward::diffused(&x.repeat(2), &z, level);
    assert_eq!(started.initial().expect("memory"), x_t);
    assert_eq!(started.plan().steps[0].t, 999.0);

    let trajectory: Vec<usize> = std::iter::once(999).chain((0..10).rev().map(|i| i * 100)).collect();
    let options = json!({ "sampler": "ddpm", "trajectory": trajectory, "seed": 5, "batch": 2 });
    let scheduler = scheduler();
    let options = SampleOptions::from_json(options.as_object().expect("an object"), &scheduler).expect("options");
    let plan = Plan::new(&options.plan, &scheduler, None).expect("a plan");
    let plain = Run::new(&options, plan, SMALL, Some(x_t)).expect("a run");
    assert_eq!(finished(started), finished(plain));
}

#[test]
fn a_run_from_the_least_noise_gives_the_picture_back() {
    let x: Vec<f32> = picture();
    let end = finished(begun(&json!({ "start": { "x": x, "t": 0 } }), Shape { batch: 1, ..SMALL }));
    let off = end.iter().zip(&x).map(|(end, x)| (end - x).abs()).fold(0.0, f32::max);
    // sigma_0 is 0.01.
    assert!(off < 0.04, "{off}");
}

#[test]
fn a_run_goes_on_to_the_last_bit_behind_a_way_back() {
    for rng in ["philox", "torch"] {
        let known = json!({ "x": picture(), "mask": vec![0.5; 20], "method": "repaint", "jump": 2, "resample": 3 });
        let options = json!({ "sampler": "ddpm", "steps": 9, "batch": 2, "rng": rng, "known": known });
        let mut run = begun(&options, SMALL);
        let (mut states, network) = (Vec::new(), network(&scheduler()));
        for _ in 0..run.num_steps() {
            states.push(block_on(run.step(&network)).expect("a step").x_s);
        }
        for (index, state) in states[..states.len() - 1].iter().enumerate() {
            let mut again = begun(&options, SMALL);
            again.resume(index + 1, state.clone()).expect("a step of the run");
            assert_eq!(finished(again), states[states.len() - 1], "{rng}, after step {index}");
        }
    }
}

#[test]
fn what_is_wrong_is_said() {
    let (x, mask) = (picture(), vec![1.0; 20]);
    let with = |known: Value| json!({ "batch": 2, "known": known });
    for (code, part, options) in [
        ("invalid-start", "`start.t`", json!({ "start": { "x": x, "t": 1000 } })),
        ("invalid-start", "`start.t`", json!({ "start": { "x": x } })),
        ("invalid-start", "`start.x`", json!({ "start": { "t": 5 } })),
        ("invalid-start", "`start`", json!({ "start": 5 })),
        ("invalid-start", "61 numbers", json!({ "start": { "x": vec![0.0; 61], "t": 5 } })),
        ("invalid-known", "19 numbers", with(json!({ "x": x, "mask": vec![1.0; 19] }))),
        ("invalid-known", "1.5 at element 3", with(json!({ "x": x, "mask": [0, 0, 0, 1.5] }))),
        ("invalid-known", "\"inpaint\"", with(json!({ "x": x, "mask": mask, "method": "inpaint" }))),
        ("invalid-known", "`known.jump`", with(json!({ "x": x, "mask": mask, "method": "repaint", "jump": 0 }))),
        ("invalid-known", "`known.jump`", with(json!({ "x": x, "mask": mask, "jump": 3 }))),
        ("invalid-known", "`more`", with(json!({ "x": x, "mask": mask, "more": 3 }))),
        ("invalid-observed", "-1", json!({ "observed": { "y": x, "sigma": -1 } })),
        ("invalid-observed", "`observed.sigma`", json!({ "observed": { "y": x } })),
        ("invalid-observed", "at element 1", json!({ "observed": { "y": [0, "\0not a number"], "sigma": 0.1 } })),
        (
            "invalid-observed",
            "`observed.mask`",
            json!({ "observed": { "y": x, "sigma": 1, "mask": mask, "method": "level" } }),
        ),
        ("invalid-observed", "`observed.sigma`", json!({ "observed": { "y": x, "sigma": [1], "method": "level" } })),
        ("invalid-observed", "from 0 to 157", json!({ "observed": { "y": x, "sigma": 1000, "method": "level" } })),
        (
            "invalid-start",
            "`observed`",
            json!({ "start": { "x": x, "t": 5 }, "observed": { "y": x, "sigma": 1, "method": "level" } }),
        ),
        (
            "invalid-known",
            "`observed`",
            json!({ "known": { "x": x, "mask": mask }, "observed": { "y": x, "sigma": 0.1 } }),
        ),
    ] {
        let error = refused(options.as_object().expect("an object"));
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}
