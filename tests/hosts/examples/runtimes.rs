//! The same parties in other runtimes.

use super::book::Book;
use super::net::{A, B};
use super::{arguments, async_host, blocking};

#[test]
fn clients_on_threads_enter_and_move() {
    let mut shown = Vec::new();
    blocking::run(&mut shown).expect("it ends well");
    assert_entered_and_moved(shown);
}

#[test]
fn clients_as_futures_enter_and_move() {
    let mut shown = Vec::new();
    async_host::run(&mut shown).expect("it ends well");
    assert_entered_and_moved(shown);
}

#[test]
fn the_command_line_of_a_host_without_options_is_read_before_it_runs() {
    let start = |given: &[&str]| {
        let given: Vec<_> = given.iter().map(|argument| argument.to_string()).collect();
        let mut ran = false;
        let code = arguments::start("host", "It does nothing.\n", &given, || {
            ran = true;
            Err("it does nothing".into())
        });
        (code, ran)
    };
    assert_eq!(start(&["--help"]), (0, false));
    assert_eq!(start(&["--hlep"]), (2, false));
    assert_eq!(start(&["8"]), (2, false));
    assert_eq!(start(&[]), (1, true));
}

#[test]
fn where_only_one_address_is_left_parties_differ_by_port() {
    let mut book = Book::default();
    // Documentation addresses are nobody's.
    let (a, b) = (book.open(A).expect("a socket"), book.open(B).expect("a socket"));
    assert!(book.crowded);
    assert_eq!(book.party_at(a.local_addr().expect("bound")), Some(A));
    assert_eq!(book.party_at(b.local_addr().expect("bound")), Some(B));
}

fn assert_entered_and_moved(shown: Vec<u8>) {
    assert_eq!(
        String::from_utf8(shown).expect("text"),
        "8 clients went through 127.0.0.1 to 127.0.0.2\n\
         8 clients moved from 127.0.0.2 to 127.0.0.3; 127.0.0.2 has no session left\n"
    );
}

/// F24: what the guide shows can be implemented, because the host of the examples does.
#[test]
fn the_loop_of_the_guide_is_the_one_of_the_host() {
    let shown = bare(include_str!("../../../docs/wrapping.md"));
    let host = bare(include_str!("../../../docs/examples/host/wrap.rs"));
    for item in ["traitStack{", "fncarry_out<", "fnon_message<"] {
        let of = |text: &str| {
            let (_, from) = text.split_once(item).expect("it is there");
            let end = from.find("\n}").expect("it ends");
            from[..end].to_owned()
        };
        assert_eq!(of(&shown), of(&host), "{item}");
    }
}

/// Without comments, visibility and layout.
fn bare(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let ends = |line: &str| line == "}";
    lines
        .map(|line| line.replace("pub(crate) ", ""))
        .map(|line| if ends(&line) { "\n}".to_owned() } else { line.replace(' ', "") })
        .collect()
}
