//! Measures the bundled model on Fashion-MNIST's test images: Analytic-DPM's table, the bound for every sampler and number
//! of steps, and how well encoding comes back.
//!
//!     cargo run --release --example measure -- FOLDER_OF_THE_IDX_FILES
//!     cargo run --release --example measure -- FOLDER_OF_THE_IDX_FILES editing
//!     cargo run --release --example measure -- FOLDER_OF_THE_IDX_FILES quality [SAMPLES [STEPS...]]
//!     cargo run --release --example measure -- FOLDER_OF_THE_IDX_FILES long [SAMPLES]
//!     cargo run --release --example measure -- FOLDER_OF_THE_IDX_FILES bits IMAGES MODEL...
//!
//! The images are those of Debian's package dataset-fashion-mnist. Writes `models/fashion-mnist/analytic_dpm.json`, the numbers and
//! their plot in `docs/likelihood/`, and the tables of `docs/likelihood.md`. It takes about one hour on one core. After an
//! interruption it continues. `editing`, in ten minutes: how well noise is removed, and how halves are filled in; the table and the picture of
//! `docs/editing.md`. `quality`: how near the pictures of each sampler are to the test images; the table of `docs/quality.md`, by default with
//! 500 samples of each sampler at 10, 20, 50 and 100 steps. `long`: whether 1,000 steps of the sampler that the page begins with are as good
//! as 100, by default with 100 samples of each. `bits`: the bounds of VDM and DDPM for models in any folders, as a table that it prints.

mod bits;
mod collect;
mod document;
mod editing;
mod features;
mod figure;
mod frechet;
mod images;
mod quality;
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
/// Images of the test set.
const TEST_IMAGES: usize = 10_000;
/// Images that are edited.
const EDITED: usize = 32;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = arguments.first().ok_or("name the folder of t10k-images-idx3-ubyte.gz")?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |count: usize| images::read(&PathBuf::from(folder).join("t10k-images-idx3-ubyte.gz"), count);
    match arguments.get(1).map(String::as_str) {
        None => measure(root, &read(EVALUATED + MADE_FROM)?),
        Some("editing") => measure_editing(root, &read(EDITED)?),
        Some("quality") => quality::measure(root, &read(TEST_IMAGES)?, &cells(&arguments[2..], 500)?),
        Some("long") => quality::measure_long(root, &read(TEST_IMAGES)?, cells(&arguments[2..], 100)?.samples),
        Some("bits") => {
            let count = arguments.get(2).ok_or("say how many images")?.parse()?;
            print!("{}", bits::table(root, &read(count)?, &arguments[3..])?);
            Ok(())
        }
        Some(other) => Err(format!("there is no part {other}; there are editing, quality, long and bits").into()),
    }
}

/// What a table of quality is of, as far as it is said.
fn cells(said: &[String], default: usize) -> Result<quality::Cells, Box<dyn Error>> {
    let mut numbers = said.iter().map(|number| number.parse()).collect::<Result<Vec<usize>, _>>()?.into_iter();
    let samples = numbers.next().unwrap_or(default);
    let steps: Vec<usize> = numbers.collect();
    Ok(quality::Cells { samples, steps: if steps.is_empty() { vec![10, 20, 50, 100] } else { steps } })
}

fn measure_editing(root: &Path, images: &[f32]) -> Result<(), Box<dyn Error>> {
    let network = editing::network(root)?;
    editing::inpainting(&network, images, &root.join("docs/editing-lower-half.png"))?;
    let table = editing::denoising(&network, images)?;
    print!("{table}");
    document::fill(&root.join("docs/editing.md"), "denoising", &table)
}

fn measure(root: &Path, images: &[f32]) -> Result<(), Box<dyn Error>> {
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
