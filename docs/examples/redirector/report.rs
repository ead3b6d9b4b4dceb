//! Tells what happened: a line now and then, and the file of metrics.

use std::convert::Infallible;
use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::counters::{Counters, Totals};
use super::file;
use super::log::Log;
use super::metrics::{Door, Snapshot};
use super::options::Options;
use super::status::Status;

/// How old the file of metrics may get.
const METRICS_PERIOD: Duration = Duration::from_secs(1);

pub(crate) struct Reporter<'c> {
    pub(crate) options: &'c Options,
    /// Each address, and the threads that serve it.
    pub(crate) doors: Vec<(String, Range<usize>)>,
    pub(crate) counters: &'c [Counters],
    pub(crate) status: &'c Status,
    pub(crate) log: &'c Log,
}

impl Reporter<'_> {
    pub(crate) fn run(&self) -> Infallible {
        let started = SystemTime::now();
        let mut told = Told::default();
        let mut reported = Instant::now();
        let mut last = Totals::NONE;
        loop {
            self.write_metrics(started, &mut told);
            if self.options.report.is_some_and(|period| reported.elapsed() >= period) {
                reported = Instant::now();
                if let Some(totals) = changed(Totals::of(self.counters), &mut last) {
                    self.log.say(format_args!("{totals}"));
                }
            }
            thread::sleep(METRICS_PERIOD);
        }
    }

    fn write_metrics(&self, started: SystemTime, told: &mut Told) {
        let Some(path) = &self.options.metrics else { return };
        let text = self.snapshot(started).text();
        let fault = file::write_whole(path, &text).err();
        if let Some(fault) = told.once(fault.map(|fault| fault.to_string())) {
            self.log.say(format_args!("metrics not written: {}: {fault}", path.display()));
        }
    }

    fn snapshot(&self, started: SystemTime) -> Snapshot {
        let doors = self.doors.iter().map(|(address, threads)| {
            let counters = self.counters.get(threads.clone()).unwrap_or_default();
            let totals = Totals::of(counters);
            Door { address: address.clone(), threads: threads.clone(), totals }
        });
        Snapshot {
            started,
            doors: doors.collect(),
            facts: self.status.lock().clone(),
            lines_dropped: self.log.dropped(),
        }
    }
}

/// The totals, unless they are the ones of the last time.
fn changed(totals: Totals, last: &mut Totals) -> Option<Totals> {
    let changed = totals != *last;
    *last = totals.clone();
    changed.then_some(totals)
}

/// A fault that was told, so that it is told once.
#[derive(Default)]
struct Told(Option<String>);

impl Told {
    fn once(&mut self, fault: Option<String>) -> Option<String> {
        let new = if fault == self.0 { None } else { fault.clone() };
        self.0 = fault;
        new
    }
}

#[cfg(test)]
mod tests {
    use super::super::counters::Event;
    use super::*;

    #[test]
    fn h05_counters_that_have_not_changed_are_not_reported_again() {
        let counters = [Counters::new()];
        let mut last = Totals::NONE;
        assert_eq!(changed(Totals::of(&counters), &mut last), None);
        counters[0].count(Event::Received);
        let totals = Totals::of(&counters);
        assert_eq!(changed(totals.clone(), &mut last), Some(totals.clone()));
        assert_eq!(changed(totals, &mut last), None);
    }

    #[test]
    fn a_fault_that_lasts_is_told_once_and_again_after_it_was_gone() {
        let mut told = Told::default();
        let fault = || Some("disk full".to_owned());
        let answers = [fault(), fault(), None, fault()].map(|fault| told.once(fault).is_some());
        assert_eq!(answers, [true, false, false, true]);
    }
}
