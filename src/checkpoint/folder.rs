//! A diffusers folder on a native machine's disk. In the browser the files are fetched by `www/src/api/files.ts`.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

use serde_json::Value;

use super::files::Files;
use super::tensor::StoredTensor;
use super::weights;
use super::written::{Entry, with_header};

/// Where a network's files are, the first that is there.
const NETWORKS: [&str; 3] = ["unet", ".", "unet_ema"];
/// The name that diffusers gives to weights, without its ending.
const WEIGHTS: &str = "diffusion_pytorch_model";
/// The most files that one set of weights may be in.
const MOST_SHARDS: usize = 100;
const SCHEDULERS: [&str; 2] = ["scheduler/scheduler_config.json", "scheduler_config.json"];

/// The files of a diffusers folder, in memory.
#[derive(Debug, Clone)]
pub struct Folder {
    config: Value,
    weights: Vec<u8>,
    scheduler: Option<Value>,
    labels: Option<Value>,
    analytic: Option<Value>,
    vdm: Option<Value>,
}

impl Folder {
    /// Reads `unet/config.json` (or `config.json`, or `unet_ema/config.json`), the weights beside it, and where they are there
    /// `scheduler/scheduler_config.json` (or `scheduler_config.json`), `labels.json`, `analytic_dpm.json` and `vdm.json`. Which pipeline
    /// `model_index.json` names is not checked.
    ///
    /// The weights are a file of safetensors or of PyTorch, or several with an index; halves where there are such, as in the browser.
    ///
    /// # Errors
    /// Names the file that is absent, cannot be read, or is no JSON; of an index, also one that is damaged or has another's tensor.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        Self::open_any(folder.as_ref(), &[".fp16", ""])
    }

    /// The same with the weights of this variant alone, "ema" for example; "" stands for those without one.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn open_variant(folder: impl AsRef<Path>, variant: &str) -> Result<Self> {
        let dotted = if variant.is_empty() { String::new() } else { format!(".{variant}") };
        Self::open_any(folder.as_ref(), &[&dotted])
    }

    fn open_any(folder: &Path, variants: &[&str]) -> Result<Self> {
        let network = NETWORKS.map(|part| folder.join(part));
        let network = network.iter().find(|part| part.join("config.json").is_file()).unwrap_or(&network[0]);
        let scheduler = SCHEDULERS.iter().find(|name| folder.join(name).is_file());
        let optional = |name: &str| Some(folder.join(name)).filter(|path| path.is_file()).map(|path| json(&path));
        Ok(Self {
            config: json(&network.join("config.json"))?,
            weights: weights(network, variants)?,
            scheduler: scheduler.map(|name| json(&folder.join(name))).transpose()?,
            labels: optional("labels.json").transpose()?,
            analytic: optional("analytic_dpm.json").transpose()?,
            vdm: optional("vdm.json").transpose()?,
        })
    }

    /// What [`Network::load`](crate::run::Network::load) takes.
    pub fn files(&self) -> Files<'_> {
        Files {
            config: &self.config,
            weights: (&self.weights).into(),
            scheduler: self.scheduler.as_ref(),
            labels: self.labels.as_ref(),
            analytic: self.analytic.as_ref(),
            vdm: self.vdm.as_ref(),
        }
    }
}

/// The likeliest weights in a folder: whole ones before shards, safetensors before PyTorch's files.
fn weights(folder: &Path, variants: &[&str]) -> Result<Vec<u8>> {
    let of_kind = |ending: &'static str| {
        let whole = variants.iter().map(move |variant| format!("{WEIGHTS}{variant}.{ending}"));
        whole.chain(variants.iter().map(move |variant| format!("{WEIGHTS}.{ending}.index{variant}.json")))
    };
    let paths: Vec<_> = ["safetensors", "bin"].into_iter().flat_map(of_kind).map(|name| folder.join(name)).collect();
    match paths.iter().find(|path| path.is_file()) {
        Some(index) if index.extension().is_some_and(|ending| ending == "json") => shards(index),
        Some(path) => bytes(path),
        // The error names the plain one, which is the last of the whole ones.
        None => bytes(&paths[variants.len() - 1]),
    }
}

