// diffusers' UNet2DModel as an ONNX graph of the nodes that torch.onnx writes for it: what onnxruntime-web runs in the benchmark.
// Only what the benchmark's networks have: SiLU, positional timesteps, class embeddings, convolutions that resample.
import { Graph } from "./onnx.mjs";

const LONGEST_PERIOD = 10000;

/**
 * The file of the network.
 *
 * @param config The content of unet/config.json.
 * @param tensors Every tensor by diffusers' name: `{ shape, values }`, f32.
 * @param batch Images at once.
 */
export function unetOnnx(config, tensors, batch) {
  return new UNet(config, tensors, batch).toFile();
}

class UNet {
  #graph = new Graph();
  #config;
  #tensors;
  #batch;
  #temb;

  constructor(config, tensors, batch) {
    this.#config = config;
    this.#tensors = tensors;
    this.#batch = batch;
  }

  toFile() {
    const { in_channels, out_channels, sample_size: side, num_class_embeds } = this.#config;
    const [batch, y] = [this.#batch, this.#forward()];
    const inputs = [
      ["sample", "float", [batch, in_channels, side, side]],
      ["timestep", "float", [batch]],
    ];
    if (num_class_embeds) inputs.push(["labels", "int64", [batch]]);
    return this.#graph.toFile(inputs, [[y, "float", [batch, out_channels, side, side]]]);
  }

  #forward() {
    const {
      block_out_channels: channels,
      down_block_types,
      up_block_types,
      layers_per_block,
      sample_size,
    } = this.#config;
    const last = channels.length - 1;
    this.#temb = this.#silu(this.#embedding());
    let side = sample_size;
    let h = this.#conv("sample", "conv_in");
    const skips = [h];
    for (const [i, type] of down_block_types.entries()) {
      for (let j = 0; j < layers_per_block; j++) {
        h = this.#layer(h, `down_blocks.${i}`, j, type, channels[i], side);
        skips.push(h);
      }
      if (i === last) continue;
      h = this.#downsample(h, `down_blocks.${i}.downsamplers.0.conv`);
      side = Math.ceil(side / 2);
      skips.push(h);
    }
    h = this.#resnet(h, "mid_block.resnets.0");
    if (this.#config.add_attention !== false) h = this.#attention(h, "mid_block.attentions.0", channels[last], side);
    h = this.#resnet(h, "mid_block.resnets.1");
    for (const [i, type] of up_block_types.entries()) {
      for (let j = 0; j <= layers_per_block; j++) {
        h = this.#graph.op("Concat", [h, skips.pop()], { axis: 1 });
        h = this.#layer(h, `up_blocks.${i}`, j, type, channels[last - i], side);
      }
      if (i === last) continue;
      h = this.#upsample(h, `up_blocks.${i}.upsamplers.0.conv`, channels[last - i], side);
      side *= 2;
    }
    return this.#conv(this.#silu(this.#norm(h, "conv_norm_out")), "conv_out", {}, "prediction");
  }

  #embedding() {
    const { block_out_channels, freq_shift, flip_sin_to_cos, num_class_embeds } = this.#config;
    const half = block_out_channels[0] / 2;
    const frequency = (_, k) => Math.exp((-Math.log(LONGEST_PERIOD) * k) / (half - freq_shift));
    const frequencies = this.#graph.floats("frequencies", [1, half], Float32Array.from({ length: half }, frequency));
    const angles = this.#graph.op("Mul", [this.#reshape("timestep", [-1, 1]), frequencies]);
    const parts = [this.#graph.op("Sin", [angles]), this.#graph.op("Cos", [angles])];
    const features = this.#graph.op("Concat", flip_sin_to_cos ? parts.reverse() : parts, { axis: 1 });
    const time = this.#linear(this.#silu(this.#linear(features, "time_embedding.linear_1")), "time_embedding.linear_2");
    if (!num_class_embeds) return time;
    return this.#graph.op("Add", [time, this.#graph.op("Gather", [this.#weight("class_embedding.weight"), "labels"])]);
  }

  #layer(x, block, index, type, channels, side) {
    const h = this.#resnet(x, `${block}.resnets.${index}`);
    return type.startsWith("Attn") ? this.#attention(h, `${block}.attentions.${index}`, channels, side) : h;
  }

