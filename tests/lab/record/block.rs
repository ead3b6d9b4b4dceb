//! The part of a document that a program writes, between two lines that mark it.

use std::fs;
use std::path::Path;
use std::process;

const BEGINS: &str = "<!-- Written by `";
const END: &str = "<!-- to here -->";

/// A document, cut where its block begins and ends. The marks are outside.
pub(crate) struct Parts<'t> {
    before: &'t str,
    pub(crate) inside: &'t str,
    after: &'t str,
}

impl Parts<'_> {
    /// The document with that inside.
    pub(crate) fn with(&self, inside: &str) -> String {
        format!("{}{inside}{}", self.before, self.after)
    }
}

/// Cuts out the block that is named by the command that writes it.
pub(crate) fn cut<'t>(text: &'t str, name: &str) -> Result<Parts<'t>, String> {
    let wanted = format!("{BEGINS}{name}`: from here -->");
    let (mut at, mut open, mut begin, mut end) = (0, None, None, None);
    for line in text.split_inclusive('\n') {
        let mark = line.trim_end();
        if mark == END {
            match open.take() {
                None => return Err(format!("a doubled mark: {mark} ends no block")),
                Some(open) if open == wanted => end = Some(at),
                Some(_) => {}
            }
        } else if mark.starts_with(BEGINS) {
            if let Some(open) = open.replace(mark) {
                return Err(format!("the mark {END} is missing after {open}"));
            }
            if mark == wanted && begin.replace(at + line.len()).is_some() {
                return Err(format!("a doubled mark: {mark}"));
            }
        }
        at += line.len();
    }
    let begin = begin.ok_or_else(|| format!("the mark {wanted} is missing"))?;
    let end = end.ok_or_else(|| format!("the mark {END} is missing after {wanted}"))?;
    Ok(Parts { before: &text[..begin], inside: &text[begin..end], after: &text[end..] })
}

pub(crate) fn read(path: &Path) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.replace("\r\n", "\n"))
}

/// The document is the old one or the new one at any time: the new one takes its place when it is
/// whole.
pub(crate) fn save(path: &Path, text: &str) -> Result<(), String> {
    let whole = path.with_extension(format!("new-{}", process::id()));
    let saved = fs::write(&whole, text).and_then(|()| fs::rename(&whole, path));
    saved.map_err(|error| {
        let _ = fs::remove_file(&whole);
        format!("{}: {error}", path.display())
    })
}
