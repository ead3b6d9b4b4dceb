//! The loop limit.

use super::Config;
use crate::Instant;

/// A sliding window over the redirects that were followed (`R9-4`, `D7-1`).
///
/// It counts the redirects of all three phases, survives success, and goes with the connection
/// from gateway to gateway. A redirect leaves the window at exactly its period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LoopLimit {
    max: u8,
    count: u8,
    period: u32,
    /// Oldest first; behind `count` only zeros, so that equal windows are equal values.
    followed: [Instant; Self::CAPACITY],
}

const UNUSED: Instant = Instant::from_millis(0);

impl LoopLimit {
    /// The largest limit that can be set.
    pub const CAPACITY: usize = 8;

    pub(super) const fn new(config: &Config) -> Self {
        LoopLimit {
            max: config.max_redirects,
            count: 0,
            period: config.loop_detect_period,
            followed: [UNUSED; Self::CAPACITY],
        }
    }

    /// How many followed redirects stand in the window that ends at `now`.
    #[must_use]
    pub fn followed(&self, now: Instant) -> usize {
        // Not `count()`, which brings a check for overflow with it.
        self.recent(now).fold(0, |count: usize, _| count.saturating_add(1))
    }

    /// Whether one more redirect may be followed at `now`.
    #[must_use]
    pub fn allows(&self, now: Instant) -> bool {
        self.followed(now) < usize::from(self.max)
    }

    pub(super) fn record(&mut self, now: Instant) {
        self.forget(now);
        if let Some(place) = self.followed.get_mut(usize::from(self.count)) {
            *place = now;
            self.count = self.count.saturating_add(1);
        }
    }

    /// Drops what has left the window and moves the rest to another clock.
    pub(super) fn rebase(&mut self, from: Instant, to: Instant) {
        self.forget(from);
        for at in self.followed.iter_mut().take(usize::from(self.count)) {
            *at = at.rebased(from, to);
        }
    }

    fn forget(&mut self, now: Instant) {
        let mut left = [UNUSED; Self::CAPACITY];
        let mut count: u8 = 0;
        for (place, at) in left.iter_mut().zip(self.recent(now)) {
            *place = at;
            count = count.saturating_add(1);
        }
        self.followed = left;
        self.count = count;
    }

    fn recent(&self, now: Instant) -> impl Iterator<Item = Instant> + '_ {
        let known = self.followed.iter().take(usize::from(self.count)).copied();
        known.filter(move |at| now < at.after(self.period))
    }
}
