//! The CPU's own operations compute what plain burn operations compute, over many odd shapes.

mod images;
mod plain;
mod random;

use burn::tensor::Tensor;
use images::{assert_same, assert_within, image, into_tensor, numbers};
use plain::tensor;
use random::Random;
use unnoise::kernels::cpu::{
    Added, Convolution, Device, GroupNorm, Source, attention, concatenated, doubled, doubled_filtered, halved,
    halved_filtered,
};
use unnoise::kernels::{Activation, AttentionShape, ConvShape, Edge, Form, GroupNormShape};

/// Winograd's change of basis subtracts: it costs a digit.
const TOLERANCE_OF_WINOGRAD: f64 = 1e-5;

fn on_cpu(plain: &plain::GroupNorm) -> GroupNorm {
    GroupNorm::new(plain.shape, plain.gamma.clone(), plain.beta.clone(), &Device::Cpu)
}

fn convolution_on_cpu(plain: &plain::Convolution, form: Form) -> Convolution {
    Convolution::new(plain.shape, &plain.weights, &plain.bias, form, &Device::Cpu).divided_by(plain.divisor)
}

/// A norm, a skip connection, doubled pixels and what is added, each there or not, against the same of plain burn.
#[test]
fn convolution_is_that_of_plain_burn() {
    let random = &mut Random(1);
    for _ in 0..600 {
        let side = [1, 3][random.integer(0, 1)];
        let form = [Form::Wide, Form::Narrow, Form::Plain][random.integer(0, 2)];
        let (stride, padding) = [(1, (1, 1)), (1, (1, 1)), (2, (1, 1)), (2, (0, 1)), (1, (0, 0))][random.integer(0, 4)];
        let (stride, padding) = if side == 1 { (1, (0, 0)) } else { (stride, padding) };
        let (of_x, of_skip) = random.channels();
        let (inputs, outputs) = (of_x + of_skip, random.integer(1, 20));
        let shape = ConvShape { inputs, outputs, side, stride, padding };
        let [batch, height, width] = [random.integer(1, 3), random.integer(3, 11), random.integer(3, 11)];
        let doubled = random.integer(0, 3) == 0;

        let x = random.tensor([batch, height, width, of_x]);
        let skip = (of_skip > 0).then(|| random.tensor([batch, height, width, of_skip]));
        let norm = (random.integer(0, 1) == 1).then(|| {
            let shape = GroupNormShape { channels: inputs, groups: 1, eps: 1e-6, activation: random.activation() };
            plain::GroupNorm { shape, gamma: random.numbers(inputs), beta: random.numbers(inputs) }
        });
        let (weights, bias) = (random.numbers(shape.num_weights()), random.numbers(outputs));
        let sides = [height, width].map(|side| shape.output(if doubled { 2 * side } else { side }));
        let (is_channels, added) = match random.integer(0, 2) {
            0 => (false, None),
            1 => (true, Some(random.tensor([batch, 1, 1, outputs]))),
            _ => (false, Some(random.tensor([batch, sides[0], sides[1], outputs]))),
        };
        let divisor = [1.0, 1.0, 1.5][random.integer(0, 2)];

        let convolution = plain::Convolution { shape, weights, bias, divisor };
        let found = {
            let (x, skip, norm) = (image(x.clone()), skip.clone().map(image), norm.as_ref().map(on_cpu));
            let added = added.clone().map(image);
            let added = match &added {
                None => Added::Nothing,
                Some(channels) if is_channels => Added::Channels(channels),
                Some(image) => Added::Image(image),
            };
            let source = Source { x: &x, skip: skip.as_ref(), norm: norm.as_ref(), doubled };
            convolution_on_cpu(&convolution, form).forward(source, added)
        };
        let what = format!("{form:?} {shape:?} of {batch} x {height} x {width}, doubled {doubled}, {norm:?}");
        let expected = convolution.forward(plain::Source { x, skip, norm, doubled }, added);
        let is_winograd = form != Form::Plain && side == 3 && stride == 1 && padding == (1, 1);
        match is_winograd {
            true => assert_within(TOLERANCE_OF_WINOGRAD, found, expected, &what),
            false => assert_same(found, expected, &what),
        }
    }
}

