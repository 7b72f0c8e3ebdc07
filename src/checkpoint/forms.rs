//! The forms in which the CPU holds the weights of a network: which convolutions are in Winograd's, which is four times as large as the
//! weights and has a quarter of the products.
//!
//! The choice depends on the network alone, so that its images are the same on every machine.

use super::config::UNetConfig;
use super::layout::Slot;

/// Bytes of a number.
const F32: u64 = size_of::<f32>() as u64;

/// How many times as large the form is: 36 numbers for the 9 weights of an input and an output.
pub const FACTOR: u64 = 4;

/// The most that all these forms together may take, in bytes. All layers of a network of 36 million parameters at 32x32 that gain by the
/// form fit.
const MOST_BYTES: u64 = 320_000_000;

/// Images of so many pixels are one tile. Four tiles are computed at once, so that with one of them there are as many products as
/// without the form.
const PIXELS_OF_A_TILE: u64 = 16;

/// The forms of a network's weights.
#[derive(Debug, Default)]
pub struct Forms {
    /// The convolutions in Winograd's form.
    transformed: Vec<String>,
    /// Whether halves stay halves in the other convolutions: where not all that gain by Winograd's form have room.
    pub keeps_halves: bool,
}

impl Forms {
    /// Those of the network of `config`. Layers with more pixels come first: Winograd's form saves products of every pixel, and each weight
    /// takes the same memory in all of them.
    pub fn of(config: &UNetConfig, slots: &[Slot]) -> Self {
        let mut forms = Self::default();
        let mut rest = MOST_BYTES;
        for level in (0..config.channels.len()).filter(|level| config.pixels(*level) > PIXELS_OF_A_TILE) {
            for (slot, shape) in slots {
                let Some(name) = slot.strip_suffix(".weight").filter(|name| is_suitable(name, shape)) else { continue };
                if level_of(name, config.channels.len() - 1) != level {
                    continue;
                }
                match rest.checked_sub(FACTOR * bytes_of(shape)) {
                    Some(left) => {
                        rest = left;
                        forms.transformed.push(name.to_owned());
                    }
                    None => forms.keeps_halves = true,
                }
            }
        }
        forms
    }

    /// Whether the convolution `name` is in Winograd's form.
    pub fn is_transformed(&self, name: &str) -> bool {
        self.transformed.iter().any(|other| other == name)
    }
}

/// Bytes of a tensor in f32.
pub fn bytes_of(shape: &[usize]) -> u64 {
    shape.iter().fold(F32, |product, side| product.saturating_mul(*side as u64))
}

/// A kernel of 3x3, but none that halves the image.
fn is_suitable(name: &str, shape: &[usize]) -> bool {
    matches!(shape, [_, _, 3, 3]) && !name.ends_with("downsamplers.0.conv")
}

/// The level whose resolution a convolution has, 0 being the highest.
pub fn level_of(name: &str, last: usize) -> usize {
    let mut parts = name.split('.');
    let (block, index) = (parts.next(), parts.next().and_then(|index| index.parse::<usize>().ok()));
    let level = match (block, index) {
        (Some("down_blocks"), Some(index)) => index,
        (Some("up_blocks"), Some(index)) => last.saturating_sub(index),
        (Some("mid_block"), _) => last,
        _ => 0,
    };
    match parts.next() {
        Some("downsamplers") => level + 1,
        Some("upsamplers") => level.saturating_sub(1),
        _ => level,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::layout;
    use super::*;

    const CIFAR10_32: [usize; 4] = [128, 256, 256, 256];
    const CELEBAHQ_256: [usize; 6] = [128, 128, 256, 256, 512, 512];

    fn network(channels: &[usize], sample_size: usize) -> (UNetConfig, Vec<Slot>) {
        let blocks = |kind: &str| Value::from(vec![kind; channels.len()]);
        let config = UNetConfig::from_json(&json!({
            "_class_name": "UNet2DModel", "sample_size": sample_size, "block_out_channels": channels,
            "down_block_types": blocks("DownBlock2D"), "up_block_types": blocks("UpBlock2D"),
            "layers_per_block": 2, "attention_head_dim": null,
        }));
        let config = config.expect("a network");
        let slots = layout::slots(&config);
        (config, slots)
    }

    fn forms_of(channels: &[usize], sample_size: usize) -> Forms {
        let (config, slots) = network(channels, sample_size);
        Forms::of(&config, &slots)
    }

    #[test]
    fn a_layer_knows_its_level() {
        for (name, level) in [
            ("conv_in", 0),
            ("down_blocks.1.resnets.0.conv1", 1),
            ("down_blocks.1.downsamplers.0.conv2", 2),
            ("mid_block.resnets.1.conv2", 3),
            ("up_blocks.0.resnets.2.conv1", 3),
            ("up_blocks.0.upsamplers.0.conv", 2),
            ("up_blocks.3.resnets.0.conv1", 0),
            ("conv_out", 0),
        ] {
            assert_eq!(level_of(name, 3), level, "{name}");
        }
    }

    #[test]
    fn all_layers_of_a_network_of_usual_size_that_gain_by_it_are_transformed() {
        let forms = forms_of(&CIFAR10_32, 32);
        let (_, slots) = network(&CIFAR10_32, 32);
        let left_out: Vec<_> = slots
            .iter()
            .filter_map(|(slot, shape)| slot.strip_suffix(".weight").filter(|name| is_suitable(name, shape)))
            .filter(|name| !forms.is_transformed(name))
            .collect();
        assert!(!left_out.is_empty() && left_out.iter().all(|name| level_of(name, 3) == 3), "{left_out:?}");
        assert!(!forms.keeps_halves);
    }

    #[test]
    fn of_a_large_network_the_layers_with_the_most_pixels_are_transformed() {
        let forms = forms_of(&CELEBAHQ_256, 256);
        assert!(forms.keeps_halves);
        let (config, slots) = network(&CELEBAHQ_256, 256);
        let bytes_of_level = |level: usize| {
            let of_level = |name: &&String| level_of(name, 5) == level;
            let shape = |name: &String| slots.iter().find(|(slot, _)| slot.strip_suffix(".weight") == Some(name));
            forms
                .transformed
                .iter()
                .filter(of_level)
                .filter_map(shape)
                .map(|(_, shape)| FACTOR * bytes_of(shape))
                .sum::<u64>()
        };
        let bytes: Vec<_> = (0..6).map(bytes_of_level).collect();
        assert!(bytes[..3].iter().all(|bytes| *bytes > 20_000_000) && bytes[5] == 0, "{bytes:?}");
        assert!(bytes.iter().sum::<u64>() <= MOST_BYTES, "{bytes:?}");
        let all = config.bytes_on_cpu();
        assert!((1_000_000_000..1_200_000_000).contains(&all), "{all}");
    }
}
