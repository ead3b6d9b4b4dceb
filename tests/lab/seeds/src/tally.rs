//! How many seeds of each area were caught by whom.

use std::collections::BTreeMap;
use std::fmt;

/// The figures of one run.
#[derive(Default)]
pub(crate) struct Tally {
    areas: BTreeMap<String, BTreeMap<&'static str, usize>>,
    failed: usize,
}

impl Tally {
    /// A seed of that area was caught by that judge.
    pub(crate) fn caught(&mut self, area: &str, judge: &'static str) {
        self.count(area, judge);
    }

    /// A seed of that area was not caught as it has to be.
    pub(crate) fn failed(&mut self, area: &str) {
        self.count(area, "failed");
        self.failed += 1;
    }

    fn count(&mut self, area: &str, by: &'static str) {
        *self.areas.entry(area.to_string()).or_default().entry(by).or_default() += 1;
    }

    pub(crate) fn failures(&self) -> usize {
        self.failed
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (area, counts) in &self.areas {
            let sum: usize = counts.values().sum();
            let parts = counts.iter().map(|(by, count)| format!("{by} {count}"));
            writeln!(f, "{area:<10} {sum:>4}: {}", parts.collect::<Vec<_>>().join(", "))?;
        }
        Ok(())
    }
}