  #resnet(x, name) {
    const shortcut = this.#tensors.has(`${name}.conv_shortcut.weight`)
      ? this.#conv(x, `${name}.conv_shortcut`, { kernel_shape: [1, 1], pads: [0, 0, 0, 0] })
      : x;
    const time = this.#linear(this.#temb, `${name}.time_emb_proj`);
    const channels = this.#tensors.get(`${name}.time_emb_proj.bias`).shape[0];
    const h = this.#conv(this.#silu(this.#norm(x, `${name}.norm1`)), `${name}.conv1`);
    const timed = this.#graph.op("Add", [h, this.#reshape(time, [this.#batch, channels, 1, 1])]);
    const y = this.#conv(this.#silu(this.#norm(timed, `${name}.norm2`)), `${name}.conv2`);
    return this.#graph.op("Add", [shortcut, y]);
  }

  #attention(x, name, channels, side) {
    const pixels = side * side;
    const headDim = this.#config.attention_head_dim ?? channels;
    const heads = channels / headDim;
    const flat = this.#reshape(this.#norm(x, `${name}.group_norm`), [this.#batch, channels, pixels]);
    const rows = this.#graph.op("Transpose", [flat], { perm: [0, 2, 1] });
    const [q, k, v] = ["to_q", "to_k", "to_v"].map((part) => {
      const projected = this.#reshape(this.#matmul(rows, `${name}.${part}`), [this.#batch, pixels, heads, headDim]);
      return this.#graph.op("Transpose", [projected], { perm: part === "to_k" ? [0, 2, 3, 1] : [0, 2, 1, 3] });
    });
    const scaled = this.#graph.op("Mul", [q, this.#graph.scalar(headDim ** -0.5)]);
    const fit = this.#graph.op("Softmax", [this.#graph.op("MatMul", [scaled, k])], { axis: -1 });
    const mixed = this.#graph.op("Transpose", [this.#graph.op("MatMul", [fit, v])], { perm: [0, 2, 1, 3] });
    const out = this.#matmul(this.#reshape(mixed, [this.#batch, pixels, channels]), `${name}.to_out.0`);
    const back = this.#graph.op("Transpose", [out], { perm: [0, 2, 1] });
    return this.#graph.op("Add", [this.#reshape(back, [this.#batch, channels, side, side]), x]);
  }

  #downsample(x, name) {
    const before = this.#config.downsample_padding;
    return this.#conv(x, name, { strides: [2, 2], pads: [before, before, 1, 1] });
  }

  #upsample(x, name, channels, side) {
    const sizes = this.#graph.integers([this.#batch, channels, 2 * side, 2 * side]);
    const how = { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
    return this.#conv(this.#graph.op("Resize", [x, "", "", sizes], how), name);
  }

  #conv(x, name, attributes = {}, output) {
    const weights = [this.#weight(`${name}.weight`), this.#weight(`${name}.bias`)];
    const all = { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1], ...attributes };
    return this.#graph.op("Conv", [x, ...weights], all, ...(output ? [[output]] : []));
  }

  /** GroupNorm, as torch.onnx writes it: an InstanceNormalization of the groups, then scale and shift. */
  #norm(x, name) {
    const { norm_num_groups: groups, norm_eps } = this.#config;
    const channels = this.#tensors.get(`${name}.weight`).shape[0];
    const [gamma, beta] = ["weight", "bias"].map((part) => this.#weight(`${name}.${part}`, [channels, 1, 1]));
    const ones = this.#once("ones", new Float32Array(groups).fill(1));
    const zeros = this.#once("zeros", new Float32Array(groups));
    const grouped = this.#reshape(x, [0, groups, -1]);
    const normed = this.#graph.op("InstanceNormalization", [grouped, ones, zeros], { epsilon: { float: norm_eps } });
    const back = this.#graph.op("Reshape", [normed, this.#graph.op("Shape", [x])]);
    return this.#graph.op("Add", [this.#graph.op("Mul", [back, gamma]), beta]);
  }

  #silu(x) {
    return this.#graph.op("Mul", [x, this.#graph.op("Sigmoid", [x])]);
  }

  #linear(x, name) {
    return this.#graph.op("Gemm", [x, this.#weight(`${name}.weight`), this.#weight(`${name}.bias`)], { transB: 1 });
  }

  /** A linear layer of more than two dimensions: torch.onnx stores its weight transposed. */
  #matmul(x, name) {
    const { shape, values } = this.#tensors.get(`${name}.weight`);
    const [outputs, inputs] = shape;
    const turned = Float32Array.from(values, (_, i) => values[(i % outputs) * inputs + Math.floor(i / outputs)]);
    const weight = this.#graph.floats(`${name}.weight`, [inputs, outputs], turned);
    return this.#graph.op("Add", [this.#graph.op("MatMul", [x, weight]), this.#weight(`${name}.bias`)]);
  }

  #reshape(x, dims) {
    return this.#graph.op("Reshape", [x, this.#graph.integers(dims)]);
  }

  #weight(name, dims) {
    const { shape, values } = this.#tensors.get(name);
    return this.#once(name, values, dims ?? shape);
  }

  #stored = new Set();
  #once(name, values, dims = [values.length]) {
    if (!this.#stored.has(name)) this.#graph.floats(name, dims, values);
    this.#stored.add(name);
    return name;
  }
}
