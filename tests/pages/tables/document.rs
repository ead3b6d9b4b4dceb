//! The generated part of a document.

use std::env::var_os;
use std::fs::{read_to_string, write};
use std::path::Path;

use super::diagram::diagram;
use super::observation::Observation;
use super::table::tables;

const BEGIN: &str = "<!-- Written by `UPDATE_DOCS=1 cargo test --test pages`: from here -->\n";
const END: &str = "<!-- to here -->\n";

/// Compares what stands between the marks with what is expected there; rewrites it if asked to.
pub(crate) fn compare(path: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let document = read_to_string(&path).expect("the document is there").replace("\r\n", "\n");
    let (before, rest) = document.split_once(BEGIN).expect("the begin mark");
    let (found, after) = rest.split_once(END).expect("the end mark");
    if var_os("UPDATE_DOCS").is_some() {
        write(&path, format!("{before}{BEGIN}{expected}{END}{after}")).expect("it can be written");
    } else {
        let differ = found.lines().zip(expected.lines()).find(|(is, should)| is != should);
        assert!(
            found == expected,
            "{} is out of date, first at {differ:?}; run UPDATE_DOCS=1 cargo test --test pages",
            path.display()
        );
    }
}

/// The diagram shows the `ways` from state to state, the tables the `rows`.
pub(crate) fn generate(ways: &[Observation], rows: &[Observation]) -> String {
    format!("\n{}\n{}", diagram(ways), tables(rows))
}
