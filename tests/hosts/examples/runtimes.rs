//! The same parties in other runtimes.

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

fn assert_entered_and_moved(shown: Vec<u8>) {
    assert_eq!(
        String::from_utf8(shown).expect("text"),
        "8 clients went through 127.0.0.1 to 127.0.0.2\n\
         8 clients moved from 127.0.0.2 to 127.0.0.3; 127.0.0.2 has no session left\n"
    );
}
