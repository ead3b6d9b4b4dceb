//! How far each run goes, and what it prints.

use std::io::Write;
use std::sync::Mutex;

use crate::checker::{Bounds, Model, Report, explore};

/// Whether the larger bounds were asked for with `MODEL=full`.
pub(crate) fn is_full() -> bool {
    std::env::var("MODEL").is_ok_and(|model| model == "full")
}

/// Whether a first look will do, asked for with `MODEL=small`: whatever breaks a rule mostly does
/// so in the first few thousand states.
pub(crate) fn is_small() -> bool {
    std::env::var("MODEL").is_ok_and(|model| model == "small")
}

const FIRST_LOOK: usize = 5_000;

/// Explores `model` within the bounds asked for and prints the figures past the capture of the
/// test harness.
pub(crate) fn run<M: Model>(model: &M) -> Report {
    // Full runs need the memory and both processors for themselves.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = is_full().then(|| ONE_AT_A_TIME.lock());
    let threads = if is_full() { 2 } else { 1 };
    let states = if is_small() { FIRST_LOOK } else { model.most_states() };
    let report = explore(model, Bounds { threads, states, ..Bounds::NONE });
    let _ = writeln!(std::io::stdout(), "model {report}");
    report
}
