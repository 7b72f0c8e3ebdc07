//! What a step of the bundled networks launches on hardware.

use unnoise::checkpoint::UNetConfig;
use unnoise::checkpoint::class_mix::ClassMix;
use unnoise::kernels::gpu::{Cost, Gpu, GpuState};
use unnoise::unet::UNet;

/// The most launches of a step: each takes some microseconds, whatever it does.
const MOST_LAUNCHES: usize = 100;

/// The most turns that one invocation goes through: each waits for memory, and a GPU has nothing else to do at batch 1.
const MOST_TURNS: u64 = 512;

#[test]
fn no_launch_of_a_bundled_network_is_long_at_batch_1() {
    let gpu = super::gpu_as(true);
    for text in [
        include_str!("../../models/emoji/unet/config.json"),
        include_str!("../../models/fashion-mnist/unet/config.json"),
    ] {
        let costs = costs(&gpu, text);
        assert!(costs.len() <= MOST_LAUNCHES, "{} launches", costs.len());
        for cost in costs {
            assert!(cost.turns <= MOST_TURNS, "{cost:?}");
        }
    }
}

/// The launches of one prediction of a network with these settings, for one image.
fn costs(gpu: &Gpu, config: &str) -> Vec<Cost> {
    let config = serde_json::from_str(config).expect("JSON");
    let unet = UNet::blank(&UNetConfig::from_json(&config).expect("a configuration"), gpu).expect("a network");
    let [channels, height, width] = unet.config().image_shape();
    let x = GpuState::upload(gpu, &vec![0.0; channels * height * width], [1, channels, height, width]);
    gpu.submit();
    unet.predict_on_gpu(gpu, &x, 500.0, 1, Some(&[ClassMix::one(0)])).expect("a prediction");
    let costs = gpu.recorded();
    gpu.submit();
    costs
}
