//! A message that waits for its answer, and its retransmission.

use ikev2_redirect::Instant;

/// How often and how fast a request is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patience {
    pub(crate) retries: u32,
    /// Milliseconds until the first repetition; they double each time.
    pub(crate) first: u32,
}

/// What to do about a message in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Resend,
    GiveUp,
}

#[derive(Debug)]
pub(super) struct Flight {
    pub(super) message: Vec<u8>,
    retries_left: u32,
    pause: u32,
    /// `None` if somebody else decides about retransmission.
    next: Option<Instant>,
}

impl Flight {
    pub(super) fn new(message: Vec<u8>, now: Instant, patience: Patience) -> Self {
        let next = Some(now.after(patience.first));
        Flight { message, retries_left: patience.retries, pause: patience.first, next }
    }

    /// Repeated only when told.
    pub(super) fn untimed(message: Vec<u8>) -> Self {
        Flight { message, retries_left: 0, pause: 0, next: None }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.next
    }

    pub(super) fn poll(&mut self, now: Instant) -> Due {
        if self.next.is_none_or(|at| now < at) {
            return Due::Nothing;
        }
        let Some(left) = self.retries_left.checked_sub(1) else { return Due::GiveUp };
        self.retries_left = left;
        self.pause = self.pause.saturating_mul(2);
        self.next = Some(now.after(self.pause));
        Due::Resend
    }
}
