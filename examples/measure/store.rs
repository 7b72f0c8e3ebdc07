//! Keeps what was measured, so that an interrupted measurement goes on where it stopped, and another table from the same
//! measurements costs nothing. The files lie in `target/measure`, named by all that they depend on.

use std::error::Error;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::collect::weights_path;

/// The numbers that are kept for the bundled model as it is and for this, or those that are measured now, and then kept.
pub fn kept(
    root: &Path,
    depends_on: &[&[u8]],
    measure: impl FnOnce() -> Result<Vec<f64>, Box<dyn Error>>,
) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut hash = Sha256::new();
    hash.update(fs::read(weights_path(root))?);
    depends_on.iter().for_each(|part| hash.update(part));
    let name: String = hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let path = root.join("target/measure").join(name);
    if let Ok(bytes) = fs::read(&path)
        && let (numbers, []) = bytes.as_chunks::<8>()
    {
        return Ok(numbers.iter().map(|eight| f64::from_le_bytes(*eight)).collect());
    }
    let numbers = measure()?;
    fs::create_dir_all(path.with_file_name(""))?;
    // Whole, or not at all.
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, numbers.iter().copied().flat_map(f64::to_le_bytes).collect::<Vec<u8>>())?;
    fs::rename(unfinished, &path)?;
    Ok(numbers)
}
