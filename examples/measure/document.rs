//! Puts the tables into the document that explains them, between a pair of comments each.

use std::error::Error;
use std::fs;
use std::path::Path;

/// Replaces what stands between `<!-- NAME: made by examples/measure -->` and `<!-- end of NAME -->`.
pub fn fill(document: &Path, name: &str, table: &str) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(document)?;
    let (begin, end) = (format!("<!-- {name}: made by examples/measure -->\n"), format!("<!-- end of {name} -->"));
    let missing = || format!("{} has no place for {name}", document.display());
    let (before, rest) = text.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    Ok(fs::write(document, format!("{before}{begin}{table}{end}{after}"))?)
}
