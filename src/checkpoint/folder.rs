//! A diffusers folder on a native machine's disk. In the browser the files are fetched by `www/src/api/files.ts`.

use std::fs;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

use serde_json::Value;

use super::files::Files;

/// Where a network's files are, the first that is there.
const NETWORKS: [&str; 3] = ["unet", ".", "unet_ema"];
const WEIGHTS: [&str; 4] = [
    "diffusion_pytorch_model.fp16.safetensors",
    "diffusion_pytorch_model.safetensors",
    "diffusion_pytorch_model.fp16.bin",
    "diffusion_pytorch_model.bin",
];
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
    /// Reads `unet/config.json` (or `config.json`, or `unet_ema/config.json`), the weights beside it in one file, and where they are
    /// there `scheduler/scheduler_config.json` (or `scheduler_config.json`), `labels.json`, `analytic_dpm.json` and `vdm.json`. Which pipeline
    /// `model_index.json` names is not checked.
    ///
    /// # Errors
    /// Names the file that is absent, cannot be read, or is no JSON.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref();
        let network = NETWORKS.map(|part| folder.join(part));
        let network = network.iter().find(|part| part.join("config.json").is_file()).unwrap_or(&network[0]);
        let weights = WEIGHTS.map(|name| network.join(name));
        let weights = weights.iter().find(|path| path.is_file()).unwrap_or(&weights[1]);
        let scheduler = SCHEDULERS.iter().find(|name| folder.join(name).is_file());
        let optional = |name: &str| Some(folder.join(name)).filter(|path| path.is_file()).map(|path| json(&path));
        Ok(Self {
            config: json(&network.join("config.json"))?,
            weights: fs::read(weights).map_err(|error| named(weights, error.kind(), error))?,
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

fn json(path: &Path) -> Result<Value> {
    let text = fs::read(path).map_err(|error| named(path, error.kind(), error))?;
    serde_json::from_slice(&text).map_err(|error| named(path, ErrorKind::InvalidData, error))
}

fn named(path: &Path, kind: ErrorKind, cause: impl std::fmt::Display) -> Error {
    Error::new(kind, format!("{}: {cause}", path.display()))
}
