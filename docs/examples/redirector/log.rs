//! The lines on standard output.

use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

/// How many lines wait for a reader that is slow; more are dropped.
const QUEUE: usize = 1024;

/// Takes lines without ever waiting: a thread of its own writes them.
#[derive(Clone)]
pub(crate) struct Log {
    lines: SyncSender<String>,
    dropped: Arc<AtomicU64>,
}

impl Log {
    pub(crate) fn to(output: impl Write + Send + 'static) -> Log {
        let (lines, queue) = mpsc::sync_channel(QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&dropped);
        thread::spawn(move || write_lines(&queue, output, &counter));
        Log { lines, dropped }
    }

    pub(crate) fn say(&self, line: fmt::Arguments<'_>) {
        if self.lines.try_send(line.to_string()).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many lines nobody will read.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// Writes until nobody can say anything any more. A reader that comes back is told what it missed.
fn write_lines(queue: &Receiver<String>, mut output: impl Write, dropped: &AtomicU64) {
    let mut told = 0;
    for line in queue {
        let missed = dropped.load(Ordering::Relaxed);
        let notice = if missed > told {
            format!("{} lines dropped\n", missed - told)
        } else {
            String::new()
        };
        told = missed;
        let written = output.write_all(format!("{notice}{line}\n").as_bytes());
        if written.and_then(|()| output.flush()).is_err() {
            dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Duration;

    use super::*;

    /// Passes on what is written, each time only after it was let.
    struct Pipe {
        gate: Receiver<()>,
        out: Sender<String>,
    }

    impl Write for Pipe {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.gate.recv().map_err(|_| io::ErrorKind::BrokenPipe)?;
            let _ = self.out.send(String::from_utf8_lossy(octets).into_owned());
            Ok(octets.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn f30_a_reader_that_does_not_read_stops_nobody_and_what_it_missed_is_counted() {
        let ((open, gate), (out, written)) = (channel(), channel());
        let log = Log::to(Pipe { gate, out });
        log.say(format_args!("first"));
        open.send(()).unwrap();
        assert_eq!(written.recv().unwrap(), "first\n");
        // The writer may hold one line besides those in the queue.
        let said = QUEUE as u64 + 10;
        let (done, all_said) = channel();
        let talker = log.clone();
        thread::spawn(move || {
            (0..said).for_each(|number| talker.say(format_args!("{number}")));
            done.send(())
        });
        all_said.recv_timeout(Duration::from_secs(30)).expect("it waits for its reader");
        let dropped = log.dropped();
        assert!((9..=10).contains(&dropped), "{dropped}");
        for _ in 0..said - dropped {
            open.send(()).unwrap();
        }
        let lines: Vec<_> = (0..said - dropped).map(|_| written.recv().unwrap()).collect();
        let notice = format!("{dropped} lines dropped\n");
        assert!(lines.iter().any(|line| line.starts_with(&notice)), "nobody was told");
    }

    #[test]
    fn f30_lines_that_cannot_be_written_are_counted() {
        let ((open, gate), (out, _written)) = (channel::<()>(), channel());
        drop(open);
        let log = Log::to(Pipe { gate, out });
        log.say(format_args!("nobody reads"));
        while log.dropped() == 0 {
            thread::yield_now();
        }
        assert_eq!(log.dropped(), 1);
    }
}
