//! A list that is replaced while threads read it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::counters::Tally;
use super::entry::Entry;

/// The entries, and in the same places where each one's clients are counted.
pub(crate) struct List {
    pub(crate) entries: Vec<Entry>,
    pub(crate) tallies: Vec<Arc<Tally>>,
}

/// A list and its number are one value: whoever has one of them has the other.
type Edition = (u64, Arc<List>);

/// The list in use.
pub(crate) struct Live {
    current: Mutex<Edition>,
    /// The number of the current edition. It only says that a look behind the lock is due.
    newest: AtomicU64,
}

impl Live {
    pub(crate) fn new(list: List) -> Self {
        Live { current: Mutex::new((0, Arc::new(list))), newest: AtomicU64::new(0) }
    }

    /// Puts another list in its place. Readers see it at their next look.
    pub(crate) fn replace(&self, list: List) {
        let mut current = self.lock();
        *current = (current.0 + 1, Arc::new(list));
        self.newest.store(current.0, Ordering::Release);
    }

    /// A reader for one thread.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader { live: self, seen: self.lock().clone() }
    }

    fn lock(&self) -> MutexGuard<'_, Edition> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One thread's view; takes the lock only after a change.
pub(crate) struct Reader<'l> {
    live: &'l Live,
    seen: Edition,
}

impl Reader<'_> {
    /// The list as it is now.
    pub(crate) fn list(&mut self) -> &List {
        if self.live.newest.load(Ordering::Acquire) != self.seen.0 {
            self.seen = self.live.lock().clone();
        }
        &self.seen.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(target: &str) -> List {
        List { entries: vec![target.parse().unwrap()], tallies: Vec::new() }
    }

    fn seen_by(reader: &mut Reader<'_>) -> String {
        reader.list().entries[0].name.to_string()
    }

    #[test]
    fn a_reader_sees_the_list_that_replaced_its_own() {
        let live = Live::new(list("192.0.2.1"));
        let mut reader = live.reader();
        assert_eq!(seen_by(&mut reader), "192.0.2.1");
        live.replace(list("192.0.2.2"));
        assert_eq!(seen_by(&mut reader), "192.0.2.2");
    }

    #[test]
    fn h06_a_reader_that_looks_in_the_middle_of_a_change_sees_it_afterwards() {
        let live = Live::new(list("192.0.2.1"));
        let mut reader = live.reader();
        // The number is out before the list is: what a writer without the lock could do.
        live.newest.store(1, Ordering::Release);
        assert_eq!(seen_by(&mut reader), "192.0.2.1");
        live.replace(list("192.0.2.2"));
        assert_eq!(seen_by(&mut reader), "192.0.2.2");
    }

    #[test]
    fn h06_no_change_is_lost_however_often_the_list_changes_under_its_readers() {
        let live = Live::new(list("192.0.2.1"));
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut reader = live.reader();
                    while seen_by(&mut reader) != "192.0.2.9" {
                        std::hint::spin_loop();
                    }
                });
            }
            for _ in 0..10_000 {
                live.replace(list("192.0.2.2"));
            }
            live.replace(list("192.0.2.9"));
        });
    }
}
