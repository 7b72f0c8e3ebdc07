//! Imports go down the list of ARCHITECTURE.md, and only down.

use std::fs;
use std::path::{Path, PathBuf};

/// For every folder of `src/`: the crates and folders it must not name.
const FORBIDDEN: [(&str, &[&str]); 6] = [
    (
        "src/math",
        &["burn", "wgpu", "wasm_bindgen", "js_sys", "serde_json", "crate::sampler", "crate::model", "crate::engine"],
    ),
    ("src/sampler", &["burn", "wasm_bindgen", "js_sys", "serde_json", "crate::model", "crate::engine"]),
    (
        "src/model",
        &["burn", "wgpu", "wasm_bindgen", "js_sys", "crate::sampler", "crate::math", "crate::engine", "crate::wasm"],
    ),
    ("src/kernels", &["wasm_bindgen", "js_sys", "crate::sampler", "crate::math", "crate::engine", "crate::model"]),
    ("src/engine", &["burn", "wgpu", "wasm_bindgen", "js_sys", "web_sys", "JsValue", "crate::wasm"]),
    ("src/error", &["burn", "wasm_bindgen", "js_sys", "crate::math", "crate::engine", "crate::model"]),
];

#[test]
fn imports_go_down_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (folder, forbidden) in FORBIDDEN {
        for file in rust_files(&root.join(folder)) {
            let text = fs::read_to_string(&file).expect("a file that was just listed can be read");
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            for line in code {
                let named = forbidden.iter().find(|name| names(line, name));
                assert!(named.is_none(), "{} names {}: {line}", file.display(), named.unwrap_or(&""));
            }
        }
    }
}

#[test]
fn the_check_sees_a_forbidden_import() {
    assert!(names("use burn::tensor::Tensor;", "burn"));
    assert!(!names("let burner = 1;", "burn"));
}

/// Whether the line holds the name as a path's beginning.
fn names(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + name.len()..].chars().next();
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

fn rust_files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let Ok(entries) = fs::read_dir(path) else { return Vec::new() };
    entries
        .flatten()
        .flat_map(|entry| rust_files(&entry.path()))
        .filter(|file| file.extension().is_some_and(|e| e == "rs"))
        .collect()
}
