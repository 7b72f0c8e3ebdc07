//! The tensors that a configuration asks for: names and shapes, as diffusers stores them.

use super::config::{ClassEmbedding, Resample, TimeEmbedding, TimeShift, UNetConfig};

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
        layout.resnet("mid_block.resnets.0", [lowest; 2]);
        layout.resnet("mid_block.resnets.1", [lowest; 2]);
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
        }
    }

    fn down_block(&mut self, index: usize) {
        let (config, name) = (self.config, format!("down_blocks.{index}"));
        for layer in 0..config.layers_per_block {
            self.layer(&name, layer, config.down_channels(index, layer), config.down[index].attention);
        }
        if index + 1 < config.channels.len() {
            self.resample(&format!("{name}.downsamplers.0"), config.channels[index], config.down[index].resample);
        }
    }

    fn up_block(&mut self, index: usize) {
        let (config, name) = (self.config, format!("up_blocks.{index}"));
        for layer in 0..=config.layers_per_block {
            self.layer(&name, layer, config.up_channels(index, layer), config.up[index].attention);
        }
        if index + 1 < config.channels.len() {
            let [_, outputs] = config.up_channels(index, 0);
            self.resample(&format!("{name}.upsamplers.0"), outputs, config.up[index].resample);
        }
    }

    fn layer(&mut self, block: &str, index: usize, channels: [usize; 2], attention: bool) {
        self.resnet(&format!("{block}.resnets.{index}"), channels);
        if attention {
            self.attention(&format!("{block}.attentions.{index}"), channels[1], true);
        }
    }

    fn resnet(&mut self, name: &str, [inputs, outputs]: [usize; 2]) {
        let projected = match self.config.time_shift {
            TimeShift::Add => outputs,
            TimeShift::ScaleShift => 2 * outputs,
        };
        self.norm(&format!("{name}.norm1"), inputs);
        self.conv(&format!("{name}.conv1"), inputs, outputs);
        self.linear(&format!("{name}.time_emb_proj"), self.config.time_embedding_dim, projected);
        self.norm(&format!("{name}.norm2"), outputs);
        self.conv(&format!("{name}.conv2"), outputs, outputs);
        if inputs != outputs {
            self.weight_and_bias(&format!("{name}.conv_shortcut"), &[outputs, inputs, 1, 1]);
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

    fn resample(&mut self, name: &str, channels: usize, kind: Resample) {
        match kind {
            Resample::Conv => self.conv(&format!("{name}.conv"), channels, channels),
            Resample::Resnet => self.resnet(name, [channels; 2]),
        }
    }
}
