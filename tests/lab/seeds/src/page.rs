//! What the conformance page says of its requirements.

use std::fs;

const PAGE: &str = "docs/conformance.md";

/// One row of the page.
pub(crate) struct Requirement {
    pub(crate) id: String,
    pub(crate) is_kept: bool,
    /// The tests that are said to show it.
    pub(crate) shown_by: Vec<String>,
}

/// Reads the rows.
pub(crate) fn read() -> Result<Vec<Requirement>, String> {
    let page = fs::read_to_string(PAGE).map_err(|error| format!("{PAGE}: {error}"))?;
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        match cells[..] {
            ["", id, _demand, how @ ("kept" | "offered"), _place, shown_by, ""] => {
                let shown_by = shown_by.split('`').skip(1).step_by(2);
                let shown_by = shown_by.map(str::to_string).collect();
                Some(Requirement { id: id.to_string(), is_kept: how == "kept", shown_by })
            }
            _ => None,
        }
    });
    Ok(rows.collect())
}
