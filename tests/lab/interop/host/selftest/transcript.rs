//! What a host in another thread has told so far.

use std::cell::RefCell;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// How long to wait for an event that has to come.
const PATIENCE: Duration = Duration::from_secs(4);

pub(super) struct Transcript {
    receiver: Receiver<String>,
    lines: RefCell<Vec<String>>,
}

impl Transcript {
    pub(super) fn of(receiver: Receiver<String>) -> Self {
        Self { receiver, lines: RefCell::new(Vec::new()) }
    }

    /// Reads until all that is expected has come, or nothing more does.
    pub(super) fn gather(&self, expected: &[&str]) -> Vec<String> {
        let until = Instant::now() + PATIENCE;
        while first_missing(&self.lines.borrow(), expected).is_some() {
            let left = until.saturating_duration_since(Instant::now());
            match self.receiver.recv_timeout(left) {
                Ok(line) => self.lines.borrow_mut().push(line),
                Err(_) => break,
            }
        }
        self.lines()
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.lines.borrow_mut().extend(self.receiver.try_iter());
        self.lines.borrow().clone()
    }
}

/// The first of the expected events that does not come after those before it.
/// An event is expected by its first words.
pub(super) fn first_missing<'e>(lines: &[String], expected: &[&'e str]) -> Option<&'e str> {
    let mut rest = lines.iter();
    expected.iter().copied().find(|event| !rest.any(|line| tells(line, event)))
}

pub(super) fn tells(line: &str, event: &str) -> bool {
    let Some(told) = line.strip_prefix("event ") else { return false };
    let mut told = told.split(' ');
    event.split(' ').all(|word| told.any(|found| found == word))
}
