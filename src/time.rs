//! The host's clock, as the machines see it.

/// A moment on the host's monotonic clock, in milliseconds since any epoch the host likes.
///
/// The crate never reads a clock: every call that needs the time takes `now`. Arithmetic
/// saturates at [`NEVER`](Self::NEVER).
///
/// ```
/// use ikev2_redirect::Instant;
///
/// let now = Instant::from_millis(1_000);
/// assert_eq!(now.after(500), Instant::from_millis(1_500));
/// assert_eq!(Instant::NEVER.after(1), Instant::NEVER);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instant(u64);

impl Instant {
    /// A moment that never comes.
    pub const NEVER: Instant = Instant(u64::MAX);

    /// The moment `millis` milliseconds after the host's epoch.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Instant(millis)
    }

    /// Milliseconds since the host's epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The moment `millis` milliseconds later; saturates.
    #[must_use]
    pub const fn after(self, millis: u32) -> Self {
        // Lossless: `From` is not callable in a const fn.
        Instant(self.0.saturating_add(millis as u64))
    }

    /// The same distance from `to` as this moment has from `from`; saturates at both ends.
    /// [`NEVER`](Self::NEVER) stays what it is.
    #[must_use]
    pub const fn rebased(self, from: Instant, to: Instant) -> Self {
        if self.0 == Self::NEVER.0 {
            Self::NEVER
        } else if self.0 >= from.0 {
            Instant(to.0.saturating_add(self.0 - from.0))
        } else {
            Instant(to.0.saturating_sub(from.0 - self.0))
        }
    }
}

/// When a machine wants to be woken, and why.
///
/// The host runs one timer per machine: after each call it reads `next_deadline()` and arms or
/// stops the timer. A time-out that comes early, late or twice does no harm. Deadlines are in the
/// order of their moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Deadline<R> {
    /// The moment from which a time-out has an effect.
    pub at: Instant,
    /// What the machine waits for.
    pub reason: R,
}
