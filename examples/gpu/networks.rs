//! The networks that are measured: their configurations, for weights do not change the time.

use serde_json::{Value, json};
use unnoise::checkpoint::UNetConfig;

/// A network, and how many images it is asked for at once.
pub struct Case {
    pub name: &'static str,
    pub config: UNetConfig,
    pub batches: &'static [usize],
}

/// The bundled networks, the benchmark's larger one, and cifar10-32's.
pub fn small() -> Vec<Case> {
    vec![
        Case::new(
            "Fashion-MNIST, 1.6 M",
            &bundled(include_str!("../../models/fashion-mnist/unet/config.json")),
            &[1, 16],
        ),
        Case::new("Emoji, 3.6 M", &bundled(include_str!("../../models/emoji/unet/config.json")), &[1, 16]),
        Case::new("larger, 6.5 M", &blocks(32, &[64, 128, 128], &[1], json!(8)), &[1, 16]),
        Case::new("cifar10-32's shape, 35.7 M", &blocks(32, &[128, 256, 256, 256], &[1], json!(null)), &[1, 16]),
    ]
}

/// The shape of google/ddpm-celebahq-256, 113.7 M, on small and on whole pictures.
pub fn large() -> Vec<Case> {
    let channels = [128, 128, 256, 256, 512, 512];
    vec![
        Case::new("celebahq-256's shape, 64x64", &blocks(64, &channels, &[4], json!(null)), &[1]),
        Case::new("celebahq-256's shape, 256x256", &blocks(256, &channels, &[4], json!(null)), &[1]),
    ]
}

impl Case {
    fn new(name: &'static str, config: &Value, batches: &'static [usize]) -> Self {
        Self { name, config: UNetConfig::from_json(config).expect("a configuration of ours"), batches }
    }
}

fn bundled(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// RGB images, with attention at the levels of these numbers.
fn blocks(size: usize, channels: &[usize], attention: &[usize], head_dim: Value) -> Value {
    let kinds = |with: &str, without: &str| -> Vec<String> {
        let kind = |level| if attention.contains(&level) { with } else { without };
        (0..channels.len()).map(|level| kind(level).to_owned()).collect()
    };
    let mut up = kinds("AttnUpBlock2D", "UpBlock2D");
    up.reverse();
    json!({
        "sample_size": size,
        "in_channels": 3,
        "out_channels": 3,
        "layers_per_block": 2,
        "block_out_channels": channels,
        "down_block_types": kinds("AttnDownBlock2D", "DownBlock2D"),
        "up_block_types": up,
        "norm_num_groups": 32,
        "attention_head_dim": head_dim,
    })
}
