// A U-Net that is as small as one can be and still has every part: two levels, attention, classes, a shortcut, a down- and
// an upsampler. Its weights come from a formula, so that it needs no file.

const CHANNELS = [8, 16];

/** The content of unet/config.json. */
export const tinyConfig = {
  _class_name: "UNet2DModel",
  act_fn: "silu",
  add_attention: true,
  attention_head_dim: null,
  block_out_channels: CHANNELS,
  center_input_sample: false,
  down_block_types: ["DownBlock2D", "AttnDownBlock2D"],
  downsample_padding: 0,
  flip_sin_to_cos: false,
  freq_shift: 1,
  in_channels: 1,
  layers_per_block: 1,
  mid_block_scale_factor: 1,
  norm_eps: 1e-6,
  norm_num_groups: 4,
  num_class_embeds: 3,
  out_channels: 1,
  sample_size: 8,
  time_embedding_type: "positional",
  up_block_types: ["AttnUpBlock2D", "UpBlock2D"],
};

/** The content of scheduler/scheduler_config.json. */
export const tinyScheduler = {
  _class_name: "DDPMScheduler",
  beta_end: 0.02,
  beta_schedule: "linear",
  beta_start: 0.0001,
  clip_sample: true,
  num_train_timesteps: 1000,
  prediction_type: "epsilon",
  variance_type: "fixed_small",
};

/** Every tensor by diffusers' name, with its shape. */
function shapesOf(config) {
  const shapes = new Map();
  const { block_out_channels: widths, layers_per_block: layers, num_class_embeds: classes } = config;
  const time = 4 * widths[0];
  const linear = (name, out, from) => shapes.set(`${name}.weight`, [out, from]).set(`${name}.bias`, [out]);
  const conv = (name, out, from, size = 3) =>
    shapes.set(`${name}.weight`, [out, from, size, size]).set(`${name}.bias`, [out]);
  const norm = (name, channels) => shapes.set(`${name}.weight`, [channels]).set(`${name}.bias`, [channels]);
  const resnet = (name, out, from) => {
    norm(`${name}.norm1`, from);
    conv(`${name}.conv1`, out, from);
    linear(`${name}.time_emb_proj`, out, time);
    norm(`${name}.norm2`, out);
    conv(`${name}.conv2`, out, out);
    if (from !== out) conv(`${name}.conv_shortcut`, out, from, 1);
  };
  const attention = (name, channels) => {
    norm(`${name}.group_norm`, channels);
    for (const part of ["to_q", "to_k", "to_v", "to_out.0"]) linear(`${name}.${part}`, channels, channels);
  };

  const [first] = widths;
  const deepest = widths[widths.length - 1];
  conv("conv_in", first, config.in_channels);
  linear("time_embedding.linear_1", time, first);
  linear("time_embedding.linear_2", time, time);
  if (classes) shapes.set("class_embedding.weight", [classes, time]);

  widths.forEach((out, i) => {
    const block = `down_blocks.${i}`;
    for (let j = 0; j < layers; j++) {
      resnet(`${block}.resnets.${j}`, out, j === 0 ? widths[Math.max(i - 1, 0)] : out);
      if (config.down_block_types[i].startsWith("Attn")) attention(`${block}.attentions.${j}`, out);
    }
    if (i < widths.length - 1) conv(`${block}.downsamplers.0.conv`, out, out);
  });

  resnet("mid_block.resnets.0", deepest, deepest);
  if (config.add_attention) attention("mid_block.attentions.0", deepest);
  resnet("mid_block.resnets.1", deepest, deepest);

  const rising = widths.toReversed();
  rising.forEach((out, i) => {
    const block = `up_blocks.${i}`;
    const below = rising[Math.max(i - 1, 0)];
    const above = rising[Math.min(i + 1, rising.length - 1)];
    for (let j = 0; j <= layers; j++) {
      resnet(`${block}.resnets.${j}`, out, (j === 0 ? below : out) + (j === layers ? above : out));
      if (config.up_block_types[i].startsWith("Attn")) attention(`${block}.attentions.${j}`, out);
    }
    if (i < rising.length - 1) conv(`${block}.upsamplers.0.conv`, out, out);
  });

  norm("conv_norm_out", first);
  conv("conv_out", config.out_channels, first);
  return shapes;
}

/**
 * The weights as a safetensors file of f32.
 *
 * @param {(name: string, values: Float32Array) => void} [change] May change a tensor before it is written.
 * @param config Of a network with the same kinds of parts.
 */
export function tinyWeights(change = () => {}, config = tinyConfig) {
  const header = {};
  const parts = [];
  let end = 0;
  for (const [name, shape] of shapesOf(config)) {
    const values = formula(name, shape, parts.length);
    change(name, values);
    header[name] = { dtype: "F32", shape, data_offsets: [end, end + values.byteLength] };
    parts.push(new Uint8Array(values.buffer));
    end += values.byteLength;
  }
  return safetensors(header, parts);
}

/** The weights of a network that answers `eps` whatever it is asked. */
export function constantWeights(eps) {
  return tinyWeights((name, values) => {
    if (name === "conv_out.weight") values.fill(0);
    if (name === "conv_out.bias") values.fill(eps);
  });
}

/** A safetensors file: the length of the header, the header, the bytes. */
export function safetensors(header, parts) {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return Buffer.concat([length, json, ...parts]);
}

/** Sines, as large as a layer's inputs are many; the scales of the norms lie around 1. */
function formula(name, shape, phase) {
  const count = shape.reduce((product, size) => product * size, 1);
  const isScale = /norm.*\.weight$/.test(name);
  const size = isScale || name.endsWith(".bias") ? 0.1 : 1 / Math.sqrt(count / shape[0]);
  return new Float32Array(count).map((_, i) => (isScale ? 1 : 0) + size * Math.sin(1.7 * i + phase));
}
