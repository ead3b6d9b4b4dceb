//! How long answers took.

use std::time::Duration;

/// All of them, to be sorted at the end.
#[derive(Default)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(crate) fn add(&mut self, latency: Duration) {
        self.0.push(latency);
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Microseconds that `share` of the answers did not exceed.
    pub(crate) fn quantile_us(&mut self, share: f64) -> f64 {
        self.0.sort_unstable();
        let place = (self.0.len() as f64 * share) as usize;
        let latency = self.0.get(place.min(self.0.len().saturating_sub(1)));
        latency.map_or(f64::NAN, |latency| latency.as_nanos() as f64 / 1e3)
    }
}
