//! A message that waits for its answer, and its retransmission.

use ikev2_redirect::Instant;

/// How often and how fast a request is repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) retries: u32,
    /// Until the first repetition; doubles each time.
    pub(crate) first_ms: u32,
}

/// What to do about a message in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    Resend,
    GiveUp,
}

pub(crate) struct Flight {
    pub(crate) message: Vec<u8>,
    retries_left: u32,
    interval_ms: u32,
    /// `None` if someone else decides about retransmission.
    next: Option<Instant>,
}

impl Flight {
    pub(crate) fn new(message: Vec<u8>, now: Instant, patience: Patience) -> Self {
        let next = Some(now.after(patience.first_ms));
        Self { message, retries_left: patience.retries, interval_ms: patience.first_ms, next }
    }

    /// Repeated only when told.
    pub(crate) fn untimed(message: Vec<u8>) -> Self {
        Self { message, retries_left: 0, interval_ms: 0, next: None }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.next
    }

    pub(crate) fn poll(&mut self, now: Instant) -> Due {
        if self.next.is_none_or(|at| now < at) {
            return Due::Nothing;
        }
        let Some(left) = self.retries_left.checked_sub(1) else { return Due::GiveUp };
        self.retries_left = left;
        self.interval_ms = self.interval_ms.saturating_mul(2);
        self.next = Some(now.after(self.interval_ms));
        Due::Resend
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flight_is_repeated_with_back_off_and_then_given_up() {
        let at = Instant::from_millis;
        let mut flight = Flight::new(vec![1], at(0), Patience { retries: 2, first_ms: 100 });
        assert_eq!(flight.poll(at(99)), Due::Nothing);
        assert_eq!(flight.poll(at(100)), Due::Resend);
        assert_eq!(flight.poll(at(299)), Due::Nothing);
        assert_eq!(flight.poll(at(300)), Due::Resend);
        assert_eq!(flight.deadline(), Some(at(700)));
        assert_eq!(flight.poll(at(700)), Due::GiveUp);
    }
}
