//! Fashion-MNIST's files: gzipped IDX, unsigned bytes.

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;

/// Pixels of an image.
pub const LEN: usize = 28 * 28;
/// Bytes before the first pixel: magic, count, rows and columns.
const HEADER: usize = 16;

/// The first `count` images in [-1, 1], one after the other.
pub fn read(path: &Path, count: usize) -> Result<Vec<f32>, Box<dyn Error>> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    GzDecoder::new(file).read_to_end(&mut bytes)?;
    let pixels = bytes.get(HEADER..HEADER + count * LEN).ok_or("the file holds fewer images")?;
    Ok(pixels.iter().map(|v| (f64::from(*v) / 127.5 - 1.0) as f32).collect())
}
