//! The record of followed redirects.

use super::Config;
use crate::Instant;

/// A sliding window over the redirects that were followed (`R9-4`, `D7-1`).
///
/// It counts the redirects of all three phases, survives success, and goes with the connection
/// from gateway to gateway. A redirect leaves the window at exactly its period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct LoopLimit {
    count: u8,
    /// Oldest first; behind `count` only zeros, so that equal windows are equal values.
    followed: [Instant; Self::CAPACITY],
}

const UNUSED: Instant = Instant::from_millis(0);

impl LoopLimit {
    /// The largest limit that can be set.
    pub(super) const CAPACITY: usize = 8;

    pub(super) const fn new() -> Self {
        LoopLimit { count: 0, followed: [UNUSED; Self::CAPACITY] }
    }

    /// How many followed redirects stand in the window that ends at `now`.
    pub(super) fn followed(&self, config: &Config, now: Instant) -> usize {
        // Not `count()`, which brings a check for overflow with it.
        self.recent(config, now).fold(0, |count: usize, _| count.saturating_add(1))
    }

    /// Whether one more redirect may be followed at `now`.
    pub(super) fn allows(&self, config: &Config, now: Instant) -> bool {
        self.followed(config, now) < usize::from(config.max_redirects)
    }

    /// Records a redirect that is followed. A full record, which only a clock that goes back can
    /// cause, loses its oldest entry: the new one always counts.
    pub(super) fn record(&mut self, config: &Config, now: Instant) {
        self.forget(config, now);
        if usize::from(self.count) == Self::CAPACITY {
            self.followed.rotate_left(1);
            self.count = self.count.saturating_sub(1);
        }
        if let Some(place) = self.followed.get_mut(usize::from(self.count)) {
            *place = now;
            self.count = self.count.saturating_add(1);
        }
    }

    /// Drops what has left the window and moves the rest to another clock.
    pub(super) fn rebase(&mut self, config: &Config, from: Instant, to: Instant) {
        self.forget(config, from);
        for at in self.followed.iter_mut().take(usize::from(self.count)) {
            *at = at.rebased(from, to);
        }
    }

    fn forget(&mut self, config: &Config, now: Instant) {
        let mut left = [UNUSED; Self::CAPACITY];
        let mut count: u8 = 0;
        for (place, at) in left.iter_mut().zip(self.recent(config, now)) {
            *place = at;
            count = count.saturating_add(1);
        }
        self.followed = left;
        self.count = count;
    }

    fn recent(&self, config: &Config, now: Instant) -> impl Iterator<Item = Instant> + '_ {
        let period = config.loop_detect_period;
        let known = self.followed.iter().take(usize::from(self.count)).copied();
        known.filter(move |at| now < at.after(period))
    }
}
