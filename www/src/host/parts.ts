/** Small networks, each of which has one kind of operation more than the first. */

/** Convolutions, group norms and SiLU, at one resolution. */
const PLAIN = {
  act_fn: "silu",
  add_attention: false,
  attention_head_dim: 8,
  block_out_channels: [32],
  down_block_types: ["DownBlock2D"],
  in_channels: 3,
  layers_per_block: 1,
  norm_num_groups: 8,
  out_channels: 3,
  sample_size: 16,
  up_block_types: ["UpBlock2D"],
};

/** The same at two resolutions. */
const LEVELS = {
  ...PLAIN,
  block_out_channels: [32, 32],
  down_block_types: ["DownBlock2D", "DownBlock2D"],
  up_block_types: ["UpBlock2D", "UpBlock2D"],
};

/** The content of a config.json, and what a network of it shows. */
export interface Part {
  name: string;
  config: typeof PLAIN & Record<string, unknown>;
}

/** What is asked of every back end. */
export const PARTS: readonly Part[] = [
  { name: "convolutions, group norms, SiLU", config: PLAIN },
  {
    name: "self-attention",
    config: { ...PLAIN, down_block_types: ["AttnDownBlock2D"], up_block_types: ["AttnUpBlock2D"] },
  },
  { name: "half and double size by convolutions", config: LEVELS },
  {
    name: "half and double size by residual blocks",
    config: { ...LEVELS, downsample_type: "resnet", upsample_type: "resnet" },
  },
  { name: "scale and shift by the timestep", config: { ...PLAIN, resnet_time_scale_shift: "scale_shift" } },
  { name: "GELU", config: { ...PLAIN, act_fn: "gelu" } },
  { name: "Mish", config: { ...PLAIN, act_fn: "mish" } },
  { name: "ReLU", config: { ...PLAIN, act_fn: "relu" } },
];
