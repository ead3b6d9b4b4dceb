//! The generated part of a document.

use std::env::var_os;
use std::path::Path;

use super::diagram::diagram;
use super::observation::Observation;
use super::table::tables;
use crate::record::block;

const WRITTEN_BY: &str = "UPDATE_DOCS=1 cargo test --test pages";

/// Compares what stands between the marks with what is expected there; rewrites it if asked to.
pub(crate) fn compare(path: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let document = block::read(&path).expect("the document is there");
    let parts = block::cut(&document, WRITTEN_BY).expect("the marks");
    if var_os("UPDATE_DOCS").is_some() {
        block::save(&path, &parts.with(expected)).expect("it can be written");
    } else {
        let found = parts.inside;
        let differ = found.lines().zip(expected.lines()).find(|(is, should)| is != should);
        assert!(
            found == expected,
            "{} is out of date, first at {differ:?}; run {WRITTEN_BY}",
            path.display()
        );
    }
}

/// The diagram shows the `ways` from state to state, the tables the `rows`.
pub(crate) fn generate(ways: &[Observation], rows: &[Observation]) -> String {
    format!("\n{}\n{}", diagram(ways), tables(rows))
}
