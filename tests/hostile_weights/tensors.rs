//! Faults of the tensors themselves: formats, values, names, shapes, and another network than the configuration's.

use serde_json::json;
use unnoise::checkpoint::UNetConfig;
use unnoise::error::Error;
use unnoise::kernels::Device;
use unnoise::unet::UNet;

use super::file::{File, config, error_after, load, with_header};

#[test]
fn dtype_that_is_not_read() {
    let error = error_after(|file| file.entry("conv_in.bias")["dtype"] = json!("I32"));
    assert_eq!(error, Error::WeightsDtype { tensor: "conv_in.bias".to_owned(), dtype: "I32".to_owned() });
}

#[test]
fn weight_that_is_nan() {
    let error = error_after(|file| file.write_f32("conv_out.weight", 7, f32::NAN));
    let Error::WeightsNotFinite { tensor, index, value } = error else { panic!("{error:?}") };
    assert_eq!((tensor.as_str(), index), ("conv_out.weight", 7));
    assert!(value.is_nan(), "{value}");
}

#[test]
fn weight_that_is_infinite() {
    let error = error_after(|file| file.write_f32("conv_norm_out.bias", 1, f32::NEG_INFINITY));
    let tensor = "conv_norm_out.bias".to_owned();
    assert_eq!(error, Error::WeightsNotFinite { tensor, index: 1, value: f32::NEG_INFINITY });
}

#[test]
fn tensor_missing() {
    let error = error_after(|file| file.remove("conv_in.bias"));
    assert_eq!(error, Error::TensorMissing { tensor: "conv_in.bias".to_owned() });
}

#[test]
fn tensor_extra() {
    let error = error_after(|file| file.append("conv_in.scale"));
    assert_eq!(error, Error::TensorUnknown { tensor: "conv_in.scale".to_owned() });
}

#[test]
fn tensor_of_another_name() {
    let error = error_after(|file| file.rename("conv_in.bias", "conv_in.offset"));
    assert_eq!(error, Error::TensorMissing { tensor: "conv_in.bias".to_owned() });
}

#[test]
fn tensor_under_its_older_name_too() {
    let error = error_after(|file| file.append("mid_block.attentions.0.query.bias"));
    assert_eq!(error, Error::TensorUnknown { tensor: "mid_block.attentions.0.query.bias".to_owned() });
}

#[test]
fn tensor_misshapen() {
    let error = error_after(|file| file.entry("conv_in.weight")["shape"] = json!([4, 3, 1, 3]));
    let (tensor, found, expected) = ("conv_in.weight".to_owned(), vec![4, 3, 1, 3], vec![4, 1, 3, 3]);
    assert_eq!(error, Error::TensorShape { tensor, found, expected });
}

#[test]
fn config_contradicts_weights() {
    let mut config = config();
    config["block_out_channels"] = json!([8, 16]);
    let config = UNetConfig::from_json(&config).expect("a valid configuration");
    let error = UNet::load(&config, &File::intact().bytes(), &Device::Cpu).unwrap_err();
    assert!(
        matches!(error, Error::ConfigMismatch { tensors, wrong, .. } if 2 < wrong && wrong <= tensors),
        "{error:?}"
    );
}

#[test]
fn weights_of_no_tensors() {
    let error = load(&with_header("{}", b"")).unwrap_err();
    assert!(matches!(error, Error::ConfigMismatch { tensors, wrong, .. } if wrong == tensors), "{error:?}");
}
