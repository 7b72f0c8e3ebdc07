//! The forms in which the CPU holds the weights of a network: which convolutions are in Winograd's, which is larger than the weights and has
//! fewer products.
//!
//! The choice depends on the network alone, so that its images are the same on every machine.

use super::config::UNetConfig;
use super::layout::Slot;
use crate::math::form::Form;

/// Bytes of a number.
const F32: u64 = size_of::<f32>() as u64;

/// The most that all of Winograd's forms together may take, in bytes. All layers of a network of 36 million parameters at 32x32 that gain
/// the most by the form fit.
const MOST_BYTES: u64 = 260_000_000;

/// Images of so many pixels are one tile of 4x4 outputs. Four tiles are computed at once, so that with one of them there are as many products
/// as without the form.
const PIXELS_OF_A_WIDE_TILE: u64 = 16;

/// The same of tiles of 2x2 outputs.
const PIXELS_OF_A_NARROW_TILE: u64 = 4;

/// The forms of a network's weights.
#[derive(Debug)]
pub struct Forms {
    /// The convolutions in one of Winograd's forms.
    transformed: Vec<(String, Form)>,
    /// That of the others. Halves stay halves where not all that gain by tiles of 4x4 outputs have room for one of these forms.
    other: Form,
    /// Bytes that the transformed ones may still take.
    rest: u64,
}

impl Forms {
    /// Those of the network of `config`, in the order of what a byte saves.
    ///
    /// A weight takes the same memory in every layer, and saves products of every pixel: 5 of 9 per pixel by the narrow form, for 7/9 of its
    /// bytes more, and 1.75 more by the wide one, for 20/9. So per byte the wide form saves an eighth, and a level has a quarter of the
    /// pixels of the one above: a level's wide form comes after the next one's narrow form.
    pub fn new(config: &UNetConfig, slots: &[Slot]) -> Self {
        let mut forms = Self { transformed: Vec::new(), other: Form::Plain, rest: MOST_BYTES };
        let levels = config.channels.len();
        for step in 0..=levels {
            if step < levels {
                forms.offer(config, slots, step, Form::Narrow);
            }
            if let Some(above) = step.checked_sub(1) {
                forms.offer(config, slots, above, Form::Wide);
            }
        }
        forms
    }

    /// Gives the form to the layers of a level that gain by it, as far as there is room.
    fn offer(&mut self, config: &UNetConfig, slots: &[Slot], level: usize, form: Form) {
        let pixels = config.pixels(level);
        let least = if form == Form::Wide { PIXELS_OF_A_WIDE_TILE } else { PIXELS_OF_A_NARROW_TILE };
        if pixels <= least {
            return;
        }
        for (slot, shape) in slots {
            let Some(name) = slot.strip_suffix(".weight").filter(|name| is_suitable(name, shape)) else { continue };
            if level_of(name, config.channels.len() - 1) != level {
                continue;
            }
            let now = self.transformed.iter().position(|(other, _)| other == name);
            let held = now.map_or(0, |now| bytes_in(self.transformed[now].1, shape));
            match self.rest.checked_sub(bytes_in(form, shape) - held) {
                Some(left) => {
                    self.rest = left;
                    match now {
                        Some(now) => self.transformed[now].1 = form,
                        None => self.transformed.push((name.to_owned(), form)),
                    }
                }
                None if now.is_none() && pixels > PIXELS_OF_A_WIDE_TILE => self.other = Form::Halves,
                None => {}
            }
        }
    }

    /// The form of the convolution `name`.
    pub fn of(&self, name: &str) -> Form {
        self.transformed.iter().find(|(other, _)| other == name).map_or(self.other, |(_, form)| *form)
    }
}

/// The most bytes that a tensor takes in this form.
pub fn bytes_in(form: Form, shape: &[usize]) -> u64 {
    match form {
        Form::Wide => bytes_of(shape) / 9 * 36,
        Form::Narrow => bytes_of(shape) / 9 * 16,
        Form::Plain | Form::Halves => bytes_of(shape),
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

    /// Bytes of the forms of each level's suitable layers: wide, narrow, and neither.
    fn bytes(channels: &[usize], sample_size: usize) -> (Forms, Vec<[u64; 3]>) {
        let (config, slots) = network(channels, sample_size);
        let forms = Forms::new(&config, &slots);
        let mut bytes = vec![[0; 3]; channels.len()];
        for (slot, shape) in &slots {
            let Some(name) = slot.strip_suffix(".weight").filter(|name| is_suitable(name, shape)) else { continue };
            let form = forms.of(name);
            let kind = [Form::Wide, Form::Narrow].iter().position(|other| *other == form).unwrap_or(2);
            bytes[level_of(name, channels.len() - 1)][kind] += bytes_in(form, shape);
        }
        assert_eq!(bytes.iter().map(|[wide, narrow, _]| wide + narrow).sum::<u64>(), MOST_BYTES - forms.rest);
        (forms, bytes)
    }

    #[test]
    fn of_a_network_of_usual_size_what_gains_is_transformed() {
        let (forms, bytes) = bytes(&CIFAR10_32, 32);
        assert_eq!(forms.other, Form::Plain);
        // 32x32 and 16x16 in the wide form; 8x8 in one of both; 4x4 as far as there is room.
        assert!(bytes[..2].iter().all(|[_, narrow, plain]| [*narrow, *plain] == [0, 0]), "{bytes:?}");
        assert!(bytes[2][1] > 40_000_000 && bytes[2][2] == 0 && bytes[3][0] == 0, "{bytes:?}");
    }

    #[test]
    fn a_small_network_has_all_that_it_gains_by() {
        let (_, bytes) = bytes(&[32, 64, 64], 16);
        assert!(bytes[..2].iter().all(|[_, narrow, plain]| [*narrow, *plain] == [0, 0]), "{bytes:?}");
        assert!(bytes[2][1] > 0 && [bytes[2][0], bytes[2][2]] == [0, 0], "{bytes:?}");
    }

    #[test]
    fn of_a_large_network_the_layers_with_the_most_pixels_are_transformed() {
        let (forms, bytes) = bytes(&CELEBAHQ_256, 256);
        assert_eq!(forms.other, Form::Halves);
        assert!(
            bytes[..2].iter().all(|[wide, narrow, plain]| *wide > 20_000_000 && [*narrow, *plain] == [0, 0]),
            "{bytes:?}"
        );
        assert!(bytes[2][0] > 60_000_000 && bytes[2][2] == 0, "{bytes:?}");
        assert!(bytes[3][1] > 60_000_000 && bytes[3][0] == 0, "{bytes:?}");
        assert!(bytes[4..].iter().all(|[wide, narrow, _]| [*wide, *narrow] == [0, 0]), "{bytes:?}");
        let (config, _) = network(&CELEBAHQ_256, 256);
        let all = config.bytes_on_cpu();
        assert!((900_000_000..1_150_000_000).contains(&all), "{all}");
    }
}
