//! What the program does to a document that it is told to write, and what it makes of figures.

use std::fs::{self, File};
use std::io::Read;
use std::path::PathBuf;

use super::run;

const BEGIN: &str = "<!-- Written by `tool --record`: from here -->";
const END: &str = "<!-- to here -->";
const TABLE: &str =
    "|octets|budget|m3|m0|\n|---|---:|---:|---:|\n|code|100|90|200|\n|stack||40|50|\n";

/// A document of one test, in a folder of its own.
struct Document(PathBuf);

impl Document {
    fn new(test: &str, text: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("record-{test}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("page.md");
        fs::write(&path, text).expect("a document");
        Document(path)
    }

    fn with_table(test: &str) -> Self {
        Self::new(test, &format!("before\n{BEGIN}\n{TABLE}{END}\nafter\n"))
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.0).expect("a document")
    }

    /// What is said, and how many faults were found.
    fn run(&self, command: &str, options: &[&str], input: &str) -> Result<(String, usize), String> {
        let path = self.0.to_str().expect("a path in UTF-8");
        let words = [&[command, path, "tool --record"], options].concat();
        run(&words, input).map(|report| (report.text, report.faults))
    }

    /// What is said and counted about these figures.
    fn compare(&self, options: &[&str], input: &str) -> (String, usize) {
        self.run("compare", options, input).expect("figures that can be compared")
    }
}

#[test]
fn a_block_is_replaced_and_the_rest_stays() {
    let other = "<!-- Written by `another tool`: from here -->\nothers\n<!-- to here -->\n";
    let page = |inside: &str| format!("# Page\n{other}{BEGIN}\n{inside}{END}\n{other}last line");
    let document = Document::new("replaced", &page("old\n\nolder\n"));
    document.run("put", &[], "\nnew\n\nnewer\n\n").expect("a block");
    assert_eq!(document.text(), page("new\n\nnewer\n"));
}

#[test]
fn a_missing_or_doubled_mark_is_named_and_nothing_changes() {
    let ends_none = format!("{END} ends no block");
    for (test, text, named) in [
        ("no-block", "text\n".into(), BEGIN),
        ("no-begin", format!("old\n{END}\n"), &*ends_none),
        ("no-end", format!("{BEGIN}\nold\n"), END),
        (
            "no-end-before-another",
            format!("{BEGIN}\nold\n<!-- Written by `a`: from here -->\n{END}\n"),
            END,
        ),
        (
            "another-without-end",
            format!("<!-- Written by `a`: from here -->\n{BEGIN}\n{END}\n"),
            "`a`",
        ),
        ("two-blocks", format!("{BEGIN}\n{END}\n{BEGIN}\n{END}\n"), BEGIN),
        ("two-begins", format!("{BEGIN}\n{BEGIN}\nold\n{END}\n"), BEGIN),
        ("two-ends", format!("{BEGIN}\nold\n{END}\n{END}\n"), &ends_none),
    ] {
        let document = Document::new(test, &text);
        let error = document.run("put", &[], "new").expect_err(test);
        assert!(error.contains(named), "{test}: {error}");
        assert_eq!(document.text(), text, "{test}");
    }
}

#[test]
fn empty_input_leaves_the_block_alone() {
    let document = Document::with_table("empty");
    let before = document.text();
    for command in ["put", "write", "compare"] {
        let options: &[&str] = if command == "write" { &["rustc"] } else { &[] };
        assert!(document.run(command, options, "\n").is_err(), "{command}");
    }
    assert_eq!(document.text(), before);
}

/// Whoever has the old document open goes on reading the old one, and no other file is left.
#[cfg(unix)]
#[test]
fn a_new_document_takes_the_place_of_the_old_one_in_one_step() {
    let document = Document::with_table("in-one-step");
    let (before, mut open) = (document.text(), File::open(&document.0).expect("a document"));
    document.run("put", &[], "new").expect("a block");
    let mut read = String::new();
    open.read_to_string(&mut read).expect("the old document");
    assert_eq!(read, before);
    assert_eq!(fs::read_dir(document.0.parent().expect("a folder")).expect("files").count(), 1);
}

