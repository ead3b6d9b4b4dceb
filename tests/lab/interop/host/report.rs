//! What the host tells: machine-readable events, a log for people, the keys for a dissector. And
//! the clock that all of it is stamped with.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use ikev2_redirect::Instant;

use crate::options::Files;

/// Milliseconds since the host started.
#[derive(Clone, Copy)]
pub(crate) struct Clock(std::time::Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(std::time::Instant::now())
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::from_millis(self.0.elapsed().as_millis() as u64)
    }
}

/// Tells what happens.
pub(crate) struct Reporter {
    pub(crate) clock: Clock,
    log: Option<File>,
    keys: Option<File>,
}

impl Reporter {
    pub(crate) fn new(clock: Clock, files: &Files) -> Self {
        let append = |path: &Option<_>| path.as_deref().map(append);
        Self { clock, log: append(&files.log), keys: append(&files.keys) }
    }

    /// One line `event NAME key=value …`; a value is empty never, but `-`.
    pub(crate) fn event(&mut self, what: &str) {
        let line = format!("event {what}");
        self.note(&line);
        let mut out = std::io::stdout().lock();
        // Nobody may be reading any more; the run goes on.
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }

    /// For the log only.
    pub(crate) fn note(&mut self, text: &str) {
        if let Some(log) = &mut self.log {
            let _ = writeln!(log, "{:8} {text}", self.clock.now().as_millis());
        }
    }

    /// One line of Wireshark's `ikev2_decryption_table`.
    pub(crate) fn keys(&mut self, line: &str) {
        if let Some(keys) = &mut self.keys {
            let _ = writeln!(keys, "{line}");
        }
    }
}

fn append(path: &Path) -> File {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
