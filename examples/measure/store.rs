//! Keeps what was measured of a batch, so that an interrupted measurement goes on where it stopped, and another table from the
//! same measurements costs nothing. The files lie in `target/measure`, named by all that they depend on.

use std::fs;
use std::path::PathBuf;

use sha2::{Digest, Sha256};
use unnoise::measure::estimate::NoiseStrength;

use crate::collect::{Measurement, weights_path};

/// f64s of a measurement.
const FIELDS: usize = 4;

/// The place of one batch.
pub struct Slot {
    path: PathBuf,
    images: usize,
}

impl Slot {
    /// That of images measured with noise from `seed`, by the bundled model as it is.
    pub fn new(root: &std::path::Path, x0: &[f32], images: usize, seed: u64) -> std::io::Result<Self> {
        let mut hash = Sha256::new();
        hash.update(fs::read(weights_path(root))?);
        hash.update(seed.to_le_bytes());
        x0.iter().for_each(|x| hash.update(x.to_le_bytes()));
        let name: String = hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { path: root.join("target/measure").join(name), images })
    }

    /// What was kept: index image, then timestep.
    pub fn read(&self) -> Option<Vec<Vec<Measurement>>> {
        let bytes = fs::read(&self.path).ok()?;
        let (numbers, rest) = bytes.as_chunks::<8>();
        let numbers: Vec<f64> = numbers.iter().map(|eight| f64::from_le_bytes(*eight)).collect();
        let of_image = numbers.len() / self.images;
        let whole = rest.is_empty()
            && of_image > 0
            && of_image * self.images == numbers.len()
            && of_image.is_multiple_of(FIELDS);
        whole.then(|| {
            numbers.chunks_exact(of_image).map(|image| image.chunks_exact(FIELDS).map(from_fields).collect()).collect()
        })
    }

    /// Keeps it: whole, or not at all.
    pub fn write(&self, of_images: &[Vec<Measurement>]) -> std::io::Result<()> {
        let bytes: Vec<u8> = of_images.iter().flatten().flat_map(to_fields).flat_map(f64::to_le_bytes).collect();
        fs::create_dir_all(self.path.with_file_name(""))?;
        let unfinished = self.path.with_extension("unfinished");
        fs::write(&unfinished, bytes)?;
        fs::rename(unfinished, &self.path)
    }
}

fn to_fields(m: &Measurement) -> [f64; FIELDS] {
    [m.sq_error, m.noise.predicted, m.noise.added, m.decoder]
}

fn from_fields(fields: &[f64]) -> Measurement {
    Measurement {
        sq_error: fields[0],
        noise: NoiseStrength { predicted: fields[1], added: fields[2] },
        decoder: fields[3],
    }
}