#[test]
fn figures_are_written_into_their_cells_and_what_was_not_measured_goes() {
    let document = Document::with_table("cells");
    document.run("write", &["rustc 1.0"], "heap\tm0\t7\ncode\tm3\t91\n").expect("figures");
    let table = "|octets|budget|m3|m0|\n|---|---:|---:|---:|\n|code|100|91|200|\n|heap|||7|\n";
    let inside = format!("{table}\nMeasured with `rustc 1.0`.\n");
    assert_eq!(document.text(), format!("before\n{BEGIN}\n{inside}{END}\nafter\n"));
}

#[test]
fn what_was_written_compares_without_a_fault_and_is_written_the_same_again() {
    let document = Document::with_table("again");
    let figures = "code\tm3\t91\nstack\tm3\t41\ncode\tm0\t1\nstack\tm0\t2\n";
    document.run("write", &["rustc 1.0"], figures).expect("figures");
    let once = document.text();
    let options = ["--growth", "0", "--budget", "budget"];
    assert_eq!(document.compare(&options, figures).1, 0);
    document.run("write", &["rustc 1.0"], figures).expect("figures");
    assert_eq!(document.text(), once);
}

#[test]
fn spaces_around_the_bars_of_a_table_mean_nothing() {
    let table = "| octets | m3 |\n|---|---:|\n| code | 90 |\n";
    let document = Document::new("spaces", &format!("{BEGIN}\n{table}{END}\n"));
    assert_eq!(document.compare(&[], "code\tm3\t90\n").1, 0);
}

#[test]
fn a_figure_may_grow_as_far_as_it_was_said_to() {
    let document = Document::with_table("growth");
    let judge =
        |value: u64, options: &[&str]| document.compare(options, &format!("code\tm0\t{value}\n")).0;
    assert!(!judge(206, &["--growth", "3"]).contains("GROWN"));
    assert!(judge(207, &["--growth", "3"]).contains("code, m0: 207, recorded 200; it has GROWN"));
    assert!(!judge(999, &[]).contains("GROWN"));
}

#[test]
fn a_figure_may_reach_its_budget_and_not_exceed_it() {
    let document = Document::with_table("budget");
    let all = |code| format!("code\tm3\t{code}\nstack\tm3\t4000\n");
    assert_eq!(document.compare(&["--budget", "budget"], &all(100)).1, 0);
    let (text, faults) = document.compare(&["--budget", "budget"], &all(101));
    assert!(text.contains("code, m3: 101, recorded 90; it is ABOVE THE BUDGET of 100"), "{text}");
    assert_eq!(faults, 1);
    assert_eq!(document.compare(&["--budget", "budget", "--growth", "5"], &all(101)).1, 3);
}

#[test]
fn a_figure_without_a_cell_is_not_recorded() {
    let document = Document::with_table("not-recorded");
    let figures = "code\tm3\t90\nstack\tm3\t40\nheap\tm3\t1\nheap\tm7\t1\n";
    let (text, faults) = document.compare(&[], figures);
    assert!(text.contains("heap, m3: 1; it is NOT RECORDED"), "{text}");
    assert!(text.contains("heap, m7: 1; it is NOT RECORDED"), "{text}");
    assert_eq!(faults, 2);
}

#[test]
fn a_recorded_figure_that_was_not_measured_is_gone_if_others_of_its_column_were() {
    let document = Document::with_table("gone");
    let (text, faults) = document.compare(&[], "code\tm3\t90\n");
    assert!(text.contains("stack, m3: it is recorded, but GONE"), "{text}");
    assert_eq!(faults, 1);
}

#[test]
fn what_cannot_be_judged_is_an_error_and_no_verdict() {
    let document = Document::with_table("error");
    let figure = "code\tm3\t90\n";
    for (options, input) in [
        (&[][..], "code m3 90\n"),
        (&[], "code\tm3\tmany\n"),
        (&[], "code\tm3\t90\ncode\tm3\t91\n"),
        (&["--budget", "bugdet"], figure),
        (&["--growth", "much"], figure),
        (&["--growth"], figure),
    ] {
        assert!(document.run("compare", options, input).is_err(), "{options:?} {input}");
    }
    assert!(document.run("write", &["rustc"], "code\tm7\t90\n").is_err());
    let uneven = Document::new("uneven", &format!("{BEGIN}\n|a|b|\n|---|---|\n|c|\n{END}\n"));
    assert!(uneven.run("compare", &[], "c\tb\t1\n").is_err());
    let no_table = Document::new("no-table", &format!("{BEGIN}\n{END}\n"));
    assert!(no_table.run("compare", &[], "c\tb\t1\n").is_err());
}
