//! The modules of a crate, and which of them name which.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::paths::{self, Import};

/// A module by the names on the way to it; the crate itself has none.
pub type Module = Vec<String>;

/// The modules of a crate, one for each file.
pub struct Tree {
    files: BTreeMap<Module, File>,
}

struct File {
    imports: Vec<Import>,
    /// What is no import.
    code: String,
}

impl Tree {
    /// The crate whose sources lie in this folder.
    pub fn of(folder: &Path) -> Self {
        let read = |path: &Path| {
            let name = path.strip_prefix(folder).expect("a file below the folder").to_string_lossy().into_owned();
            (name, fs::read_to_string(path).expect("a file that was just listed"))
        };
        Self::new(&super::files(folder, "rs").iter().map(|path| read(path)).collect::<Vec<_>>())
    }

    /// The crate of these files: path and text.
    pub fn new(files: &[(String, String)]) -> Self {
        let file = |(path, text): &(String, String)| {
            let (imports, code) = paths::imports(&paths::code(text));
            (module_of(path), File { imports, code })
        };
        Self { files: files.iter().map(file).collect() }
    }

    /// All modules.
    pub fn modules(&self) -> impl Iterator<Item = &Module> {
        self.files.keys()
    }

    /// The modules other than this one in which what it names is defined. What it only hands on does not count.
    pub fn named_by(&self, module: &[String]) -> BTreeSet<Module> {
        let Some(file) = self.files.get(module) else { return BTreeSet::new() };
        let words: BTreeSet<&str> = paths::words(&file.code).collect();
        let used = file.imports.iter().filter(|import| !import.is_public || words.contains(import.name.as_str()));
        let named = used.map(|import| import.path.clone()).chain(paths::paths(&file.code));
        let mut found: BTreeSet<Module> = named.flat_map(|path| self.resolved(module, &path, 0)).collect();
        found.remove(module);
        found
    }

    /// Where what a path names, in this module, is defined. Several, where the build decides which.
    fn resolved(&self, module: &[String], path: &[String], depth: usize) -> Vec<Module> {
        let mut at = module.to_vec();
        let mut rest = path;
        match path.first().map(String::as_str) {
            Some("crate") => (at, rest) = (Vec::new(), &path[1..]),
            Some("self") => rest = &path[1..],
            _ => {}
        }
        while rest.first().is_some_and(|segment| segment == "super") {
            at.pop();
            rest = &rest[1..];
        }
        let is_plain = rest.len() == path.len();
        let start = at.clone();
        while let Some(segment) = rest.first() {
            let below = [&at[..], std::slice::from_ref(segment)].concat();
            if !self.files.contains_key(&below) {
                break;
            }
            (at, rest) = (below, &rest[1..]);
        }
        // A name that is no module's: an import of the module, or something of its own.
        let Some(name) = rest.first() else { return vec![at] };
        let imports = self.files.get(&at).map_or(&[][..], |file| &file.imports);
        let by_name: Vec<&Import> = imports.iter().filter(|import| import.name == *name).collect();
        if depth < 8 && !by_name.is_empty() {
            let whole = |import: &&Import| [&import.path[..], &rest[1..]].concat();
            return by_name.iter().flat_map(|import| self.resolved(&at, &whole(import), depth + 1)).collect();
        }
        // A path that begins with another crate's name, or a type's.
        if is_plain && at == start { Vec::new() } else { vec![at] }
    }
}

fn module_of(path: &str) -> Module {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let names = path.split('/').filter(|name| !matches!(*name, "mod" | "lib"));
    names.map(str::to_owned).collect()
}
