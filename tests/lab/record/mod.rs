//! Writes what scripts have measured into documents, or compares it with what is recorded there.
//! `tests/pages` compiles this, too: it has marked blocks of its own, and runs the tests.

pub(crate) mod block;
mod figures;
#[cfg(test)]
mod tests;

use std::path::Path;

use figures::{Limits, Report};

const USAGE: &str = "put DOCUMENT BLOCK | write DOCUMENT BLOCK COMPILER | \
                     compare DOCUMENT BLOCK [--growth PERCENT] [--budget COLUMN]";

/// Does what the words of the command line say with what came on standard input.
pub(crate) fn run(words: &[&str], input: &str) -> Result<Report, String> {
    let [command, document, name, options @ ..] = words else { return Err(USAGE.into()) };
    let path = Path::new(document);
    let text = block::read(path)?;
    let parts = block::cut(&text, name).map_err(|error| format!("{document}: {error}"))?;
    if input.trim().is_empty() {
        return Err("nothing comes on standard input".into());
    }
    let written = match (*command, options) {
        ("put", []) => format!("{}\n", input.trim_matches('\n')),
        ("write", [compiler]) => figures::write(parts.inside, &figures::read(input)?, compiler)?,
        ("compare", options) => {
            let limits = Limits::read(options).ok_or(USAGE)?;
            return figures::compare(parts.inside, &figures::read(input)?, &limits);
        }
        _ => return Err(USAGE.into()),
    };
    block::save(path, &parts.with(&written))?;
    Ok(Report { text: format!("{document}: written\n"), faults: 0 })
}
