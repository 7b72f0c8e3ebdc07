//! Imports go down the list of ARCHITECTURE.md, and only down; and no files of `src/` go round in a circle.

mod paths;
mod tree;
mod web;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use tree::Tree;

/// For every folder of `src/`: the folders that it may name beside itself, and the crates that it must not.
const RULES: [(&str, &[&str], &[&str]); 13] = [
    ("error", &[], &["burn", "wgpu", "wasm_bindgen", "js_sys", "web_sys"]),
    ("math", &["error"], &["burn", "wgpu", "wasm_bindgen", "js_sys", "web_sys", "serde_json"]),
    ("sampler", &["math", "error"], &["burn", "wgpu", "wasm_bindgen", "js_sys", "web_sys", "serde_json"]),
    ("kernels", &["math", "error"], &["burn", "wasm_bindgen", "js_sys", "web_sys"]),
    ("checkpoint", &["sampler", "math", "error"], &["burn", "wgpu", "wasm_bindgen", "js_sys", "web_sys"]),
    ("unet", &["checkpoint", "kernels", "math", "error"], &["burn", "wgpu", "wasm_bindgen", "js_sys", "web_sys"]),
    ("burn", &["checkpoint", "math", "error"], &["wgpu", "wasm_bindgen", "js_sys", "web_sys"]),
    ("noise", &["math", "error"], &["burn", "wgpu", "wasm_bindgen", "js_sys", "web_sys", "serde_json"]),
    (
        "options",
        &["noise", "checkpoint", "sampler", "math", "error"],
        &["burn", "wgpu", "wasm_bindgen", "js_sys", "web_sys", "JsValue"],
    ),
    ("run", &["options", "noise", "unet", "burn", "checkpoint", "sampler", "kernels", "math", "error"], &TYPED),
    ("measure", &["run", "options", "noise", "checkpoint", "sampler", "math", "error"], &TYPED),
    (
        "train",
        &["options", "noise", "burn", "checkpoint", "sampler", "math", "error"],
        &["wgpu", "wasm_bindgen", "js_sys", "web_sys", "JsValue"],
    ),
    (
        "wasm",
        &[
            "train",
            "measure",
            "run",
            "options",
            "noise",
            "unet",
            "burn",
            "checkpoint",
            "sampler",
            "kernels",
            "math",
            "error",
        ],
        &["burn", "wgpu"],
    ),
];

