//! What the benchmarks share.

// No benchmark needs all of it.
#![allow(dead_code)]

pub(crate) mod captures;
pub(crate) mod measure;
pub(crate) mod picture;

use std::time::Duration;

/// A command line.
pub(crate) struct Arguments(Vec<String>);

impl Arguments {
    pub(crate) fn read() -> Self {
        Arguments(std::env::args().skip(1).collect())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|argument| argument == name)
    }

    /// What stands behind `name`.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let place = self.0.iter().position(|argument| argument == name)?;
        self.0.get(place + 1).map(String::as_str)
    }

    /// How long one figure may take: short when cargo only tests that the benchmark runs.
    pub(crate) fn patience(&self) -> Duration {
        Duration::from_millis(if self.has("--bench") { 400 } else { 8 })
    }
}
