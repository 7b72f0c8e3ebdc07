//! Images that are made apart: one seed per image (`seeds`), and some images of a batch without the others (`first`).

use serde_json::{Value, json};

use crate::{IMAGE, STEPS, bits, result, samplers, start, steps, with};

fn images(x: &[f32]) -> Vec<Vec<u32>> {
    x.chunks_exact(IMAGE.image_len()).map(bits).collect()
}

fn is_torch(options: &Value) -> bool {
    options["rng"] == "torch"
}

#[test]
fn images_with_a_seed_each_are_those_of_three_runs_to_the_last_bit() {
    for options in samplers() {
        let seeds = [7u64, 0, (1 << 40) + 3];
        let together = result(&with(&options, &json!({ "seeds": seeds })), 3);
        let alone = seeds.map(|seed| bits(&result(&with(&options, &json!({ "seed": seed })), 1)));
        assert_eq!(images(&together), alone, "{options}");
        assert!(alone[0] != alone[1] && alone[1] != alone[2], "{options}");
    }
}

#[test]
fn a_batch_from_its_third_image_on_is_the_end_of_the_whole_batch() {
    for options in samplers() {
        let whole = images(&result(&with(&options, &json!({ "seed": 5 })), 5));
        let part = |first: Value, batch| images(&result(&with(&options, &json!({ "seed": 5, "first": first })), batch));
        assert_eq!(part(json!([2, 5]), 1), whole[2..3], "{options}");
        assert_eq!(part(json!([2, 5]), 3), whole[2..], "{options}");
        assert_eq!(part(json!([0, 5]), 2), whole[..2], "{options}");
        if !is_torch(&options) {
            assert_eq!(part(json!(2), 3), whole[2..], "{options}");
            assert_eq!(part(json!([2, 9]), 3), whole[2..], "{options}");
        }
    }
}

#[test]
fn with_torch_the_count_of_the_whole_batch_decides() {
    let image_2 = |of: usize| result(&json!({ "sampler": "ddpm", "rng": "torch", "first": [2, of] }), 1);
    assert_ne!(image_2(3), image_2(4));
}

#[test]
fn with_torch_only_the_low_half_of_a_seed_counts() {
    let of = |seed: u64, rng: &str| result(&json!({ "seed": seed, "rng": rng }), 1);
    assert_eq!(of(1 << 32, "torch"), of(0, "torch"));
    assert_eq!(of((1 << 40) + 3, "torch"), of(3, "torch"));
    assert_ne!(of(1 << 32, "philox"), of(0, "philox"));
}

#[test]
fn an_image_of_a_branched_batch_shares_what_it_shares_there() {
    let options = json!({ "sampler": "ddpm", "seed": 4, "branch": 2 });
    let whole = images(&result(&options, 4));
    assert_eq!(images(&result(&with(&options, &json!({ "first": 2 })), 2)), whole[2..]);
}

#[test]
fn a_start_that_is_given_leaves_the_noise_of_the_steps_to_the_seeds() {
    let given = vec![0.25; 2 * IMAGE.image_len()];
    for rng in ["philox", "torch"] {
        let run = |options: Value, noise: &[f32]| {
            let options = with(&json!({ "sampler": "ddpm", "rng": rng }), &options);
            let batch = noise.len() / IMAGE.image_len();
            let mut run = start(&options, batch, Some(noise.to_vec())).expect("a run");
            steps(&mut run, STEPS).pop().expect("a step")
        };
        let apart = run(json!({ "seeds": [1, 1] }), &given);
        assert_eq!(images(&apart)[0], images(&apart)[1]);
        assert_eq!(images(&apart)[..1], images(&run(json!({ "seed": 1 }), &given[..IMAGE.image_len()])));
    }
}

#[test]
fn seeds_and_places_that_are_not_allowed_say_why() {
    let cases = [
        (1, "invalid-seeds", "1 to 4096 seeds", json!({ "seeds": 3 })),
        (1, "invalid-seeds", "1 to 4096 seeds", json!({ "seeds": [] })),
        (1, "invalid-seeds", "9007199254740991", json!({ "seeds": [-1] })),
        (1, "invalid-seeds", "9007199254740991", json!({ "seeds": [9_007_199_254_740_992u64] })),
        (2, "invalid-seeds", "9007199254740991", json!({ "seeds": [1, null] })),
        (1, "invalid-seeds", "…", json!({ "seeds": vec![1; 4097] })),
        (3, "invalid-seeds", "one entry per image, 3", json!({ "seeds": [1, 2] })),
        (2, "invalid-seeds", "one entry per image, 3", json!({ "seeds": [1, 2], "batch": 3 })),
        (1, "invalid-seeds", "`seed`", json!({ "seeds": [1], "seed": 1 })),
        (1, "invalid-seeds", "`first`", json!({ "seeds": [1], "first": 0 })),
        (1, "invalid-seeds", "`branch`", json!({ "seeds": [1], "branch": 0 })),
        (1, "invalid-seeds", "`blend`", json!({ "seeds": [1], "blend": { "seeds": [1], "at": [0] } })),
        (1, "invalid-first", "`blend`", json!({ "first": 0, "blend": { "seeds": [1], "at": [0] } })),
        (1, "invalid-first", "from 0 to 4095", json!({ "first": -1 })),
        (1, "invalid-first", "from 0 to 4095", json!({ "first": 4096 })),
        (1, "invalid-first", "from 0 to 4095", json!({ "first": 0.5 })),
        (1, "invalid-first", "from 0 to 4095", json!({ "first": "2" })),
        (1, "invalid-first", "from 0 to 4095", json!({ "first": [1] })),
        (1, "invalid-first", "from 0 to 4095", json!({ "first": [3, 3] })),
        (1, "invalid-first", "from 0 to 4095", json!({ "first": [0, 4097] })),
        (1, "invalid-first", "…", json!({ "first": vec![1; 999] })),
        (2, "invalid-first", "a batch of 4096", json!({ "first": 4095 })),
        (3, "invalid-first", "a batch of 4", json!({ "first": [2, 4] })),
        (1, "invalid-first", "whole batch", json!({ "first": 0, "rng": "torch" })),
    ];
    for (batch, code, names, options) in cases {
        let error = start(&options, batch, None).expect_err(&format!("{options} is not allowed"));
        assert_eq!(error.code(), code, "{options}: {error}");
        assert!(error.to_string().contains(names), "{options}: {error}");
        assert!(error.to_string().len() < 300, "{error}");
    }
    assert!(start(&json!({ "seeds": [1, 2], "batch": 2 }), 2, None).is_ok(), "an equal batch is no contradiction");
    assert!(start(&json!({ "first": 4094 }), 2, None).is_ok());
}
