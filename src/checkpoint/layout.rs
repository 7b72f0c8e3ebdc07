//! The tensors that a configuration asks for: names and shapes, as diffusers stores them.

use super::class_channels::TABLE;
use super::config::{ClassEmbedding, TimeEmbedding, TimeShift, UNetConfig};
use super::layer_shapes::{Inside, ResnetShape};
use super::level::{LevelKind, SKIP_CHANNELS};

/// A tensor's name and shape.
pub type Slot = (String, Vec<usize>);

/// Every tensor of the network of `config`.
pub fn slots(config: &UNetConfig) -> Vec<Slot> {
    let mut layout = Layout { config, slots: Vec::new() };
    let channels = &config.channels;
    layout.conditioning();
    layout.conv("conv_in", config.in_channels, channels[0]);
    for index in 0..channels.len() {
        layout.down_block(index);
        layout.up_block(index);
    }
    if let Some(mid) = config.mid {
        let lowest = channels[channels.len() - 1];
        layout.resnet("mid_block.resnets.0", config.mid_resnet(mid));
        layout.resnet("mid_block.resnets.1", config.mid_resnet(mid));
        if mid.attention {
            layout.attention("mid_block.attentions.0", lowest, mid.attention_groups.is_some());
        }
    }
    layout.norm("conv_norm_out", channels[0]);
    layout.conv("conv_out", channels[0], config.out_channels);
    layout.slots
}

/// Number of parameters of all tensors together.
pub fn num_params(slots: &[Slot]) -> usize {
    slots.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum()
}

struct Layout<'a> {
    config: &'a UNetConfig,
    slots: Vec<Slot>,
}

impl Layout<'_> {
    fn slot(&mut self, name: String, shape: &[usize]) {
        self.slots.push((name, shape.to_vec()));
    }

    fn weight_and_bias(&mut self, name: &str, shape: &[usize]) {
        self.slot(format!("{name}.weight"), shape);
        self.slot(format!("{name}.bias"), &shape[..1]);
    }

    fn conv(&mut self, name: &str, inputs: usize, outputs: usize) {
        self.weight_and_bias(name, &[outputs, inputs, 3, 3]);
    }

    fn linear(&mut self, name: &str, inputs: usize, outputs: usize) {
        self.weight_and_bias(name, &[outputs, inputs]);
    }

    fn norm(&mut self, name: &str, channels: usize) {
        self.weight_and_bias(name, &[channels]);
    }

    fn mlp(&mut self, name: &str, inputs: usize, outputs: usize) {
        self.linear(&format!("{name}.linear_1"), inputs, outputs);
        self.linear(&format!("{name}.linear_2"), outputs, outputs);
    }

    fn conditioning(&mut self) {
        let (first, width) = (self.config.channels[0], self.config.time_embedding_dim);
        match self.config.time_embedding {
            TimeEmbedding::Positional => {}
            TimeEmbedding::Fourier => self.slot("time_proj.weight".to_owned(), &[first]),
            TimeEmbedding::Learned { timesteps } => self.slot("time_proj.weight".to_owned(), &[timesteps, first]),
        }
        let features = self.config.time_features();
        self.mlp("time_embedding", features, width);
        match self.config.class_embedding {
            ClassEmbedding::None => {}
            ClassEmbedding::Table(rows) => self.slot("class_embedding.weight".to_owned(), &[rows, width]),
            ClassEmbedding::Timestep => self.mlp("class_embedding", features, width),
            ClassEmbedding::Channels(classes) => {
                let width = self.config.class_channels.as_ref().map_or(0, |channels| channels.width);
                self.slot(TABLE.to_owned(), &[classes, width]);
            }
        }
    }

    fn down_block(&mut self, index: usize) {
        let (config, name) = (self.config, format!("down_blocks.{index}"));
        let (level, channels) = (config.down[index], config.channels[index]);
        let shapes = (0..config.layers_per_block).map(|layer| config.down_resnet(index, layer));
        self.layers(&name, shapes.collect(), config.down_attentions(index));
        if index + 1 == config.channels.len() {
            return;
        }
        let resnet = |inside| config.resampling_resnet(level, channels, inside);
        match level.kind {
            LevelKind::Conv => self.conv(&format!("{name}.downsamplers.0.conv"), channels, channels),
            LevelKind::Resnet => self.resnet(&format!("{name}.downsamplers.0"), resnet(Inside::Halve)),
            LevelKind::Skip => {
                self.resnet(&format!("{name}.resnet_down"), resnet(Inside::HalveFiltered));
                self.weight_and_bias(&format!("{name}.skip_conv"), &[channels, SKIP_CHANNELS, 1, 1]);
            }
            LevelKind::K => {}
        }
    }

    fn up_block(&mut self, index: usize) {
        let (config, name) = (self.config, format!("up_blocks.{index}"));
        let (level, channels) = (config.up[index], config.up_outputs(index));
        let shapes = (0..config.up_layers(index)).map(|layer| config.up_resnet(index, layer));
        self.layers(&name, shapes.collect(), config.up_attentions(index));
        if index + 1 == config.channels.len() {
            return;
        }
        let resnet = |inside| config.resampling_resnet(level, channels, inside);
        match level.kind {
            LevelKind::Conv => self.conv(&format!("{name}.upsamplers.0.conv"), channels, channels),
            LevelKind::Resnet => self.resnet(&format!("{name}.upsamplers.0"), resnet(Inside::Double)),
            LevelKind::Skip => {
                self.resnet(&format!("{name}.resnet_up"), resnet(Inside::DoubleFiltered));
                self.norm(&format!("{name}.skip_norm"), channels);
                self.conv(&format!("{name}.skip_conv"), channels, SKIP_CHANNELS);
            }
            LevelKind::K => {}
        }
    }

    fn layers(&mut self, block: &str, shapes: Vec<ResnetShape>, attentions: usize) {
        for (index, shape) in shapes.iter().enumerate() {
            self.resnet(&format!("{block}.resnets.{index}"), *shape);
            if index < attentions {
                self.attention(&format!("{block}.attentions.{index}"), shape.channels[1], true);
            }
        }
    }

    fn resnet(&mut self, name: &str, shape: ResnetShape) {
        let ([inputs, outputs], width) = (shape.channels, self.config.time_embedding_dim);
        self.conv(&format!("{name}.conv1"), inputs, outputs);
        self.conv(&format!("{name}.conv2"), outputs, outputs);
        if shape.time_shift == TimeShift::Adaptive {
            self.linear(&format!("{name}.norm1.linear"), width, 2 * inputs);
            self.linear(&format!("{name}.norm2.linear"), width, shape.projected());
        } else {
            self.norm(&format!("{name}.norm1"), inputs);
            self.linear(&format!("{name}.time_emb_proj"), width, shape.projected());
            self.norm(&format!("{name}.norm2"), outputs);
        }
        if shape.has_shortcut() {
            let shortcut = [outputs, inputs, 1, 1];
            self.slot(format!("{name}.conv_shortcut.weight"), &shortcut);
            if shape.shortcut_has_bias() {
                self.slot(format!("{name}.conv_shortcut.bias"), &shortcut[..1]);
            }
        }
    }

    fn attention(&mut self, name: &str, channels: usize, normalised: bool) {
        let inner = self.config.attention_inner(channels);
        if normalised {
            self.norm(&format!("{name}.group_norm"), channels);
        }
        for part in ["to_q", "to_k", "to_v"] {
            self.linear(&format!("{name}.{part}"), channels, inner);
        }
        self.linear(&format!("{name}.to_out.0"), inner, channels);
    }
}
