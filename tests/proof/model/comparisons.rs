//! The comparisons that the machines make, so that a new one is seen: the argument that a few
//! gateways and a few ticks show everything rests on there being no others.
//!
//! `comparisons.txt` has a line for each: what is compared, the file, and the code. The kinds are
//!
//! - `address`: two addresses are the same or not; *nothing orders them*
//! - `kind`: an address is of a kind, such as multicast, or a target is an address or a name
//! - `name`: two names of IKE SAs or questions are the same
//! - `time`: the present with a deadline, or with the end of a window
//! - `count`: a number of redirects or of retransmissions with its limit
//! - `proof`: SPIs or nonces are the same
//! - `state`: stages, phases and what a message is
//! - `setting`: a setting is usable; `length`: an answer with its request

use std::fs;
use std::path::Path;

const KINDS: [&str; 9] =
    ["address", "kind", "name", "time", "count", "proof", "state", "setting", "length"];

/// What compares, in code that rustfmt has laid out: operators stand between spaces.
const COMPARES: [&str; 18] = [
    " == ",
    " != ",
    " < ",
    " > ",
    " <= ",
    " >= ",
    ".cmp(",
    ".eq(",
    ".ne(",
    ".min(",
    ".max(",
    ".octets(",
    ".segments(",
    ".to_canonical(",
    ".as_millis(",
    ".contains(",
    ".check(",
    ".address(",
];

fn found() -> Vec<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for folder in ["initiator", "responder"] {
        let files = fs::read_dir(source.join(folder)).expect("the folder of a machine");
        let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).expect("a text");
            found.extend(lines(&text).map(|code| format!("{folder}/{name} {code}")));
        }
    }
    found
}

/// The lines of code that compare.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let code = text.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    let code = code.map(|line| line.split(" // ").next().unwrap_or(line));
    code.filter(|line| COMPARES.iter().any(|compares| line.contains(compares)))
}

/// What was written down, without its kind.
fn known() -> Vec<String> {
    let lines = include_str!("comparisons.txt").lines();
    let rest = lines.map(|line| {
        let (kind, rest) = line.split_once(' ').expect("a kind and a comparison");
        assert!(KINDS.contains(&kind), "no such kind: {line}");
        let (file, code) = rest.trim().split_once(' ').expect("a file and its code");
        format!("{file} {}", code.trim())
    });
    rest.collect()
}

#[test]
fn every_comparison_of_the_machines_is_one_that_the_argument_knows() {
    let (found, known) = (found(), known());
    for line in &found {
        assert!(known.contains(line), "new: {line}\nIs an address ordered, or a time measured?");
    }
    for line in &known {
        assert!(found.contains(line), "not there any more: {line}");
    }
}

/// The check sees what the argument forbids.
#[test]
fn an_order_of_addresses_would_be_seen() {
    let text = "// a < b\nif self.gateway < other.gateway {\n    first.max(second)\n}\n";
    assert_eq!(lines(text).count(), 2);
}
