//! Replays what the fuzzer has found: each file of `fuzz/corpus/NAME/` is given to the target of that name. So the tests need no fuzzer.

use std::fs;
use std::path::Path;

#[path = "../fuzz/targets.rs"]
mod targets;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus");

/// The most that all files together may take, in bytes: they are in the repository.
const LARGEST: usize = 500_000;

#[test]
fn every_file_that_was_found_is_read_or_refused() {
    let mut bytes = 0;
    for (name, target) in targets::TARGETS {
        let mut files = 0;
        for entry in fs::read_dir(Path::new(CORPUS).join(name)).expect("a corpus for each target") {
            let path = entry.expect("an entry").path();
            let data = fs::read(&path).expect("a file");
            // A panic says which file it was.
            eprintln!("{}", path.display());
            target(&data);
            files += 1;
            bytes += data.len();
        }
        assert!(files >= 3, "{name} has {files} files");
    }
    assert!(bytes < LARGEST, "{bytes} bytes: minimise the corpora with `cargo fuzz cmin`");
}

#[test]
fn every_corpus_and_every_fuzz_target_is_in_the_list() {
    let names: Vec<&str> = targets::TARGETS.iter().map(|(name, _)| *name).collect();
    for (folder, end) in [(CORPUS.to_owned(), ""), (CORPUS.replace("corpus", "fuzz_targets"), ".rs")] {
        for entry in fs::read_dir(folder).expect("a folder") {
            let file = entry.expect("an entry").file_name().into_string().expect("a name");
            assert!(names.contains(&file.trim_end_matches(end)), "{file} has no target");
        }
    }
}
