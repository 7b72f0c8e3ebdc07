//! The paths that a Rust file names, as far as its text tells.

/// A path as it is written, the name it is given here, and whether the file hands it on.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    pub path: Vec<String>,
    pub name: String,
    pub is_public: bool,
}

/// The code without comments, texts and the tests at its end.
pub fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let mut code = String::new();
    for line in lines {
        // What stands in quotes names nothing; a quote within quotes is written as \".
        let line = line.replace("\\\"", "").replace("'\"'", "");
        line.split('"').step_by(2).for_each(|part| code.push_str(part));
        code.push('\n');
    }
    code
}

/// All words of code.
pub fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

/// The `use` declarations of code, and the code without them.
pub fn imports(code: &str) -> (Vec<Import>, String) {
    let (mut imports, mut rest) = (Vec::new(), String::new());
    let mut declaration: Option<String> = None;
    for line in code.lines() {
        let start = line.trim_start();
        let is_use = ["use ", "pub use ", "pub(super) use ", "pub(crate) use "].iter().any(|u| start.starts_with(u));
        if declaration.is_none() && !is_use {
            rest.push_str(line);
            rest.push('\n');
            continue;
        }
        let so_far = format!("{} {start}", declaration.take().unwrap_or_default());
        match so_far.split_once(';') {
            None => declaration = Some(so_far),
            Some((whole, _)) => {
                let is_public = whole.trim_start().starts_with("pub");
                let (_, tree) = whole.split_once("use ").unwrap_or(("", whole));
                expand(&[], tree, &mut |path, name| imports.push(Import { path, name, is_public }));
            }
        }
    }
    (imports, rest)
}

/// Every path of a tree such as `a::{b, c::{self, d as e}}`, with its name here.
fn expand(before: &[String], tree: &str, found: &mut impl FnMut(Vec<String>, String)) {
    let tree = tree.trim();
    if let Some((path, inner)) = tree.split_once('{') {
        let before = [before, &segments(path)].concat();
        let inner = inner.trim().strip_suffix('}').unwrap_or(inner);
        for part in parts(inner) {
            expand(&before, part, found);
        }
        return;
    }
    let (path, name) = tree.split_once(" as ").unwrap_or((tree, ""));
    let mut path = [before, &segments(path)].concat();
    if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
        path.pop();
    }
    let name = if name.is_empty() { path.last().cloned().unwrap_or_default() } else { name.trim().to_owned() };
    found(path, name);
}

fn segments(path: &str) -> Vec<String> {
    path.split("::").map(|segment| segment.trim().to_owned()).filter(|segment| !segment.is_empty()).collect()
}

/// What stands between the commas that are in no inner braces.
fn parts(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&list[start..]);
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect()
}

/// The paths of at least two segments in code that is no `use` declaration.
pub fn paths(code: &str) -> Vec<Vec<String>> {
    let in_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let runs = code.split(|c: char| !in_path(c)).filter(|run| run.contains("::"));
    runs.map(segments).filter(|path| path.len() > 1).collect()
}
