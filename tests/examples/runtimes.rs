//! The same parties in other runtimes.

use super::{async_host, blocking};

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

fn assert_entered_and_moved(shown: Vec<u8>) {
    assert_eq!(
        String::from_utf8(shown).expect("text"),
        "8 clients went through 127.0.0.1 to 127.0.0.2\n\
         8 clients moved from 127.0.0.2 to 127.0.0.3; 127.0.0.2 has no session left\n"
    );
}
