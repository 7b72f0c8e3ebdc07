//! The conditions that join several fields of a network's configuration.

use super::config::{TimeEmbedding, UNetConfig};
use super::fields::Fields;
use super::layer_shapes::ResnetShape;
use super::level::{Level, LevelKind, SKIP_CHANNELS};
use crate::error::Error;

/// Most elements of one activation, and attention scores of one head, for one image. The scores are computed a few rows at a time: this bounds
/// the time, and not the memory.
const MOST_ELEMENTS: u64 = 1 << 27;

impl UNetConfig {
    /// The conditions that join several fields.
    ///
    /// # Errors
    /// `ConfigInvalid` for the field that does not suit the others.
    pub(super) fn check(&self, fields: &Fields) -> Result<(), Error> {
        let invalid = |field: &str, allowed: String| Err(fields.invalid(&[field], &allowed));
        self.check_groups(fields)?;
        let lowest = self.channels[self.channels.len() - 1];
        if self.mid.and_then(|mid| mid.attention_groups).is_some_and(|groups| !lowest.is_multiple_of(groups)) {
            return invalid("attn_norm_num_groups", format!("a divisor of the last of block_out_channels, {lowest}"));
        }
        let half = self.channels[0] / 2;
        if self.time_embedding == TimeEmbedding::Positional && half as f64 <= self.freq_shift {
            return invalid("freq_shift", format!("a number below half of the first of block_out_channels, {half}"));
        }
        if self.largest_input() > MOST_ELEMENTS {
            return invalid("sample_size", format!("at most {MOST_ELEMENTS} elements in a layer's input"));
        }
        (0..self.channels.len()).try_for_each(|level| self.check_attention(fields, level))?;
        self.check_skip_blocks(fields)?;
        self.check_k_blocks(fields)
    }

    /// Every normalisation has groups, and they divide its channels.
    fn check_groups(&self, fields: &Fields) -> Result<(), Error> {
        let plain = Level { attention: false, kind: LevelKind::Conv };
        let mut norms = vec![(plain.kind, self.channels[0], self.norm_num_groups)];
        let mut layer = |level: Level, shape: ResnetShape| {
            norms.extend((0..2).map(|place| (level.kind, shape.channels[place], shape.groups[place])));
            if level.attention {
                norms.push((level.kind, shape.channels[1], self.attention_shape(level).0));
            }
        };
        for level in 0..self.channels.len() {
            (0..self.layers_per_block).for_each(|index| layer(self.down[level], self.down_resnet(level, index)));
            (0..self.up_layers(level)).for_each(|index| layer(self.up[level], self.up_resnet(level, index)));
        }
        self.mid.into_iter().for_each(|mid| layer(plain, self.mid_resnet(mid)));

        // No groups of no channels: a division by zero in diffusers.
        let odd = norms.into_iter().find(|(_, channels, groups)| *groups == 0 || channels % groups != 0);
        let allowed = match odd {
            None => return Ok(()),
            Some((LevelKind::Conv | LevelKind::Resnet, _, groups)) => format!("multiples of norm_num_groups, {groups}"),
            Some((_, channels, groups)) => {
                format!(
                    "channels that divide into the groups of the blocks: one normalises {channels} in {groups} groups"
                )
            }
        };
        Err(fields.invalid(&["block_out_channels"], &allowed))
    }

    /// Heads and memory of one level's attention.
    fn check_attention(&self, fields: &Fields, level: usize) -> Result<(), Error> {
        let invalid = |field: &str, allowed: String| Err(fields.invalid(&[field], &allowed));
        let (channels, last) = (self.channels[level], self.channels.len() - 1);
        let mid_attends = level == last && self.mid.is_some_and(|mid| mid.attention);
        if !(self.down[level].attention || self.up[last - level].attention || mid_attends) {
            return Ok(());
        }
        if self.attention_head_dim.is_some_and(|dim| dim > channels) {
            return invalid("attention_head_dim", format!("an integer from 1 to the level's channels, {channels}"));
        }
        let pixels = self.pixels(level);
        // At most 2^20 pixels, so at most 2^40 scores.
        if pixels * pixels > MOST_ELEMENTS {
            return invalid("sample_size", format!("at most {MOST_ELEMENTS} attention scores in a head"));
        }
        Ok(())
    }

    /// The picture beside the image has three channels, and the image's resolution wherever a level adds to either.
    fn check_skip_blocks(&self, fields: &Fields) -> Result<(), Error> {
        let last = self.channels.len() - 1;
        let skip = |level: &Level| level.kind == LevelKind::Skip;
        // The last level adds nothing to the picture.
        let (down, up) = (&self.down[..last], &self.up[..last]);
        for (field, has_picture, channels) in [
            ("in_channels", down.iter().any(skip), self.in_channels),
            ("out_channels", up.iter().any(skip), self.out_channels),
        ] {
            if has_picture && channels != SKIP_CHANNELS {
                return Err(fields.invalid(&[field], &format!("{SKIP_CHANNELS} where blocks are skip blocks")));
            }
        }
        if down.iter().skip_while(|level| skip(level)).any(skip) {
            let allowed = "skip blocks at the highest resolutions only, or at the last level";
            return Err(fields.invalid(&["down_block_types"], allowed));
        }
        let mut from_first = self.up.iter().skip_while(|level| !skip(level));
        if !from_first.all(skip) {
            return Err(fields.invalid(&["up_block_types"], "no other blocks behind the first skip block"));
        }
        Ok(())
    }

    /// Encoder and decoder hand on as many outputs as the other takes, and a mirrored image has two pixels.
    fn check_k_blocks(&self, fields: &Fields) -> Result<(), Error> {
        let (levels, has_k) = (self.channels.len(), |level: &Level| level.kind == LevelKind::K);
        let all = || self.down.iter().chain(&self.up);
        if levels == 1 || !all().any(has_k) {
            return Ok(());
        }
        if !all().all(has_k) {
            return Err(
                fields.invalid(&["down_block_types"], "K blocks at every level, of up_block_types too, or none")
            );
        }
        if self.sample_size.iter().any(|side| side >> (levels - 1) < 2) {
            let least = 2 << (levels - 1);
            return Err(fields.invalid(&["sample_size"], &format!("sides from {least} where blocks are K blocks")));
        }
        Ok(())
    }
}
