//! Configurations that are wrong, each told by its field; and what `predict` does not take.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use serde_json::{Value, json};
use unnoise::checkpoint::config::{Activation, ClassEmbedding, TimeEmbedding};
use unnoise::checkpoint::{Folder, UNetConfig, layout};
use unnoise::error::Error;
use unnoise::kernels::Device;
use unnoise::options::PlanOptions;
use unnoise::run::Network;
use unnoise::unet::UNet;

const VARIANTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/unet_variants");

fn json_of(variant: &str) -> Value {
    let file = std::fs::read(format!("{VARIANTS}/{variant}/config.json")).expect("a golden file");
    serde_json::from_slice(&file).expect("JSON")
}

fn unet(variant: &str) -> UNet {
    let weights = std::fs::read(format!("{VARIANTS}/{variant}/diffusion_pytorch_model.safetensors"));
    let config = UNetConfig::from_json(&json_of(variant)).expect("a valid configuration");
    UNet::load(&config, &weights.expect("a golden file"), &Device::Cpu).expect("its weights")
}

/// The field that an error of code `code` names, after `field` was set to `value`.
fn field_of_error(code: &str, field: &str, value: Value) -> String {
    let mut config = json_of("plain");
    config[field] = value.clone();
    let error = UNetConfig::from_json(&config).expect_err(&format!("{field} = {value}"));
    assert_eq!(error.code(), code, "{field} = {value}: {error}");
    match error {
        Error::ConfigInvalid { field, .. } | Error::ConfigUnsupported { field, .. } => field,
        other => panic!("{other:?}"),
    }
}

#[test]
fn fields_out_of_range_are_invalid() {
    let cases = [
        ("sample_size", json!(0)),
        ("sample_size", json!(7)),
        ("sample_size", json!(8.5)),
        ("sample_size", json!([8])),
        ("sample_size", json!([8, 7])),
        ("sample_size", json!("8")),
        ("sample_size", Value::Null),
        ("in_channels", json!(-1)),
        ("in_channels", json!(1e300)),
        ("out_channels", json!(1_000_000)),
        ("layers_per_block", json!(0)),
        ("layers_per_block", json!(1_000_000)),
        ("block_out_channels", json!([])),
        ("block_out_channels", json!(vec![4; 11])),
        ("block_out_channels", json!([4, "8"])),
        ("block_out_channels", json!([3, 8])),
        ("norm_num_groups", json!(0)),
        ("norm_num_groups", Value::Null),
        ("norm_eps", json!(-1e-6)),
        ("freq_shift", json!(2000)),
        ("mid_block_type", json!(3)),
        ("class_embed_type", json!(1)),
        ("norm_eps", json!("small")),
        ("mid_block_scale_factor", json!(0)),
        ("attention_head_dim", json!(0)),
        ("attention_head_dim", json!(16)),
        ("attn_norm_num_groups", json!(3)),
        ("time_embedding_dim", json!(1e9)),
        ("num_class_embeds", json!(0)),
        ("downsample_padding", json!(2)),
        ("center_input_sample", json!("yes")),
        ("down_block_types", json!(["DownBlock2D"])),
        ("up_block_types", json!("UpBlock2D")),
        ("act_fn", json!(1)),
    ];
    for (field, value) in cases {
        assert_eq!(field_of_error("config-invalid", field, value.clone()), field, "{value}");
    }
}

#[test]
fn settings_that_are_not_computed_are_unsupported() {
    let cases = [
        ("_class_name", json!("UNet2DConditionModel")),
        ("act_fn", json!("tanh")),
        ("time_embedding_type", json!("spectral")),
        ("resnet_time_scale_shift", json!("spatial")),
        ("class_embed_type", json!("identity")),
        ("downsample_type", json!("fir")),
        ("down_block_types", json!(["DownBlock2D", "KCrossAttnDownBlock2D"])),
        ("up_block_types", json!(["CrossAttnUpBlock2D", "UpBlock2D"])),
    ];
    for (field, value) in cases {
        assert_eq!(field_of_error("config-unsupported", field, value.clone()), field, "{value}");
    }
}

#[test]
fn vectors_of_classes_that_are_known_are_a_table() {
    let mut config = json_of("plain");
    (config["class_embed_type"], config["num_class_embeds"]) = (json!("identity"), json!(7));
    let read = UNetConfig::from_json(&config).expect("a table of vectors");
    let slot = ("class_embedding.weight".to_owned(), vec![7, read.time_embedding_dim]);
    assert!(layout::slots(&read).contains(&slot));
}

#[test]
fn unknown_block_type_names_those_that_are_known() {
    let mut config = json_of("plain");
    config["down_block_types"] = json!(["DownBlock2D", "DownBlock3D"]);
    let error = UNetConfig::from_json(&config).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`down_block_types` in config.json is \"DownBlock3D\", which is not supported; \
         supported: DownBlock2D, AttnDownBlock2D, ResnetDownsampleBlock2D, SkipDownBlock2D, AttnSkipDownBlock2D, KDownBlock2D"
    );
}