/// A residual block's shortcut: what a 1x1 convolution makes of an image, and of the one behind it, is added.
#[test]
fn a_shortcut_is_what_its_convolution_adds() {
    let random = &mut Random(8);
    for _ in 0..100 {
        let (of_x, of_skip) = random.channels();
        let (inputs, outputs) = (random.integer(1, 20), random.integer(1, 20));
        let dims = [random.integer(1, 3), random.integer(2, 8), random.integer(2, 8)];
        let mut image_of = |channels| random.tensor([dims[0], dims[1], dims[2], channels]);
        let (x, shortcut_x) = (image_of(inputs), image_of(of_x));
        let shortcut_skip = (of_skip > 0).then(|| image_of(of_skip));
        let mut convolution = |shape: ConvShape, divisor| {
            let (weights, bias) = (random.numbers(shape.num_weights()), random.numbers(outputs));
            plain::Convolution { shape, weights, bias, divisor }
        };
        let main = convolution(ConvShape { inputs, outputs, side: 3, stride: 1, padding: (1, 1) }, 1.5);
        let shortcut = convolution(ConvShape::pointwise(of_x + of_skip, outputs), 1.0);

        let found = {
            let (x, shortcut_x, skip) = (image(x.clone()), image(shortcut_x.clone()), shortcut_skip.clone().map(image));
            let through = Source { skip: skip.as_ref(), ..Source::from(&shortcut_x) };
            let shortcut = convolution_on_cpu(&shortcut, Form::Plain);
            convolution_on_cpu(&main, Form::Wide).forward(Source::from(&x), Added::Through(&shortcut, through))
        };
        let added = shortcut.forward(plain::Source { skip: shortcut_skip, ..plain::Source::from(shortcut_x) }, None);
        let expected = main.forward(plain::Source::from(x), Some(added));
        assert_within(TOLERANCE_OF_WINOGRAD, found, expected, &format!("{:?} and {:?}", main.shape, shortcut.shape));
    }
}

#[test]
fn group_norm_is_that_of_plain_burn() {
    let random = &mut Random(2);
    for _ in 0..300 {
        let groups = random.integer(1, 8);
        let channels = groups * random.integer(1, 6);
        let eps = [1e-6, 1e-5, 0.1][random.integer(0, 2)];
        let shape = GroupNormShape { channels, groups, eps, activation: random.activation() };
        let dims @ [batch, height, width, _] =
            [random.integer(1, 3), random.integer(1, 9), random.integer(2, 9), channels];
        // Far from centred, so that a variance computed as a difference would show.
        let x = random.tensor(dims).add_scalar(3.0);

        let norm = plain::GroupNorm { shape, gamma: random.numbers(channels), beta: random.numbers(channels) };
        let what = format!("{shape:?} of {batch} x {height} x {width}");
        let expected = norm.forward(x.clone());
        assert_same(on_cpu(&norm).forward(Source::from(&image(x))), expected, &what);
    }
}

#[test]
fn attention_is_that_of_plain_burn() {
    let random = &mut Random(5);
    for _ in 0..200 {
        let shape = AttentionShape { heads: random.integer(1, 3), head_dim: random.integer(1, 20) };
        let [batch, height, width] = [random.integer(1, 3), random.integer(1, 7), random.integer(1, 7)];
        // Large enough for a softmax that is far from uniform.
        let x = random.tensor([batch, height, width, 3 * shape.inner()]).mul_scalar(3.0);
        let what = format!("{shape:?} of {batch} x {height} x {width}");
        let expected = plain::attention(x.clone(), shape);
        assert_same(attention(&image(x), shape), expected, &what);
    }
}

/// A scale and a shift of each image's channels behind the norm, as time comes into some residual blocks.
#[test]
fn scaled_group_norm_is_that_of_plain_burn() {
    let random = &mut Random(6);
    for _ in 0..200 {
        let groups = random.integer(1, 4);
        let (of_x, of_skip) = (groups * random.integer(1, 5), groups * random.integer(0, 3));
        let channels = of_x + of_skip;
        let shape = GroupNormShape { channels, groups, eps: 1e-5, activation: None };
        let [batch, height, width] = [random.integer(1, 3), random.integer(1, 6), random.integer(2, 6)];
        let x = random.tensor([batch, height, width, of_x]);
        let skip = (of_skip > 0).then(|| random.tensor([batch, height, width, of_skip]));
        let scale_shift = random.tensor([batch, 1, 1, 2 * channels]);
        let norm = plain::GroupNorm { shape, gamma: random.numbers(channels), beta: random.numbers(channels) };
        let activation = random.activation().unwrap_or(Activation::Relu);

        let found = {
            let (x, skip) = (image(x.clone()), skip.clone().map(image));
            let source = Source { skip: skip.as_ref(), ..Source::from(&x) };
            on_cpu(&norm).forward_scaled(source, &image(scale_shift.clone()), activation)
        };
        let expected = norm.forward_scaled(plain::concatenated(x, skip), &scale_shift, activation);
        assert_same(found, expected, &format!("{shape:?} of {batch} x {height} x {width}"));
    }
}