/// The weights that an index beside them names, as one file.
fn shards(index: &Path) -> Result<Vec<u8>> {
    let is_shard = |name: &&str| name.ends_with(".safetensors") || name.ends_with(".bin");
    let is_beside = |name: &&str| !name.contains(['/', '\\', ':']);
    let map = json(index)?;
    let names = map["weight_map"].as_object().map(|map| map.values().map(Value::as_str));
    let names: BTreeSet<&str> = names.and_then(Iterator::collect).unwrap_or_default();
    if names.is_empty() || names.len() > MOST_SHARDS || !names.iter().all(|name| is_shard(name) && is_beside(name)) {
        let cause =
            format!("`weight_map` must name a file of weights beside it for each tensor, at most {MOST_SHARDS}");
        return Err(named(index, ErrorKind::InvalidData, cause));
    }
    let files = names.into_iter().map(|name| {
        let path = index.with_file_name(name);
        Ok((path.clone(), bytes(&path)?))
    });
    let files = files.collect::<Result<Vec<_>>>()?;
    let (mut tensors, mut known) = (Vec::new(), BTreeSet::new());
    for (path, file) in &files {
        let read = weights::read(file).map_err(|error| named(path, ErrorKind::InvalidData, error))?;
        if let Some(twice) = read.iter().find(|tensor| !known.insert(tensor.name.clone())) {
            let cause = format!("has the tensor `{}` of another file too", twice.name);
            return Err(named(path, ErrorKind::InvalidData, cause));
        }
        tensors.extend(read);
    }
    Ok(stored_in_one(&tensors))
}

/// A safetensors file of tensors as they are stored.
fn stored_in_one(tensors: &[StoredTensor<'_>]) -> Vec<u8> {
    let rows: Vec<_> = tensors.iter().map(StoredTensor::rows).collect();
    let entries = tensors.iter().zip(&rows).map(|(tensor, rows)| Entry {
        name: &tensor.name,
        shape: &tensor.shape,
        dtype: tensor.dtype.name(),
        size: rows.len(),
    });
    let mut file = with_header(entries);
    rows.iter().for_each(|rows| file.extend_from_slice(rows));
    file
}

fn bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| named(path, error.kind(), error))
}

fn json(path: &Path) -> Result<Value> {
    let bytes = bytes(path)?;
    serde_json::from_slice(&bytes)
        .or_else(|error| match String::from_utf8(bytes) {
            Ok(text) => serde_json::from_str(&numbers_named(&text)),
            Err(_) => Err(error),
        })
        .map_err(|error| named(path, ErrorKind::InvalidData, error))
}

/// JSON as Python writes it: a number that JSON does not have becomes its name, so that a field which is read is refused by it.
fn numbers_named(text: &str) -> String {
    const NUMBERS: [&str; 3] = ["NaN", "-Infinity", "Infinity"];
    let (mut json, mut rest, mut is_string) = (String::with_capacity(text.len()), text, false);
    while let Some(next) = rest.chars().next() {
        let number = NUMBERS.iter().find(|number| !is_string && rest.starts_with(**number));
        let length = match (number, next) {
            (Some(number), _) => number.len(),
            // With what it escapes.
            (None, '\\') => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            (None, _) => next.len_utf8(),
        };
        let (part, after) = rest.split_at(length);
        match number {
            Some(number) => json.extend(["\"", number, "\""]),
            None => json.push_str(part),
        }
        is_string ^= next == '"';
        rest = after;
    }
    json
}

fn named(path: &Path, kind: ErrorKind, cause: impl std::fmt::Display) -> Error {
    Error::new(kind, format!("{}: {cause}", path.display()))
}