#[test]
fn blocks_that_take_texts_are_refused_by_that() {
    let mut config = json_of("plain");
    config["up_block_types"] = json!(["KCrossAttnUpBlock2D", "UpBlock2D"]);
    let error = UNetConfig::from_json(&config).unwrap_err().to_string();
    assert!(error.ends_with("KUpBlock2D: no cross attention, which takes texts"), "{error}");
}

/// Each names the field, what is there and what would do.
#[test]
fn blocks_that_do_not_go_together_are_refused_by_their_field() {
    let field_of = |name: &str, changes: Value| {
        let mut config = json_of(name);
        for (field, value) in changes.as_object().expect("fields") {
            config[field] = value.clone();
        }
        match UNetConfig::from_json(&config) {
            Err(Error::ConfigInvalid { field, allowed, .. }) => (field, allowed),
            other => panic!("{changes}: {other:?}"),
        }
    };
    let cases = [
        ("skip_blocks", json!({ "in_channels": 4 }), "in_channels", "3 where blocks"),
        ("skip_blocks", json!({ "out_channels": 6 }), "out_channels", "3 where blocks"),
        ("skip_blocks", json!({ "block_out_channels": [2, 8] }), "block_out_channels", "2 in 0 groups"),
        ("skip_blocks", json!({ "block_out_channels": [4, 18] }), "block_out_channels", "18 in 4 groups"),
        (
            "skip_blocks_beside_others",
            json!({ "down_block_types": ["DownBlock2D", "SkipDownBlock2D", "DownBlock2D"] }),
            "down_block_types",
            "skip blocks at the highest resolutions",
        ),
        (
            "skip_blocks_beside_others",
            json!({ "up_block_types": ["SkipUpBlock2D", "SkipUpBlock2D", "UpBlock2D"] }),
            "up_block_types",
            "no other blocks behind",
        ),
        ("k_blocks", json!({ "block_out_channels": [64, 96] }), "block_out_channels", "64 in 3 groups"),
        ("k_blocks", json!({ "sample_size": 2 }), "sample_size", "sides from 4"),
        (
            "k_blocks",
            json!({ "up_block_types": ["UpBlock2D", "UpBlock2D"] }),
            "down_block_types",
            "K blocks at every level",
        ),
    ];
    for (name, changes, field, part) in cases {
        let (found, allowed) = field_of(name, changes.clone());
        assert!(found == field && allowed.contains(part), "{changes}: {found}, {allowed}");
    }
}

#[test]
fn configurations_that_ask_for_absurd_memory_are_invalid() {
    let mut config = json_of("plain");
    config["sample_size"] = json!(1024);
    config["block_out_channels"] = json!([4096, 4096]);
    let error = UNetConfig::from_json(&config).unwrap_err();
    assert!(matches!(&error, Error::ConfigInvalid { allowed, .. } if allowed.contains("elements")), "{error}");

    config["block_out_channels"] = json!([4, 8]);
    config["down_block_types"] = json!(["AttnDownBlock2D", "DownBlock2D"]);
    let error = UNetConfig::from_json(&config).unwrap_err();
    assert!(matches!(&error, Error::ConfigInvalid { allowed, .. } if allowed.contains("attention")), "{error}");
}

#[test]
fn what_is_no_object_is_no_configuration() {
    for value in [json!([]), json!(1), Value::Null, json!("x".repeat(1000))] {
        let error = UNetConfig::from_json(&value).unwrap_err();
        assert_eq!(error.code(), "config-invalid");
        assert!(error.to_string().len() < 200, "{error}");
    }
}

#[test]
fn absent_fields_take_the_defaults_of_diffusers() {
    let config = UNetConfig::from_json(&json!({ "sample_size": 32 })).expect("all others have defaults");
    assert_eq!(config.image_shape(), [3, 32, 32]);
    assert_eq!(config.channels, [224, 448, 672, 896]);
    assert_eq!((config.layers_per_block, config.norm_num_groups, config.downsample_padding), (2, 32, 1));
    assert_eq!((config.attention_head_dim, config.time_embedding_dim), (Some(8), 896));
    assert_eq!((config.flip_sin_to_cos, config.freq_shift, config.norm_eps), (true, 0.0, 1e-5));
    assert_eq!(config.down.iter().map(|level| level.attention).collect::<Vec<_>>(), [false, true, true, true]);
    assert_eq!(config.up.iter().map(|level| level.attention).collect::<Vec<_>>(), [true, true, true, false]);
    assert_eq!((config.time_embedding, config.activation), (TimeEmbedding::Positional, Activation::Silu));
    assert_eq!(config.class_embedding, ClassEmbedding::None);
}

