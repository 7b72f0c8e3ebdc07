//! A training in a file, to go on from: a safetensors file of the parameters, their average and AdamW's moments.

use burn::tensor::{Device, Tensor, TensorData};

use super::optimiser::Optimiser;
use super::schedule_parameters::ScheduleParameters;
use crate::checkpoint::safetensors;
use crate::checkpoint::tensor::StoredTensor;
use crate::checkpoint::written::{self, safetensors_of};
use crate::error::Error;

const STEP: &str = "step";

/// Steps that an f32 still counts.
const MOST_STEPS: u64 = 1 << 24;

/// The file: the network's optimiser, and those of a learned schedule with their names. Before the first step there are no moments.
///
/// # Errors
/// `device`.
pub async fn write(
    network: &Optimiser,
    learned: impl Iterator<Item = (&str, &ScheduleParameters)>,
) -> Result<Vec<u8>, Error> {
    let mut tensors = vec![part(STEP, vec![network.step.min(MOST_STEPS) as f32])];
    let learned = learned.map(|(name, learned)| (&learned.optimiser, names(&format!("{name}."))));
    for (optimiser, names) in std::iter::once((network, names(""))).chain(learned) {
        let moments = optimiser.moments.iter().flatten();
        let parts = [&optimiser.parameters, &optimiser.average].into_iter().chain(moments);
        for (name, tensor) in names.iter().zip(parts) {
            tensors.push(part(name, read_back(tensor.clone()).await?));
        }
    }
    Ok(safetensors_of(&tensors))
}

fn names(of: &str) -> [String; 4] {
    ["parameters", "average", "moment_1", "moment_2"].map(|name| format!("{of}{name}"))
}

/// Puts the optimisers where the file says they were.
///
/// # Errors
/// `invalid-state` where the file is damaged or of another training.
pub fn resume<'a>(
    network: &mut Optimiser,
    mut learned: impl Iterator<Item = (&'static str, &'a mut ScheduleParameters)>,
    file: &[u8],
    device: &Device,
) -> Result<(), Error> {
    let tensors = safetensors::read(file).map_err(|error| invalid(format!("a file that is damaged: {error}")))?;
    let step = step_of(&tensors)?;
    restore(network, &tensors, &names(""), step, device)?;
    learned.try_for_each(|(name, learned)| {
        restore(&mut learned.optimiser, &tensors, &names(&format!("{name}.")), step, &Device::flex())
    })
}

fn step_of(tensors: &[StoredTensor]) -> Result<u64, Error> {
    let step = tensors.iter().find(|tensor| tensor.name == STEP && tensor.shape == [1]);
    let step = step.ok_or_else(|| invalid("a file without `step`".to_owned()))?.to_f32()?[0];
    if step >= 0.0 && step.fract() == 0.0 && step <= MOST_STEPS as f32 {
        return Ok(step as u64);
    }
    Err(invalid(format!("one of step {step}")))
}

fn restore(
    optimiser: &mut Optimiser,
    tensors: &[StoredTensor],
    names: &[String; 4],
    step: u64,
    device: &Device,
) -> Result<(), Error> {
    let count = optimiser.parameters.shape().num_elements();
    let part = |name: &str| -> Result<Tensor<1>, Error> {
        let tensor = tensors.iter().find(|tensor| tensor.name == name);
        let tensor = tensor.ok_or_else(|| invalid(format!("a file without `{name}`")))?;
        if tensor.shape != [count] {
            return Err(invalid(format!("one whose `{name}` is {:?} numbers, not {count}", tensor.shape)));
        }
        Ok(Tensor::from_data(TensorData::new(tensor.to_f32()?, [count]), device))
    };
    let [parameters, average, first, second] = names;
    let (parameters, average) = (part(parameters)?, part(average)?);
    let moments = if step > 0 { Some([part(first)?, part(second)?]) } else { None };
    (optimiser.parameters, optimiser.average, optimiser.moments) = (parameters, average, moments);
    optimiser.step = step;
    Ok(())
}

/// The numbers of a tensor, without blocking.
///
/// # Errors
/// `device`.
pub async fn read_back(tensor: Tensor<1>) -> Result<Vec<f32>, Error> {
    tensor.into_data_async().await.map_err(Error::device)?.try_into_vec::<f32>().map_err(Error::device)
}

fn part(name: &str, elements: Vec<f32>) -> written::Tensor {
    written::Tensor { name: name.to_owned(), shape: vec![elements.len()], elements }
}

fn invalid(found: String) -> Error {
    Error::invalid("state", found, "the state of a training with the same network and objective")
}
