//! Virtual time: it is always [`NOW`], and a tick moves everything else into the past.

use ikev2_redirect::Instant;

/// One tick, in milliseconds.
pub(crate) const TICK: u32 = 1_000;

/// How many ticks ago the epoch is: as long as the longest age that matters. What is older, such
/// as a deadline that passed long ago, stays at the epoch, so that there are only so many ages.
pub(crate) const OLDEST: u32 = 8;

/// The present.
pub(crate) const NOW: Instant = Instant::from_millis(OLDEST as u64 * TICK as u64);

/// Where [`NOW`] is after a tick, before everything is moved back.
pub(crate) const NEXT: Instant = in_ticks(1);

/// A moment so many ticks from now.
pub(crate) const fn in_ticks(ticks: u32) -> Instant {
    NOW.after(ticks * TICK)
}

/// The moment that was or will be when something that takes so many ticks is so many ticks old.
pub(crate) const fn due(takes: u16, age: u16) -> Instant {
    Instant::from_millis((OLDEST as u64 + takes as u64).saturating_sub(age as u64) * TICK as u64)
}
