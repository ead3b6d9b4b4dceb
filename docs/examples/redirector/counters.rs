//! What happened to the datagrams.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use ikev2_redirect::Reason;

use super::service::Outcome;

/// What is counted besides the reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Received,
    Redirected,
    Notified,
    NotIke,
    SendFailed,
    ReceiveFailed,
}

impl Event {
    const ALL: [(Event, &str); 6] = [
        (Event::Received, "received"),
        (Event::Redirected, "redirected"),
        (Event::Notified, "notified"),
        (Event::NotIke, "not-ike"),
        (Event::SendFailed, "send-failed"),
        (Event::ReceiveFailed, "receive-failed"),
    ];
}

/// The counters of one thread, which only that thread writes.
pub(crate) struct Counters {
    events: [AtomicU64; Event::ALL.len()],
    refused: [AtomicU64; Reason::COUNT],
}

impl Counters {
    pub(crate) const fn new() -> Self {
        Counters {
            events: [const { AtomicU64::new(0) }; Event::ALL.len()],
            refused: [const { AtomicU64::new(0) }; Reason::COUNT],
        }
    }

    pub(crate) fn count(&self, event: Event) {
        increment(&self.events[event as usize]);
    }

    pub(crate) fn count_outcome(&self, outcome: Outcome) {
        self.count(Event::Received);
        match outcome {
            Outcome::Redirected { .. } => self.count(Event::Redirected),
            Outcome::Notified { reason, .. } => {
                self.count(Event::Notified);
                increment(&self.refused[reason as usize]);
            }
            Outcome::Refused(reason) => increment(&self.refused[reason as usize]),
            Outcome::NotIke => self.count(Event::NotIke),
        }
    }
}

/// How many clients were sent to one target: a lane for each thread, which only that thread
/// writes.
pub(crate) struct Tally(Box<[Lane]>);

/// Alone in its line of the cache, so that threads do not slow each other down.
#[derive(Default)]
#[repr(align(64))]
struct Lane(AtomicU64);

impl Tally {
    pub(crate) fn new(threads: usize) -> Self {
        Tally((0..threads).map(|_| Lane::default()).collect())
    }

    pub(crate) fn count(&self, thread: usize) {
        if let Some(lane) = self.0.get(thread) {
            increment(&lane.0);
        }
    }

    /// What these threads counted.
    pub(crate) fn of(&self, threads: std::ops::Range<usize>) -> u64 {
        let lanes = self.0.get(threads).unwrap_or_default();
        lanes.iter().map(|lane| lane.0.load(Ordering::Relaxed)).sum()
    }
}

/// Cheaper than an atomic addition, and right with a single writer.
fn increment(counter: &AtomicU64) {
    counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
}

/// The sum over some threads; shown as `name=count` pairs, of the reasons only those that occur.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Totals {
    events: [u64; Event::ALL.len()],
    refused: [u64; Reason::COUNT],
}

impl Totals {
    pub(crate) const NONE: Totals =
        Totals { events: [0; Event::ALL.len()], refused: [0; Reason::COUNT] };

    pub(crate) fn of(threads: &[Counters]) -> Self {
        let mut totals = Totals::NONE;
        for counters in threads {
            add(&mut totals.events, &counters.events);
            add(&mut totals.refused, &counters.refused);
        }
        totals
    }

    pub(crate) fn event(&self, event: Event) -> u64 {
        self.events[event as usize]
    }

    /// The reasons that occurred.
    pub(crate) fn refused(&self) -> impl Iterator<Item = (Reason, u64)> {
        let counts = Reason::ALL.iter().map(|reason| (*reason, self.refused[*reason as usize]));
        counts.filter(|(_, count)| *count > 0)
    }
}

fn add(totals: &mut [u64], counters: &[AtomicU64]) {
    for (total, counter) in totals.iter_mut().zip(counters) {
        *total += counter.load(Ordering::Relaxed);
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("counters")?;
        for ((_, name), count) in Event::ALL.iter().zip(self.events) {
            write!(f, " {name}={count}")?;
        }
        for (reason, count) in self.refused() {
            write!(f, " {reason}={count}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_its_place() {
        for (place, (event, _)) in Event::ALL.into_iter().enumerate() {
            assert_eq!(event as usize, place);
        }
    }

    #[test]
    fn h05_counters_of_all_threads_are_summed_by_reason() {
        let threads = [Counters::new(), Counters::new()];
        threads[0].count_outcome(Outcome::Redirected { length: 74, place: 0 });
        threads[0].count_outcome(Outcome::Refused(Reason::NonceLength));
        threads[1].count_outcome(Outcome::Refused(Reason::NonceLength));
        let unsupported = Reason::ClientUnsupported;
        threads[1].count_outcome(Outcome::Notified { length: 36, reason: unsupported });
        threads[1].count_outcome(Outcome::NotIke);
        threads[1].count(Event::SendFailed);
        assert_eq!(
            Totals::of(&threads).to_string(),
            "counters received=5 redirected=1 notified=1 not-ike=1 send-failed=1 \
             receive-failed=0 nonce-length=2 client-unsupported=1"
        );
    }

    #[test]
    fn a_tally_is_told_apart_by_thread() {
        let tally = Tally::new(3);
        for thread in [0, 1, 1, 2] {
            tally.count(thread);
        }
        assert_eq!([tally.of(0..1), tally.of(1..3), tally.of(0..3)], [1, 3, 4]);
    }
}
