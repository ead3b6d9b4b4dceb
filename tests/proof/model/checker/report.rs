//! What a search found.

use std::fmt;

use super::{Kinds, Rows};

/// The outcome of [`explore`](super::explore).
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) name: String,
    /// Distinct states found.
    pub(crate) states: usize,
    /// States that differ in more than the names of gateways, if they were counted: in a plain
    /// search.
    pub(crate) orbits: usize,
    /// Steps taken.
    pub(crate) transitions: u64,
    /// Steps from the start to the farthest state.
    pub(crate) depth: u32,
    /// Whether every state found was expanded.
    pub(crate) complete: bool,
    pub(crate) seconds: f64,
    /// Bytes of the visited set and of the edges.
    pub(crate) bytes: usize,
    /// Bytes of one state while it waits to be expanded.
    pub(crate) state_size: usize,
    pub(crate) rows: Rows,
    /// The kinds of steps that were taken.
    pub(crate) kinds: Kinds,
    /// The *sometimes* properties that were never seen, and those that should not have been.
    pub(crate) surprises: Vec<&'static str>,
    pub(crate) failure: Option<Failure>,
}

/// A property that does not hold, with a shortest way to break it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) property: &'static str,
    pub(crate) steps: usize,
    pub(crate) chart: String,
}

impl Report {
    /// Panics with the counterexample, or with the goals that were not reached.
    pub(crate) fn assert_holds(&self) {
        self.assert_unbroken();
        assert!(
            self.surprises.is_empty(),
            "model {}: never reached, or against expectation: {:#?}",
            self.name,
            self.surprises
        );
    }

    /// Panics with the counterexample. For a first look, which need not reach the goals.
    pub(crate) fn assert_unbroken(&self) {
        if let Some(failure) = &self.failure {
            panic!("model {}: {failure}", self.name);
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match (&self.failure, self.complete) {
            (Some(_), _) => "BROKEN",
            (None, true) => "complete",
            (None, false) => "up to the bound",
        };
        write!(
            f,
            "{:<28} {:>10} states {:>11} transitions  depth {:>3}  {end}  \
             ({:.1} s, {:.0} k states/s, {} + {} bytes/state)",
            self.name,
            self.states,
            self.transitions,
            self.depth,
            self.seconds,
            self.states as f64 / self.seconds / 1000.0,
            self.bytes / self.states,
            self.state_size,
        )
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "broken after {} steps: {}", self.steps, self.property)?;
        f.write_str(&self.chart)
    }
}
