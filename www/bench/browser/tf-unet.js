// The default network of a training on pictures (diffusers' UNet2DModel, channels 16, 32 and 32, one resnet per block, attention in the
// middle) in tf.js, with the mean square error and Adam: what a training step is compared with.

const CHANNELS = [16, 32, 32];
const GROUPS = 8;
const TIME = 64;
const HEAD = 8;

/** One step of the optimiser on fixed pictures of 16 x 16 pixels, and the count of weights. */
export function unetStep(tf, batch) {
  const weights = [];
  const variable = (shape, std) => {
    const made = tf.variable(std ? tf.randomNormal(shape, 0, std) : tf.zeros(shape));
    weights.push(made);
    return made;
  };
  const network = unet(tf, variable);
  const x = tf.randomNormal([batch, 16, 16, 3]);
  const target = tf.randomNormal([batch, 16, 16, 3]);
  const time = tf.randomNormal([batch, CHANNELS[0]]);
  const loss = () => network(x, time).sub(target).square().mean();
  const adam = tf.train.adam(3e-3);
  const step = () => {
    const found = adam.minimize(loss, true);
    found.dataSync();
    found.dispose();
  };
  step();
  return { step, parameters: weights.reduce((sum, { size }) => sum + size, 0) };
}

function unet(tf, variable) {
  const { conv, dense, norm, silu } = layers(tf, variable);
  const resnet = (inputs, outputs) => {
    const [norm1, conv1, embed] = [norm(inputs), conv(inputs, outputs, 3), dense(TIME, outputs)];
    const [norm2, conv2] = [norm(outputs), conv(outputs, outputs, 3)];
    const shortcut = inputs === outputs ? (x) => x : conv(inputs, outputs, 1);
    return (x, time) => {
      const h = conv1(silu(norm1(x))).add(embed(silu(time)).reshape([-1, 1, 1, outputs]));
      return conv2(silu(norm2(h))).add(shortcut(x));
    };
  };
  const [c0, c1, c2] = CHANNELS;
  const [time1, time2] = [dense(c0, TIME), dense(TIME, TIME)];
  const first = conv(3, c0, 3);
  const downs = [resnet(c0, c0), conv(c0, c0, 3, 2), resnet(c0, c1), conv(c1, c1, 3, 2), resnet(c1, c2)];
  const middle = [resnet(c2, c2), attention(tf, c2, { dense, norm }), resnet(c2, c2)];
  // Each takes the newest of what the way down has left.
  const ups = [
    [resnet(c2 + c2, c2), resnet(c2 + c1, c2), conv(c2, c2, 3)],
    [resnet(c2 + c1, c1), resnet(c1 + c0, c1), conv(c1, c1, 3)],
    [resnet(c1 + c0, c0), resnet(c0 + c0, c0)],
  ];
  const [lastNorm, last] = [norm(c0), conv(c0, 3, 3)];
  return (pictures, features) => {
    const time = time2(silu(time1(features)));
    const left = [first(pictures)];
    for (const layer of downs) left.push(layer(left[left.length - 1], time));
    let x = left[left.length - 1];
    for (const layer of middle) x = layer(x, time);
    for (const [one, two, widen] of ups) {
      for (const layer of [one, two]) x = layer(tf.concat([x, left.pop()], 3), time);
      if (widen) x = widen(tf.image.resizeNearestNeighbor(x, [2 * x.shape[1], 2 * x.shape[2]]));
    }
    return last(silu(lastNorm(x)));
  };
}

function layers(tf, variable) {
  const silu = (x) => x.mul(x.sigmoid());
  const conv = (inputs, outputs, side, stride = 1) => {
    const weight = variable([side, side, inputs, outputs], 1 / Math.sqrt(side * side * inputs));
    const bias = variable([outputs], 0);
    return (x) => tf.conv2d(x, weight, stride, "same").add(bias);
  };
  const dense = (inputs, outputs) => {
    const [weight, bias] = [variable([inputs, outputs], 1 / Math.sqrt(inputs)), variable([outputs], 0)];
    return (x) => x.matMul(weight).add(bias);
  };
  const norm = (channels) => {
    const [scale, shift] = [variable([channels], 1), variable([channels], 0)];
    return (x) => {
      const [batch, height, width] = x.shape;
      const groups = x.reshape([batch, height * width, GROUPS, channels / GROUPS]);
      const mean = groups.mean([1, 3], true);
      const centred = groups.sub(mean);
      const variance = centred.square().mean([1, 3], true);
      return centred.div(variance.add(1e-5).sqrt()).reshape(x.shape).mul(scale).add(shift);
    };
  };
  return { conv, dense, norm, silu };
}

function attention(tf, channels, { dense, norm }) {
  const heads = channels / HEAD;
  const [normed, query, key, value, out] = [norm(channels), ...[0, 1, 2, 3].map(() => dense(channels, channels))];
  return (x) => {
    const [batch, height, width] = x.shape;
    const rows = normed(x).reshape([batch * height * width, channels]);
    const split = (y) => y.reshape([batch, height * width, heads, HEAD]).transpose([0, 2, 1, 3]);
    const scores = tf.matMul(split(query(rows)), split(key(rows)), false, true).mul(1 / Math.sqrt(HEAD));
    const mixed = tf.matMul(scores.softmax(), split(value(rows))).transpose([0, 2, 1, 3]);
    return out(mixed.reshape([batch * height * width, channels]))
      .reshape(x.shape)
      .add(x);
  };
}