/// What the engine must not name: it takes options as Rust's own types.
const TYPED: [&str; 7] = ["burn", "wgpu", "wasm_bindgen", "js_sys", "web_sys", "JsValue", "serde_json"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn imports_go_down_only() {
    let tree = Tree::of(&root().join("src"));
    for module in tree.modules().filter(|module| !module.is_empty()) {
        let rule = RULES.iter().find(|(folder, ..)| *folder == module[0]);
        let (folder, below, _) = rule.unwrap_or_else(|| panic!("`{}` has no rule here", module[0]));
        for target in tree.named_by(module) {
            let up = target.first().is_some_and(|name| name != folder && !below.contains(&name.as_str()));
            assert!(!up, "{} names {}", module.join("::"), target.join("::"));
        }
    }
}

#[test]
fn crates_are_named_where_they_belong() {
    for (folder, _, forbidden) in RULES {
        for file in files(&root().join("src").join(folder), "rs") {
            let code = paths::code(&fs::read_to_string(&file).expect("a file that was just listed"));
            // The folder is not the crate.
            let code = code.replace("crate::burn", "crate");
            let named = forbidden.iter().find(|name| paths::words(&code).any(|word| word == **name));
            assert!(named.is_none(), "{} names {}", file.display(), named.unwrap_or(&""));
        }
    }
}

#[test]
fn no_files_of_the_crate_go_round_in_a_circle() {
    let tree = Tree::of(&root().join("src"));
    let edges: BTreeMap<_, _> = tree.modules().map(|module| (module.join("::"), named(&tree, module))).collect();
    assert_eq!(circle(&edges), None);
}

#[test]
fn the_pages_imports_go_down_only() {
    web::check(&root().join("www"));
}

#[test]
fn the_checks_see_what_they_forbid() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let tree = Tree::new(&[
        file("lib.rs", "pub mod engine;\npub mod kernels;"),
        file("kernels/mod.rs", "mod image;\npub mod norm;\npub use image::Image;\npub use norm as backend;"),
        file("kernels/image.rs", "use super::super::engine::Run;\nfn f() { crate::kernels::backend::x(); }"),
        file("kernels/norm.rs", "// crate::engine\nuse super::{Image, other::{self, Two as Three}};"),
        file("engine.rs", "#[cfg(test)]\nmod tests {\n    use crate::kernels::Image;\n}"),
    ]);
    let named = |module: &[&str]| named(&tree, &module.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    assert_eq!(named(&["kernels", "image"]), set(&["engine", "kernels::norm"]), "super::super, and by another name");
    assert_eq!(named(&["kernels", "norm"]), set(&["kernels", "kernels::image"]), "where it is defined, and no comment");
    assert_eq!(named(&["kernels"]), set(&[]), "what is only handed on is not used");
    assert_eq!(named(&["engine"]), set(&[]), "tests are not looked at");

    let edges = |pairs: &[(&str, &[&str])]| pairs.iter().map(|(from, to)| ((*from).to_owned(), set(to))).collect();
    assert_eq!(circle(&edges(&[("a", &["b"]), ("b", &["c"]), ("c", &[])])), None);
    assert_eq!(circle(&edges(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])])), Some("b -> c -> b".to_owned()));

    assert!(web::is_allowed("page/app.ts", "src/index.ts") && !web::is_allowed("page/app.ts", "src/worker/worker.ts"));
    assert!(web::is_allowed("page/texts.ts", "ui/words.ts") && !web::is_allowed("src/errors.ts", "ui/words.ts"));
    assert!(!web::is_allowed("src/api/run.ts", "page/app.ts") && !web::is_allowed("element/view.ts", "page/dom.ts"));
    assert!(web::is_allowed("src/index.ts", "src/api/run.ts") && web::is_allowed("src/api/run.ts", "src/host/host.ts"));
    assert!(web::is_allowed("src/worker/crew.ts", "src/host/client.ts"), "a worker starts others");
    assert!(!web::is_allowed("src/host/host.ts", "src/api/run.ts"), "up");
    assert!(!web::is_allowed("src/errors.ts", "src/host/host.ts"), "up, from the root");
    assert!(!web::is_allowed("src/api/run.ts", "src/worker/crew.ts"), "to the other thread");
    assert!(web::names_types_only("import type { Step } from \"../src/index.ts\";"));
    assert!(!web::names_types_only("import { Diffuser } from \"../src/index.ts\";"));
    assert_eq!(web::imports("import { a } from \"./a.ts\";\nawait import(\"../b.ts\");"), ["./a.ts", "../b.ts"]);
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn named(tree: &Tree, module: &[String]) -> BTreeSet<String> {
    tree.named_by(module).into_iter().map(|target| target.join("::")).collect()
}

/// A way from a module back to it, if there is one.
fn circle(edges: &BTreeMap<String, BTreeSet<String>>) -> Option<String> {
    let mut done = BTreeSet::new();
    edges.keys().find_map(|start| from_here(start, edges, &mut Vec::new(), &mut done))
}

fn from_here(
    here: &str,
    edges: &BTreeMap<String, BTreeSet<String>>,
    way: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Option<String> {
    if let Some(start) = way.iter().position(|module| module == here) {
        return Some([&way[start..], &[here.to_owned()]].concat().join(" -> "));
    }
    if done.contains(here) {
        return None;
    }
    way.push(here.to_owned());
    let found = edges.get(here).and_then(|next| next.iter().find_map(|next| from_here(next, edges, way, done)));
    way.pop();
    done.insert(here.to_owned());
    found
}

/// All files below a folder whose names end so.
fn files(path: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(path) else {
        return path.extension().is_some_and(|e| e == extension).then(|| path.to_owned()).into_iter().collect();
    };
    entries.flatten().flat_map(|entry| files(&entry.path(), extension)).collect()
}
