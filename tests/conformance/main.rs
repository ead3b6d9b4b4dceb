//! docs/conformance.md, the sources and the tests speak of the same requirements.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const PAGE: &str = include_str!("../../docs/conformance.md");
const IDS: &str = include_str!("ids.txt");

/// One row of the page.
struct Row<'a> {
    id: &'a str,
    how: &'a str,
    place: &'a str,
    shown_by: &'a str,
}

fn rows() -> Vec<Row<'static>> {
    let lines = PAGE.lines().filter(|line| IDS.lines().any(|id| starts_row(line, id)));
    let cells = lines.map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let rows = cells.map(|cells| match cells[..] {
        ["", id, _demand, how, place, shown_by, ""] => Row { id, how, place, shown_by },
        _ => panic!("not a row of five cells: {cells:?}"),
    });
    rows.collect()
}

fn starts_row(line: &str, id: &str) -> bool {
    line.strip_prefix("| ")
        .and_then(|rest| rest.strip_prefix(id))
        .is_some_and(|rest| rest.starts_with(" |"))
}

/// What stands between backticks in a cell.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The text of every Rust file below a folder of the package.
fn sources(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut found);
    found
}

fn collect(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(fs::read_to_string(path).unwrap());
        }
    }
}

/// The requirement ids that a text cites.
fn cited(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '.');
    let words = words.map(|word| word.trim_end_matches('.'));
    words.filter(|word| looks_like_an_id(word)).collect()
}

/// R6-14, D9.3-1: a letter, a section, a number.
fn looks_like_an_id(word: &str) -> bool {
    let section_and_number = word.strip_prefix(['R', 'D']).and_then(|rest| rest.split_once('-'));
    section_and_number.is_some_and(|(section, number)| {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        section.split('.').all(digits) && digits(number)
    })
}

#[test]
fn each_requirement_has_one_row_in_order() {
    let on_the_page: Vec<_> = rows().iter().map(|row| row.id).collect();
    let demanded: Vec<_> = IDS.lines().collect();
    assert_eq!(on_the_page, demanded);
    assert_eq!(demanded.len(), 111);
}

#[test]
fn each_id_that_the_sources_or_the_tests_cite_exists() {
    let known: BTreeSet<_> = IDS.lines().collect();
    for text in sources("src").iter().chain(&sources("tests")) {
        let unknown: Vec<_> = cited(text).difference(&known).copied().collect();
        assert!(unknown.is_empty(), "no such requirement: {unknown:?}");
    }
}

#[test]
fn what_is_kept_or_offered_is_cited_where_the_code_stands() {
    let sources = sources("src");
    for row in rows().iter().filter(|row| row.how != "outside") {
        let found = sources.iter().any(|text| cited(text).contains(row.id));
        assert!(found, "src does not cite {}", row.id);
    }
}

#[test]
fn each_place_named_exists() {
    for row in rows().iter().filter(|row| row.how != "outside") {
        let [file, item] = quoted(row.place)[..] else { panic!("{}: {}", row.id, row.place) };
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))
            .unwrap_or_else(|error| panic!("{}: {file}: {error}", row.id));
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        assert!(words.any(|word| word == item), "{}: no {item} in {file}", row.id);
    }
}

#[test]
fn each_test_named_exists() {
    let tests = sources("tests");
    for row in rows().iter().filter(|row| row.how != "outside") {
        let named = quoted(row.shown_by);
        assert!(!named.is_empty(), "{}: no test", row.id);
        for name in named {
            let declared = format!("fn {name}(");
            let found = tests.iter().any(|text| text.contains(&declared));
            assert!(found, "{}: no test {name}", row.id);
        }
    }
}

#[test]
fn what_is_outside_says_why_and_the_count_is_right() {
    let rows = rows();
    for row in rows.iter().filter(|row| row.how == "outside") {
        assert!(row.shown_by.len() > 20, "{} does not say why", row.id);
    }
    for how in ["kept", "offered", "outside"] {
        let count = rows.iter().filter(|row| row.how == how).count();
        let stated = PAGE.lines().find(|line| starts_row(line, how)).unwrap();
        assert!(stated.ends_with(&format!("| {count} |")), "{how}: {count} rows, but {stated}");
    }
    assert!(rows.iter().all(|row| ["kept", "offered", "outside"].contains(&row.how)));
}
