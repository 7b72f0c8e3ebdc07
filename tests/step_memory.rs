//! What a step of a training is said to take, beside what it takes: the peak of all that is allocated.

use peak_alloc::PeakAlloc;
use serde_json::{Value, json};
use unnoise::burn::Device;
use unnoise::error::Error;
use unnoise::options::TrainOptions;
use unnoise::train::{Data, Trainer};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

fn images(shape: [usize; 3]) -> Data {
    let numbers = (0..4 * shape.iter().product::<usize>()).map(|i| (i % 17) as f32 / 8.5 - 1.0);
    Data::images(numbers.collect(), shape, None).expect("images")
}

fn points() -> Data {
    Data::points(vec![0.5; 400]).expect("points")
}

fn start(data: Data, given: &Value) -> Result<Trainer, Error> {
    let options = TrainOptions::from_json(given.as_object().expect("an object")).expect("options");
    Trainer::start(&Device::flex(), data, options, None, None)
}

/// How many times as much a step is said to take as two steps take.
fn said_by_taken(data: Data, given: &Value) -> f64 {
    let batch = given["batch"].as_u64().expect("a batch") as usize;
    let before = ALLOCATED.current_usage();
    let mut trainer = start(data, given).expect("a training");
    ALLOCATED.reset_peak_usage();
    for _ in 0..2 {
        pollster::block_on(trainer.step()).expect("a step");
    }
    let said = trainer.bytes_of_step(batch) as f64;
    let ratio = said / (ALLOCATED.peak_usage() - before) as f64;
    println!("{ratio:.2} of {:.1} MB: {given}", said / ratio / 1e6);
    ratio
}

/// Blocks of a kind in each of two levels.
fn two_levels(down: &str, up: &str, channels: usize) -> Value {
    json!({ "block_out_channels": [channels, channels], "down_block_types": [down, down], "up_block_types": [up, up] })
}

/// One test, for no other may allocate meanwhile.
#[test]
fn a_step_takes_what_is_said_and_more_is_refused() {
    let attention = two_levels("AttnDownBlock2D", "AttnUpBlock2D", 32);
    let plain = json!({ "block_out_channels": [32], "down_block_types": ["DownBlock2D"], "up_block_types": ["UpBlock2D"], "add_attention": false });
    for (shape, given) in [
        ([3, 16, 16], json!({ "batch": 32 })),
        ([3, 64, 64], json!({ "batch": 4 })),
        ([3, 16, 16], json!({ "batch": 16, "objective": "l_hybrid" })),
        ([3, 16, 16], json!({ "batch": 16, "objective": "k_2015", "betas": "learned" })),
        ([1, 28, 28], json!({ "batch": 1, "network": attention })),
        ([1, 32, 32], json!({ "batch": 6, "network": plain })),
        ([3, 32, 32], json!({ "batch": 4, "network": { "fourier": [0, 3] } })),
        ([3, 16, 16], json!({ "batch": 16, "network": { "act_fn": "mish" } })),
        ([3, 16, 16], json!({ "batch": 16, "network": { "act_fn": "gelu" } })),
        ([3, 16, 16], json!({ "batch": 16, "network": two_levels("SkipDownBlock2D", "SkipUpBlock2D", 32) })),
        (
            [3, 16, 16],
            json!({ "batch": 16, "network": two_levels("ResnetDownsampleBlock2D", "ResnetUpsampleBlock2D", 32) }),
        ),
        ([3, 16, 16], json!({ "batch": 16, "network": two_levels("KDownBlock2D", "KUpBlock2D", 32) })),
    ] {
        let ratio = said_by_taken(images(shape), &given);
        assert!((1.0..1.5).contains(&ratio), "{given}: {ratio}");
    }
    for batch in [256, 4096] {
        let ratio = said_by_taken(points(), &json!({ "batch": batch }));
        assert!((1.0..1.5).contains(&ratio), "{batch} points: {ratio}");
    }

    let refused = |shape, given: Value| start(images(shape), &given).err().expect("it is refused");
    let error = refused([3, 64, 64], json!({ "batch": 4096 }));
    assert_eq!(error.code(), "invalid-batch");
    let said = error.to_string();
    assert!(said.ends_with(": a step of 4096 needs 134.0 GB of memory, and there are 3.5 GB"), "{said}");
    let most: usize =
        said.split("at most ").nth(1).and_then(|rest| rest.split(':').next()?.parse().ok()).expect("a number");
    assert_eq!(refused([3, 64, 64], json!({ "batch": most + 1 })).code(), "invalid-batch");
    assert!(start(images([3, 64, 64]), &json!({ "batch": most })).is_ok());

    // Attention from every pixel to every other: a single image is too large.
    let error =
        refused([3, 64, 64], json!({ "batch": 1, "network": two_levels("AttnDownBlock2D", "AttnUpBlock2D", 256) }));
    assert_eq!(error.code(), "out-of-memory", "{error}");
}
