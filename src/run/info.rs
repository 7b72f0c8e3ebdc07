//! A network's public description.

use serde_json::{Value, json};

use super::network::Network;

const SCHEDULER_MISSING: &str = "the model has no scheduler_config.json, so diffusers' defaults are taken: 1000 timesteps, linear betas from 0.0001 to 0.02, a network that predicts the noise; if it was trained otherwise, its pictures are wrong";

impl Network {
    /// The public description: `shape` [C, H, W], `parameters`, `scheduler`, `hasAnalytic`, `warnings`, and where there are any
    /// `labels`, `classes` and `noClass`.
    pub fn info(&self) -> Value {
        let shape = self.shape(1);
        let mut info = json!({
            "shape": [shape.channels, shape.height, shape.width],
            "parameters": self.unet.num_params(),
            "scheduler": self.scheduler.config,
            "hasAnalytic": self.scheduler.mean_sq_eps.is_some(),
            "warnings": self.warnings(),
        });
        self.labels.describe(&mut info);
        info
    }

    /// What was taken for granted when the model was read, each with a `code` and a `message`.
    fn warnings(&self) -> Vec<Value> {
        let mut warnings = Vec::new();
        if !self.scheduled {
            warnings.push(json!({ "code": "scheduler-missing", "message": SCHEDULER_MISSING }));
        }
        if let Some(class) = self.scheduler.foreign {
            let message = format!(
                "the model's scheduler is {class}: its betas and its kind of prediction are taken, but not its sampler, which is one of unnoise's own"
            );
            warnings.push(json!({ "code": "scheduler-class", "message": message }));
        }
        warnings
    }
}
