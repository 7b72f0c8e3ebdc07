//! The same seed gives the same network, however a training is cut into pieces.

use serde_json::json;
use unnoise::burn::Device;
use unnoise::train::{Data, Trainer};

use crate::{normals, options, small, start, train};

fn points() -> Data {
    Data::points(normals(1, 400)).expect("points")
}

fn state(trainer: &Trainer) -> Vec<u8> {
    pollster::block_on(trainer.state()).expect("a state")
}

#[test]
fn a_training_goes_on_from_its_state_with_the_same_bits() {
    let few = json!({ "num_train_timesteps": 40, "beta_end": 0.3, "prediction_type": "v_prediction" });
    for process in [
        json!({ "objective": "vdm_continuous", "gamma": "learned" }),
        json!({ "objective": "k_2015", "betas": "learned", "scheduler": few }),
    ] {
        let given = |seed: u64| {
            let mut given = process.clone();
            (given["network"], given["seed"]) = (small(), seed.into());
            given
        };
        let mut whole = start(points(), given(3));
        let reports = train(&mut whole, 20);

        let mut first = start(points(), given(3));
        train(&mut first, 7);
        let kept = state(&first);
        let mut second =
            Trainer::start(&Device::flex(), points(), options(given(3)), None, Some(&kept)).expect("its state");
        assert_eq!(second.steps(), 7);
        let x = normals(2, 8);
        let predict =
            |trainer: &mut Trainer| pollster::block_on(trainer.predict(&x, &[30.0; 4], None)).expect("numbers");
        assert_eq!(predict(&mut second), predict(&mut first), "the average is there at once");
        assert_eq!(train(&mut second, 13), reports[7..]);
        assert_eq!(state(&second), state(&whole));
        assert_ne!(state(&start(points(), given(4))), state(&start(points(), given(3))));
    }
}

#[test]
fn a_state_of_another_training_is_refused() {
    let kept = state(&start(points(), json!({ "network": small() })));
    let other = || options(json!({ "network": { "layers": 1, "width": 8 } }));
    let resumed = |state: &[u8]| Trainer::start(&Device::flex(), points(), other(), None, Some(state)).err();
    assert_eq!(resumed(&kept).expect("another size").code(), "invalid-state");
    assert_eq!(resumed(b"no state").expect("no file").code(), "invalid-state");
}

#[test]
fn a_training_that_diverges_keeps_its_weights() {
    let far = Data::points(vec![3e38; 8]).expect("finite points");
    let mut trainer = start(far, json!({ "network": small(), "prediction": "sample" }));
    let before = state(&trainer);
    let error = pollster::block_on(trainer.step()).expect_err("a loss that is no number");
    assert_eq!(error.code(), "training-diverged");
    assert_eq!(state(&trainer), before);
}
