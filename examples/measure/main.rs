//! Measures the bundled model on Fashion-MNIST's test images: Analytic-DPM's table, the bound for every sampler and number
//! of steps, and how well encoding comes back.
//!
//!     cargo run --release --example measure -- FOLDER_OF_THE_IDX_FILES
//!
//! The images are those of Debian's package dataset-fashion-mnist. Writes `models/fashion-mnist/analytic_dpm.json`, the numbers and
//! their plot in `docs/likelihood/`, and the tables of `docs/likelihood.md`. It takes about one hour on one core. After an
//! interruption it continues.

mod collect;
mod document;
mod figure;
mod images;
mod reconstruct;
mod store;
mod table;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use unnoise::checkpoint::MeanSqEps;

/// Images that the bound is evaluated on: the first of the test set.
const EVALUATED: usize = 200;
/// Images after them that tables and trajectories are made from, so that none is judged on its own images.
const MADE_FROM: usize = 100;
/// Images that are encoded and decoded.
const ENCODED: usize = 16;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder of t10k-images-idx3-ubyte.gz")?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let images = images::read(&PathBuf::from(folder).join("t10k-images-idx3-ubyte.gz"), EVALUATED + MADE_FROM)?;
    let (evaluated, made_from) = images.split_at(EVALUATED * images::LEN);

    println!("measuring {} images at every timestep", EVALUATED + MADE_FROM);
    let made_from = collect::every_timestep(root, made_from, 1)?;
    let mean_sq_eps = MeanSqEps::from_timesteps(made_from.mean_sq_eps());
    let analytic = json!({ "mean_sq_eps": mean_sq_eps.entries(), "images": MADE_FROM, "first_test_image": EVALUATED });
    fs::write(root.join("models/fashion-mnist/analytic_dpm.json"), serde_json::to_string(&analytic)? + "\n")?;

    let evaluated_terms = collect::every_timestep(root, evaluated, 0)?;
    let rows = table::rows(root, &evaluated_terms, &made_from.means(), &mean_sq_eps, evaluated)?;
    let encoded = reconstruct::errors(root, &evaluated[..ENCODED * images::LEN])?;

    let docs = root.join("docs/likelihood");
    fs::create_dir_all(&docs)?;
    fs::write(
        docs.join("measured.json"),
        serde_json::to_string_pretty(&json!({ "rows": rows, "encoded": encoded }))? + "\n",
    )?;
    let document = root.join("docs/likelihood.md");
    document::fill(&document, "table", &table::markdown(&rows))?;
    document::fill(&document, "encoding", &reconstruct::markdown(&encoded, ENCODED))?;
    fs::write(docs.join("bits-per-dim.svg"), figure::svg(&rows))?;
    print!("{}\n{}", table::markdown(&rows), reconstruct::markdown(&encoded, ENCODED));
    Ok(())
}
