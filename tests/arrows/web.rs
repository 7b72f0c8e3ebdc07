//! The layers of `www/`.

use std::fs;
use std::path::Path;

/// The library's public API: the only file of `src/` that the page and the element may name.
const PUBLIC: &str = "src/index.ts";

/// Checks every file.
pub fn check(www: &Path) {
    let mut seen = 0;
    for folder in ["page", "element", "ui", "src"] {
        for file in super::files(&www.join(folder), "ts") {
            let name = file.strip_prefix(www).expect("a file of www").to_string_lossy().into_owned();
            let text = fs::read_to_string(&file).expect("a file that was just listed");
            assert!(folder != "ui" || names_types_only(&text), "www/{name} uses the library at run time");
            for import in imports(&text) {
                let target = resolved(&name, &import);
                assert!(is_allowed(&name, &target), "www/{name} names {target}");
                seen += 1;
            }
        }
    }
    assert!(seen > 200, "{seen} imports are too few: the check does not see them");
}

/// Whether a file may name another one.
pub fn is_allowed(file: &str, target: &str) -> bool {
    let folder = |path: &str| path.split('/').next().unwrap_or_default().to_owned();
    let (from, to) = (folder(file), folder(target));
    // Only the library knows the modules. It knows none of its users; the page and the element know what they share, not each other.
    match to.as_str() {
        "src" if from == to => file == PUBLIC || keeps_to_its_thread(file, target),
        _ if from == to => true,
        "src" => target == PUBLIC,
        "ui" => from != "src",
        "page" | "element" | "pkg" => false,
        _ => true,
    }
}

/// Whether a file of the library names only what may run where it does: the caller's thread (`api/`), the worker's (`worker/`), or
/// either of them (`host/`, for a worker starts others, and below it the files at the root of `src/`).
fn keeps_to_its_thread(file: &str, target: &str) -> bool {
    match (room(file), room(target)) {
        (_, "") => true,
        (from, "host") => !from.is_empty(),
        (from, to) => from == to,
    }
}

/// The folder of `src/` that a file lies in; nothing at its root.
fn room(path: &str) -> &str {
    path.split('/').nth(1).filter(|name| !name.contains('.')).unwrap_or_default()
}

/// Whether all that a file imports of the library is types.
pub fn names_types_only(text: &str) -> bool {
    text.match_indices("/src/index.ts\"").all(|(at, _)| {
        let start = text[..at].rfind("import ").unwrap_or(0);
        text[start..].starts_with("import type ")
    })
}

/// What a file imports, as it is written.
pub fn imports(text: &str) -> Vec<String> {
    let starts = ["from \"", "import(\"", "import \""];
    let mut found: Vec<(usize, String)> = Vec::new();
    for start in starts {
        for (at, _) in text.match_indices(start) {
            let rest = &text[at + start.len()..];
            found.extend(rest.split_once('"').map(|(import, _)| (at, import.to_owned())));
        }
    }
    found.sort();
    found.into_iter().map(|(_, import)| import).filter(|import| import.starts_with('.')).collect()
}

/// The file that an import leads to.
fn resolved(file: &str, import: &str) -> String {
    let mut path: Vec<&str> = file.split('/').collect();
    path.pop();
    for part in import.split('/') {
        match part {
            "." => {}
            ".." => drop(path.pop()),
            name => path.push(name),
        }
    }
    path.join("/")
}
