//! A list of targets that is replaced while threads read it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::target::Target;

/// The list in use.
pub(crate) struct Live {
    edition: AtomicUsize,
    targets: Mutex<Arc<[Target]>>,
}

impl Live {
    pub(crate) fn new(targets: Vec<Target>) -> Self {
        Live { edition: AtomicUsize::new(0), targets: Mutex::new(targets.into()) }
    }

    /// Puts another list in its place. Readers see it at their next look.
    pub(crate) fn replace(&self, targets: Vec<Target>) {
        *self.lock() = targets.into();
        self.edition.fetch_add(1, Ordering::Release);
    }

    /// A reader for one thread.
    pub(crate) fn reader(&self) -> Reader<'_> {
        let edition = self.edition.load(Ordering::Acquire);
        Reader { live: self, edition, targets: Arc::clone(&self.lock()) }
    }

    fn lock(&self) -> MutexGuard<'_, Arc<[Target]>> {
        self.targets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One thread's view; takes the lock only after a change.
pub(crate) struct Reader<'l> {
    live: &'l Live,
    edition: usize,
    targets: Arc<[Target]>,
}

impl Reader<'_> {
    /// The list as it is now.
    pub(crate) fn targets(&mut self) -> &[Target] {
        if self.live.edition.load(Ordering::Acquire) != self.edition {
            *self = self.live.reader();
        }
        &self.targets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_sees_the_list_that_replaced_its_own() {
        let live = Live::new(vec!["192.0.2.1".parse().unwrap()]);
        let mut reader = live.reader();
        assert_eq!(reader.targets()[0].to_string(), "192.0.2.1=1");
        live.replace(vec!["192.0.2.2".parse().unwrap()]);
        assert_eq!(reader.targets()[0].to_string(), "192.0.2.2=1");
    }
}
