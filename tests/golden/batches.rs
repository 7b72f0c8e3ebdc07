//! The noise of a batch is that of diffusers: from one generator per image, and image by image from one for all.

use serde::Deserialize;
use unnoise::noise::{First, NoiseSource, Rng, Shape};

use crate::compare::largest_difference;
use crate::files::json;

/// As in `randn.rs`.
const TOLERANCE: f64 = 2e-6;

#[derive(Deserialize)]
struct File {
    lists: Vec<List>,
    streams: Vec<Stream>,
}

#[derive(Deserialize)]
struct List {
    seeds: Vec<u64>,
    image: [usize; 3],
    draws: Vec<Vec<f32>>,
}

#[derive(Deserialize)]
struct Stream {
    seed: u64,
    batch: usize,
    image: [usize; 3],
    draws: Vec<Vec<f32>>,
}

fn shape(batch: usize, [channels, height, width]: [usize; 3]) -> Shape {
    Shape { batch, channels, height, width }
}

/// x_T, and the noise of as many steps as there are further draws.
fn draws(mut source: NoiseSource, shape: Shape, count: usize) -> Vec<Vec<f32>> {
    let first = source.initial(shape);
    std::iter::once(first).chain((0..count - 1).map(|step| source.of_step(shape, step))).collect()
}

#[test]
fn a_seed_per_image_is_a_list_of_generators() {
    for List { seeds, image, draws: expected } in json::<File>("batches.json").lists {
        let found = draws(NoiseSource::each(Rng::Torch, &seeds), shape(seeds.len(), image), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert!(largest_difference(found, expected) < TOLERANCE, "{seeds:?}, {image:?}");
        }
    }
}

#[test]
fn each_image_of_a_stream_is_had_alone() {
    for Stream { seed, batch, image, draws: expected } in json::<File>("batches.json").streams {
        let single = shape(1, image);
        for index in 0..batch {
            let first = First { image: index, of: Some(batch) };
            let found = draws(NoiseSource::part(Rng::Torch, seed, Some(first)), single, expected.len());
            for (found, whole) in found.iter().zip(&expected) {
                let expected = &whole[index * single.len()..(index + 1) * single.len()];
                assert!(largest_difference(found, expected) < TOLERANCE, "image {index} of {batch}, {image:?}");
            }
        }
    }
}
