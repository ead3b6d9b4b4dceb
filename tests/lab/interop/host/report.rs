//! What the host tells: machine-readable events, a log for people, the keys
//! for a dissector. And the clock that all of it is stamped with.

use std::fmt::Display;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::mpsc::Sender;

use ikev2_redirect::Instant;

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

/// Where events go.
enum Sink {
    Stdout,
    /// To the self-test that runs this host in a thread.
    Channel(Sender<String>),
}

/// Tells what happens.
pub(crate) struct Reporter {
    clock: Clock,
    sink: Sink,
    log: Option<File>,
    keys: Option<File>,
}

impl Reporter {
    pub(crate) fn stdout(clock: Clock, log: Option<&Path>, keys: Option<&Path>) -> Self {
        Self { clock, sink: Sink::Stdout, log: log.map(append), keys: keys.map(append) }
    }

    pub(crate) fn channel(clock: Clock, sender: Sender<String>) -> Self {
        Self { clock, sink: Sink::Channel(sender), log: None, keys: None }
    }

    /// One line `event NAME key=value …`; a value is empty never, but `-`.
    pub(crate) fn event(&mut self, name: &str, fields: &[(&str, &dyn Display)]) {
        let mut line = format!("event {name}");
        for (key, value) in fields {
            line.push_str(&format!(" {key}={value}"));
        }
        self.note(&line);
        match &self.sink {
            Sink::Stdout => {
                let mut out = std::io::stdout().lock();
                // Nobody may be reading any more; the run goes on.
                let _ = writeln!(out, "{line}").and_then(|()| out.flush());
            }
            Sink::Channel(sender) => drop(sender.send(line)),
        }
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
