//! docs/conformance.md, the sources and the tests speak of the same requirements.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../../../docs/conformance.md");
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
    line.split('|').nth(1).is_some_and(|cell| cell.trim() == id)
}

/// What stands between backticks in a cell.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The text of every Rust file below a folder of the package.
fn sources(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(&in_package(folder), &mut found);
    found
}

fn in_package(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
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

/// Whether a text declares a test of this name: by attribute, or between the braces of
/// `quickcheck!`. A function beside the macro is none (T06).
fn declares_test(text: &str, name: &str) -> bool {
    let declared = format!("fn {name}(");
    let by_attribute = text.match_indices(&declared).any(|(at, _)| {
        let before = text[..at].trim_end();
        before.ends_with("#[test]")
    });
    by_attribute || properties(text).any(|body| body.contains(&declared))
}

/// What stands between the braces of each `quickcheck!`.
fn properties(text: &str) -> impl Iterator<Item = &str> {
    text.split("quickcheck! {").skip(1).map(|behind| {
        let mut open = 1;
        let end = behind.find(|c: char| {
            open += i32::from(c == '{') - i32::from(c == '}');
            open == 0
        });
        &behind[..end.expect("the macro's braces are closed")]
    })
}

#[test]
fn t06_a_function_beside_quickcheck_is_no_test() {
    let text = "fn before() {}\nquickcheck! {\n fn holds(x: u8) { if x > 0 {} }\n}\nfn after() {}";
    assert!(declares_test(text, "holds"));
    assert!(!declares_test(text, "before") && !declares_test(text, "after"));
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
fn what_is_kept_or_offered_is_cited_in_the_file_named_and_in_a_test() {
    let tests = sources("tests");
    for row in rows().iter().filter(|row| row.how != "outside") {
        let [file, item] = quoted(row.place)[..] else { panic!("{}: {}", row.id, row.place) };
        let text = fs::read_to_string(in_package(file))
            .unwrap_or_else(|error| panic!("{}: {file}: {error}", row.id));
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        assert!(words.any(|word| word == item), "{}: no {item} in {file}", row.id);
        assert!(cited(&text).contains(row.id), "{file} does not cite {}", row.id);
        let tested = tests.iter().any(|text| cited(text).contains(row.id));
        let named = row.id.to_lowercase().replace(['.', '-'], "_");
        let named = tests.iter().any(|text| text.contains(&format!("{named}_")));
        assert!(tested || named, "no test cites {}", row.id);
    }
}

#[test]
fn each_test_named_exists() {
    let tests = sources("tests");
    for row in rows().iter().filter(|row| row.how != "outside") {
        let named = quoted(row.shown_by);
        assert!(!named.is_empty(), "{}: no test", row.id);
        for name in named {
            let found = tests.iter().any(|text| declares_test(text, name));
            assert!(found, "{}: no test {name}", row.id);
        }
    }
}

/// Each page of the project, with its folder.
fn pages() -> Vec<(PathBuf, String)> {
    let mut paths = vec![in_package("README.md"), in_package("tests/README.md")];
    for entry in fs::read_dir(in_package("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path.parent().unwrap().to_path_buf(), text)
    };
    paths.into_iter().map(read).collect()
}

/// The targets of `[text](target)`, and of the lines `[name]: target`, that point into the project.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let targets = targets.map(|(target, _)| target).chain(definitions(text));
    let targets = targets.map(|target| target.split('#').next().unwrap());
    targets.filter(|target| !target.is_empty() && !target.contains("://")).collect()
}

/// What stands behind `[name]:` at the beginning of a line.
fn definitions(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]:"));
    lines.map(|(_, target)| target.trim())
}

#[test]
fn each_link_of_a_page_leads_somewhere() {
    let mut count = 0;
    for (folder, text) in pages() {
        for target in definitions(&text) {
            assert_eq!(target.split_whitespace().count(), 1, "one target a line, not {target}");
        }
        for target in links(&text) {
            assert!(folder.join(target).exists(), "{}: no {target}", folder.display());
            count += 1;
        }
    }
    assert!(count > 40, "only {count} links found");
}

#[test]
fn each_page_that_the_sources_name_exists() {
    for text in sources("src") {
        for word in text.split(|c: char| c.is_whitespace() || "`()[],".contains(c)) {
            let word = word.trim_end_matches('.');
            if word.starts_with("docs/") {
                assert!(in_package(word).exists(), "no {word}");
            }
        }
    }
}

#[test]
fn each_test_that_the_security_page_names_exists() {
    let page = fs::read_to_string(in_package("docs/security.md")).unwrap();
    let tests = sources("tests");
    let shown_by = page.lines().filter_map(|line| line.split('|').nth(4));
    let names: Vec<_> = shown_by.flat_map(quoted).filter(|name| !name.contains('/')).collect();
    assert!(names.len() > 15, "only {names:?}");
    for name in names {
        assert!(tests.iter().any(|text| declares_test(text, name)), "no test {name}");
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
        assert!(stated.ends_with(&format!("|{count}|")), "{how}: {count} rows, but {stated}");
    }
    assert!(rows.iter().all(|row| ["kept", "offered", "outside"].contains(&row.how)));
}
