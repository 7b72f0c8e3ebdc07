//! Blends, branches and states that are not allowed: each with its code, and a sentence that names it.

use serde_json::json;
use unnoise::run::Run;

use crate::{STEPS, start, steps, with};

#[test]
fn what_cannot_be_resumed_is_refused() {
    let mut run = start(&json!({}), 1, None).expect("a run");
    let code = |run: &mut Run, index: usize, x_t: Vec<f32>| run.resume(index, x_t).expect_err("refused").code();
    assert_eq!(code(&mut run, STEPS, vec![0.0; 30]), "invalid-resume");
    assert_eq!(code(&mut run, 1, vec![0.0; 29]), "invalid-resume");
    assert_eq!(code(&mut run, 1, vec![f32::NAN; 30]), "invalid-resume");
    steps(&mut run, 2);
    assert_eq!(code(&mut run, 1, vec![0.0; 30]), "invalid-resume");
}

#[test]
fn blends_that_are_not_allowed_say_why() {
    let cases = [
        (1, "`blend`", json!({ "blend": 3 })),
        (1, "`sead`", json!({ "blend": { "sead": [1], "at": [0] } })),
        (1, "`blend.seeds`", json!({ "blend": { "at": [0] } })),
        (1, "`blend.seeds`", json!({ "blend": { "seeds": [], "at": [0] } })),
        (1, "`blend.seeds`", json!({ "blend": { "seeds": [1, 2], "at": [0] } })),
        (1, "`blend.seeds`", json!({ "blend": { "seeds": [-1], "at": [0] } })),
        (1, "`blend.seeds`", json!({ "blend": { "seeds": 1, "at": [0] } })),
        (1, "`blend.at`", json!({ "blend": { "seeds": [1] } })),
        (1, "`blend.at`", json!({ "blend": { "seeds": [1], "at": [] } })),
        (1, "`blend.at`", json!({ "blend": { "seeds": [1], "at": [1.5] } })),
        (1, "`blend.at`", json!({ "blend": { "seeds": [1], "at": [-0.1] } })),
        (1, "`blend.at`", json!({ "blend": { "seeds": [1], "at": [null] } })),
        (1, "`blend.at`", json!({ "blend": { "seeds": [1], "at": [[0, 1]] } })),
        (1, "`blend.at`", json!({ "blend": { "seeds": [1, 2, 3], "at": [0.5] } })),
        (1, "`blend.at`", json!({ "blend": { "seeds": [1, 2, 3], "at": [[0.5, 2]] } })),
        (1, "`blend.at`", json!({ "blend": { "seeds": [1], "at": vec![0.5; 4097] } })),
        (2, "`blend.at`", json!({ "blend": { "seeds": [1], "at": [0] } })),
        (2, "`blend.at`", json!({ "blend": { "seeds": [1], "at": [0] }, "batch": 2 })),
        (1, "`branch`", json!({ "blend": { "seeds": [1], "at": [0] }, "branch": 0 })),
        (1, "`labels`", json!({ "blend": { "seeds": [1], "at": [0], "labels": [0, 1] }, "labels": [0] })),
        (1, "`blend.labels`", json!({ "blend": { "seeds": [1], "at": [0], "labels": [0, 1, 2] } })),
        (1, "`blend.labels`", json!({ "blend": { "seeds": [1], "at": [0], "labels": [0, -1] } })),
        (1, "`blend.labels`", json!({ "blend": { "seeds": [1], "at": [0], "labels": [0, 1] } })),
    ];
    for (batch, names, options) in cases {
        let error = start(&options, batch, None).expect_err(&format!("{options} is not allowed"));
        assert_eq!(error.code(), "invalid-blend", "{options}: {error}");
        assert!(error.to_string().contains(names), "{options}: {error}");
    }
    let blend = json!({ "blend": { "seeds": [1], "at": [0] } });
    let error = start(&blend, 1, Some(vec![0.0; 30])).expect_err("two starts");
    assert_eq!(error.code(), "invalid-blend");
    assert!(start(&with(&blend, &json!({ "batch": 1 })), 1, None).is_ok(), "an equal batch is no contradiction");
}

#[test]
fn branches_that_are_not_allowed_say_why() {
    for options in [
        json!({ "branch": -1 }),
        json!({ "branch": 1.5 }),
        json!({ "branch": "x_T" }),
        json!({ "branch": STEPS + 1 }),
        json!({ "branch": 1, "rng": "torch" }),
    ] {
        let error = start(&options, 1, None).expect_err(&format!("{options} is not allowed"));
        assert_eq!(error.code(), "invalid-branch", "{options}: {error}");
    }
}