#[test]
fn pixels_are_moved_as_by_plain_burn() {
    let random = &mut Random(7);
    for _ in 0..100 {
        let [batch, height, width] = [random.integer(1, 3), 2 * random.integer(1, 4), 2 * random.integer(1, 4)];
        let (x, skip) = (random.integer(1, 9), random.integer(1, 9));
        let [x, skip] = [x, skip].map(|channels| random.tensor([batch, height, width, channels]));
        assert_same(halved(&image(x.clone())), plain::halved(x.clone()), "halved");
        assert_same(doubled(&image(x.clone())), plain::doubled(x.clone()), "doubled");
        for edge in [Edge::Zero, Edge::Mirror] {
            let what = format!("filtered, {edge:?}");
            assert_same(halved_filtered(&image(x.clone()), edge), plain::halved_filtered(&x, edge), &what);
            assert_same(doubled_filtered(&image(x.clone()), edge), plain::doubled_filtered(&x, edge), &what);
        }
        let both = concatenated(Source { skip: Some(&image(skip.clone())), ..Source::from(&image(x.clone())) });
        assert_same(both, plain::concatenated(x, Some(skip)), "two images");
    }
}

/// Sums of f32 over a large image keep their digits.
#[test]
fn group_norm_of_a_large_image_is_exact() {
    let random = &mut Random(4);
    let (side, channels) = (512, 2);
    let shape = GroupNormShape { channels, groups: 1, eps: 1e-6, activation: None };
    let x = random.tensor([1, side, side, channels]).add_scalar(1.0);

    let values: Vec<f64> = numbers(x.clone()).into_iter().map(f64::from).collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
    let exact: Vec<f32> = values.iter().map(|x| ((x - mean) / (variance + 1e-6).sqrt()) as f32).collect();

    let norm = GroupNorm::new(shape, vec![1.0; channels], vec![0.0; channels], &Device::Cpu);
    assert_same(norm.forward(Source::from(&image(x.clone()))), tensor(exact, x.dims()), "512 x 512");
}

/// Networks share images: what an operation reads must stay as it is.
#[test]
fn inputs_stay_as_they_are() {
    let random = &mut Random(3);
    let x: Tensor<4> = random.tensor([1, 4, 4, 24]);
    let before = numbers(x.clone());

    let image = image(x);
    let shape = GroupNormShape { channels: 24, groups: 2, eps: 1e-6, activation: Some(Activation::Silu) };
    let norm = GroupNorm::new(shape, vec![1.0; 24], vec![0.0; 24], &Device::Cpu);
    norm.forward(Source::from(&image));
    for shape in
        [ConvShape::pointwise(24, 24), ConvShape { inputs: 24, outputs: 24, side: 3, stride: 1, padding: (1, 1) }]
    {
        let convolution =
            Convolution::new(shape, &random.numbers(shape.num_weights()), &[0.0; 24], Form::Wide, &Device::Cpu);
        convolution.forward(Source::from(&image).normed(&norm), Added::Image(&image));
    }
    attention(&image, AttentionShape { heads: 2, head_dim: 4 });

    assert_eq!(numbers(into_tensor(image)), before);
}

#[test]
fn an_activation_of_one_number_is_that_of_a_tensor() {
    let x: Vec<f32> = (-40..=40).map(|i| i as f32 * 0.25).collect();
    for activation in [Activation::Silu, Activation::Mish, Activation::Gelu, Activation::Relu] {
        let expected = numbers(plain::activated(tensor(x.clone(), [x.len()]), activation));
        for (x, expected) in x.iter().zip(expected) {
            assert!((activation.of(*x) - expected).abs() < 2e-6, "{activation:?} of {x}");
        }
    }
}