#[test]
fn older_names_of_fields_are_read() {
    let older = json!({
        "image_size": 8, "in_channels": 1, "out_channels": 1, "num_res_blocks": 1, "block_channels": [4, 8],
        "down_blocks": ["UNetResDownBlock2D", "UNetResAttnDownBlock2D"],
        "up_blocks": ["UNetResAttnUpBlock2D", "UNetResUpBlock2D"], "downscale_freq_shift": 1, "resnet_num_groups": 2,
        "resnet_act_fn": "swish", "resnet_eps": 1e-6, "num_head_channels": null,
    });
    let present = json!({
        "sample_size": 8, "in_channels": 1, "out_channels": 1, "layers_per_block": 1, "block_out_channels": [4, 8],
        "down_block_types": ["DownBlock2D", "AttnDownBlock2D"], "up_block_types": ["AttnUpBlock2D", "UpBlock2D"],
        "freq_shift": 1, "norm_num_groups": 2, "act_fn": "silu", "norm_eps": 1e-6, "attention_head_dim": null,
    });
    assert_eq!(UNetConfig::from_json(&older), UNetConfig::from_json(&present));
    UNetConfig::from_json(&present).expect("a valid configuration");
}

/// Whole numbers may come as floating point, as JavaScript has no others.
#[test]
fn whole_numbers_may_be_floating_point() {
    let mut config = json_of("plain");
    config["sample_size"] = json!(8.0);
    assert_eq!(UNetConfig::from_json(&config), UNetConfig::from_json(&json_of("plain")));
}

/// The code and the message of the error of `predict`.
fn refused(variant: &str, x: &[f32], timesteps: &[f64], labels: Option<&[i64]>) -> (String, String) {
    let unet = unet(variant);
    let mut prediction = pin!(unet.predict(x, timesteps, labels));
    let Poll::Ready(answer) = prediction.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("the CPU answers at once")
    };
    let error = answer.expect_err("invalid arguments");
    (error.code(), error.to_string())
}

#[test]
fn images_of_another_size_are_invalid() {
    for length in [0, 1, 63, 65] {
        let (code, message) = refused("plain", &vec![0.0; length], &[1.0], None);
        assert_eq!(code, "invalid-x");
        assert!(message.contains("a multiple of 64 numbers, 1 x 8 x 8 for each image"), "{message}");
    }
}

#[test]
fn timesteps_out_of_range_are_invalid() {
    let many = [1.0; 3];
    for timesteps in [&[][..], &many, &[-1.0], &[f64::NAN], &[f64::INFINITY]] {
        assert_eq!(refused("plain", &[0.0; 64], timesteps, None).0, "invalid-t", "{timesteps:?}");
    }
    for timestep in [330.0, 0.5] {
        assert_eq!(refused("time_learned", &[0.0; 64], &[timestep], None).0, "invalid-t", "{timestep}");
    }
    assert_eq!(refused("time_fourier", &[0.0; 64], &[0.0], None).0, "invalid-t", "the logarithm of 0");
}

#[test]
fn a_run_that_would_ask_for_the_logarithm_of_0_is_refused_when_it_is_planned() {
    let network = |variant: &str| {
        let folder = Folder::open(format!("{VARIANTS}/{variant}")).expect("a folder");
        Network::load(folder.files(), &Device::Cpu).expect("a network")
    };
    let plan = |network: &Network, options: Value| {
        let options =
            PlanOptions::from_json(options.as_object().expect("an object"), network.scheduler()).expect("options");
        network.plan(&options)
    };
    let fourier = network("time_fourier");
    for options in [json!({ "steps": 10 }), json!({ "trajectory": [500, 0] })] {
        let error = plan(&fourier, options).expect_err("timestep 0");
        assert_eq!(error.code(), "invalid-trajectory");
        assert_eq!(
            error.to_string(),
            "`trajectory` is one with timestep 0; it must be one whose timesteps the network takes, each a finite number above 0"
        );
    }
    assert!(plan(&fourier, json!({ "steps": 10, "trajectory": "trailing" })).is_ok());
    assert!(plan(&network("plain"), json!({ "steps": 10 })).is_ok());
}

#[test]
fn labels_out_of_range_are_invalid() {
    for labels in [None, Some(&[][..]), Some(&[0, 1]), Some(&[5]), Some(&[-1]), Some(&[i64::MIN])] {
        let (code, message) = refused("class_embedding", &[0.0; 64], &[1.0], labels);
        assert_eq!(code, "invalid-labels", "{labels:?}");
        assert!(message.contains("an integer from 0 to 4"), "{message}");
    }
    assert_eq!(refused("plain", &[0.0; 64], &[1.0], Some(&[0])).0, "invalid-labels", "an unconditional network");
}

#[test]
fn attention_is_bounded_by_the_pixels_of_a_level_and_not_by_its_heads() {
    let mut config = json!({
        "sample_size": 256, "block_out_channels": [64, 128, 512], "attention_head_dim": 8, "layers_per_block": 1,
        "down_block_types": ["DownBlock2D", "DownBlock2D", "AttnDownBlock2D"],
        "up_block_types": ["AttnUpBlock2D", "UpBlock2D", "UpBlock2D"],
    });
    UNetConfig::from_json(&config).expect("64 heads over 64 x 64 pixels");
    config["sample_size"] = json!(512);
    let error = UNetConfig::from_json(&config).expect_err("128 x 128 pixels with attention");
    assert!(error.to_string().contains("at most 134217728 attention scores in a head"), "{error}");
}
