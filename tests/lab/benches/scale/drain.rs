//! The drain of a gateway, as the example `drain` simulates it, with its wheel of timers: what that
//! costs in real time.

use super::common::measure::Stopwatch;
use super::simulation::{Pace, Simulation};

/// Over how many seconds the redirects are spread.
const SECONDS: u32 = 600;

const TARGETS: u32 = 3;

/// At least so many sessions are moved, however few a gateway has.
const MOVES: usize = 100_000;

/// What came of it.
pub(crate) struct Outcome {
    /// Nanoseconds of real time per event, timers and actions included.
    pub(crate) time: f64,
    /// How many redirects went out in the busiest second.
    pub(crate) most_in_a_second: u64,
    /// How many clients never left and were deleted.
    pub(crate) deleted: u64,
}

/// Moves all sessions of a gateway.
pub(crate) fn run(sessions: usize) -> Outcome {
    let (mut time, mut events) = (0.0, 0);
    let mut once = || {
        let simulation = Simulation::new(sessions as u32, TARGETS);
        let watch = Stopwatch::start();
        let report = simulation.run(Pace::Over(SECONDS));
        time += watch.nanos();
        events += report.events;
        assert_eq!(report.ended() as usize, sessions, "a session was forgotten");
        report
    };
    let mut last = once();
    for _ in 1..MOVES.div_ceil(sessions) {
        last = once();
    }
    Outcome { time: time / events as f64, most_in_a_second: last.peak_sent, deleted: last.deleted }
}
