//! How much of its weight a target is given, by what it says of its load.
//!
//! Only tenths are given, and a load has to leave the tenth that it is in by a margin: so a load
//! that sways moves nobody, and one that changes moves the clients of its own target only.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::entry::{Entry, Name};
use super::file::{self, Stamp};

/// What an operator sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// A target that has said nothing for longer gets no new clients.
    pub(crate) silent: Duration,
    /// A target with so many percent of its load gets no new clients.
    pub(crate) full: u8,
    /// How long a target takes from no clients to its whole weight.
    pub(crate) ramp: Duration,
}

/// How far a load may be off the middle of its tenth, in percent.
const MARGIN: u8 = 7;

/// How far below the limit the load of a full target has to fall, in percent.
const RELIEF: u8 = 5;

/// What is known of one target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gauge {
    /// When it said something last.
    heard: Option<Instant>,
    /// Its load in percent, then.
    pub(crate) load: u8,
    pub(crate) tenths: u8,
    /// It has reached the limit, and has not come far enough below it since.
    full: bool,
    /// When it may be given another tenth; `None`: at any time.
    due: Option<Instant>,
    stamp: Option<Stamp>,
}

impl Gauge {
    pub(crate) fn hear(&mut self, load: u8, at: Option<Instant>, limits: &Limits) {
        self.heard = at;
        self.load = load;
        let limit = if self.full {
            limits.full.saturating_sub(RELIEF)
        } else {
            limits.full.saturating_sub(1)
        };
        self.full = load > limit;
    }

    pub(crate) fn is_silent(&self, now: Instant, limits: &Limits) -> bool {
        self.heard.is_none_or(|heard| now.saturating_duration_since(heard) > limits.silent)
    }

    /// Gives at once what is less, and what is more at the pace of the ramp.
    pub(crate) fn settle(&mut self, now: Instant, limits: &Limits, ramp: Duration) {
        let wanted = self.wanted(now, limits);
        if wanted <= self.tenths || ramp.is_zero() {
            self.tenths = wanted;
            // Nothing is saved up meanwhile.
            self.due = self.due.filter(|due| *due > now);
            return;
        }
        // As many as are due: looks may be rarer than tenths.
        while self.tenths < wanted && self.due.is_none_or(|due| due <= now) {
            self.tenths += 1;
            self.due = Some(self.due.unwrap_or(now) + ramp / u32::from(Entry::WHOLE));
        }
    }

    fn wanted(&self, now: Instant, limits: &Limits) -> u8 {
        if self.full || self.is_silent(now, limits) {
            return 0;
        }
        let free = 100 - self.load.min(100);
        if self.tenths > 0 && free.abs_diff(10 * self.tenths) <= MARGIN {
            self.tenths
        } else {
            ((free + 5) / 10).max(1)
        }
    }
}

/// The files in which targets say their load: one for each, named like the target, with one
/// number from 0 to 100 and the end of its line.
pub(crate) struct Loads {
    directory: PathBuf,
    pub(crate) limits: Limits,
    gauges: BTreeMap<Name, Gauge>,
    /// No target would get clients, so that all get them by weight.
    pub(crate) ignored: bool,
}

impl Loads {
    pub(crate) fn new(directory: &Path, limits: Limits) -> Self {
        let directory = directory.to_owned();
        Loads { directory, limits, gauges: BTreeMap::new(), ignored: false }
    }

    pub(crate) fn gauge(&self, name: &Name) -> Option<&Gauge> {
        self.gauges.get(name)
    }

    /// Reads what is new, and returns the faults in it.
    pub(crate) fn look(&mut self, now: Instant, entries: &[Entry]) -> Vec<String> {
        self.gauges.retain(|name, _| entries.iter().any(|entry| entry.name == *name));
        let mut faults = Vec::new();
        for entry in entries {
            let gauge = self.gauges.entry(entry.name.clone()).or_default();
            let path = self.directory.join(entry.name.to_string());
            let Some(stamp) = Stamp::of(&path) else { continue };
            if gauge.stamp.replace(stamp) == Some(stamp) {
                continue;
            }
            match file::read(&path).map_err(|fault| fault.to_string()).and_then(|it| parse(&it)) {
                Ok(load) => gauge.hear(load, written(stamp.modified, now), &self.limits),
                Err(fault) => faults.push(format!("{}: {fault}", path.display())),
            }
        }
        faults
    }

    /// Gives each target its tenths; says what is another than before. Without a ramp at the
    /// start: who is found at work is not brought up anew.
    pub(crate) fn give(&mut self, now: Instant, entries: &mut [Entry], start: bool) -> Vec<String> {
        let ramp = if start { Duration::ZERO } else { self.limits.ramp };
        let mut changes = Vec::new();
        for entry in entries.iter_mut() {
            let gauge = self.gauges.entry(entry.name.clone()).or_default();
            let before = gauge.tenths;
            if entry.weight == 0 {
                gauge.tenths = 0;
            } else {
                gauge.settle(now, &self.limits, ramp);
                if gauge.tenths != before || start {
                    let shown = Shown { gauge, now, limits: &self.limits };
                    changes.push(format!("target {} {shown}", entry.name));
                }
            }
            entry.give(gauge.tenths);
        }
        let ignored = !entries.iter().any(Entry::takes_clients);
        if ignored {
            entries.iter_mut().for_each(|entry| entry.give(Entry::WHOLE));
        }
        if ignored != self.ignored {
            let what = if ignored { "ignored: no target would get clients" } else { "used again" };
            changes.push(format!("loads {what}"));
        }
        self.ignored = ignored;
        changes
    }
}

/// When a file was written, by the clock that nobody sets. One that is from the future was
/// written just now.
fn written(modified: SystemTime, now: Instant) -> Option<Instant> {
    now.checked_sub(modified.elapsed().unwrap_or_default())
}

fn parse(text: &str) -> Result<u8, String> {
    let number = text.strip_suffix('\n').ok_or("has no end of line, so it may not be whole")?;
    match number.trim().parse() {
        Ok(load @ 0..=100) => Ok(load),
        Ok(_) | Err(_) => Err(format!("{number:?} is not a number from 0 to 100")),
    }
}

/// What a target is given, and why.
struct Shown<'g> {
    gauge: &'g Gauge,
    now: Instant,
    limits: &'g Limits,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Gauge { load, tenths, .. } = self.gauge;
        if self.gauge.is_silent(self.now, self.limits) {
            write!(f, "is silent: no new clients")
        } else if *tenths == 0 {
            write!(f, "has load {load}: no new clients")
        } else {
            write!(f, "has load {load}: {tenths}/{} of its weight", Entry::WHOLE)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};

    use super::super::file::tests::Scratch;
    use super::*;

    const LIMITS: Limits =
        Limits { silent: Duration::from_secs(30), full: 90, ramp: Duration::from_secs(100) };

    /// Loads as they are heard, without files.
    struct Fleet {
        loads: Loads,
        entries: Vec<Entry>,
        start: Instant,
    }

    impl Fleet {
        fn new(limits: Limits, targets: &[&str]) -> Fleet {
            let entries = targets.iter().map(|target| target.parse().unwrap()).collect();
            let loads = Loads::new(Path::new("nowhere"), limits);
            Fleet { loads, entries, start: Instant::now() }
        }

        fn at(&self, second: u64) -> Instant {
            self.start + Duration::from_secs(second)
        }

        fn hear(&mut self, place: usize, load: u8, second: u64) {
            let (name, at) = (self.entries[place].name.clone(), self.at(second));
            let gauge = self.loads.gauges.entry(name).or_default();
            gauge.hear(load, Some(at), &self.loads.limits);
        }

        /// The shares at that second.
        fn shares(&mut self, second: u64) -> Vec<u32> {
            let now = self.at(second);
            self.loads.give(now, &mut self.entries, second == 0);
            self.entries.iter().map(|entry| entry.share).collect()
        }
    }

    fn without_ramp() -> Limits {
        Limits { ramp: Duration::ZERO, ..LIMITS }
    }

    #[test]
    fn a_target_gets_clients_by_its_weight_and_by_what_is_free() {
        let mut fleet = Fleet::new(LIMITS, &["192.0.2.1=3", "192.0.2.2", "192.0.2.3"]);
        for (place, load) in [(0, 50), (1, 0), (2, 89)] {
            fleet.hear(place, load, 0);
        }
        assert_eq!(fleet.shares(0), [15, 10, 1]);
    }

    #[test]
    fn a_load_that_sways_changes_nothing() {
        let mut fleet = Fleet::new(without_ramp(), &["192.0.2.1"]);
        fleet.hear(0, 40, 0);
        assert_eq!(fleet.shares(0), [6]);
        for (second, load, share) in [(1, 47, 6), (2, 33, 6), (3, 48, 5), (4, 43, 5), (5, 42, 6)] {
            fleet.hear(0, load, second);
            assert_eq!(fleet.shares(second), [share], "load {load}");
        }
    }

    #[test]
    fn a_silent_target_gets_no_new_clients_until_it_is_heard_again() {
        let mut fleet = Fleet::new(without_ramp(), &["192.0.2.1", "192.0.2.2"]);
        fleet.hear(0, 0, 0);
        fleet.hear(1, 0, 0);
        assert_eq!(fleet.shares(0), [10, 10]);
        fleet.hear(1, 0, 30);
        assert_eq!(fleet.shares(30), [10, 10]);
        assert_eq!(fleet.shares(31), [0, 10]);
        fleet.hear(0, 0, 40);
        assert_eq!(fleet.shares(40), [10, 10]);
    }

    #[test]
    fn a_full_target_gets_clients_again_only_when_it_has_some_room() {
        let mut fleet = Fleet::new(without_ramp(), &["192.0.2.1", "192.0.2.2"]);
        fleet.hear(1, 0, 0);
        for (second, load, share) in [(0, 89, 1), (1, 90, 0), (2, 86, 0), (3, 85, 2), (4, 88, 1)] {
            fleet.hear(0, load, second);
            assert_eq!(fleet.shares(second), [share, 10], "load {load}");
        }
    }

    #[test]
    fn a_target_that_comes_back_is_brought_up_step_by_step() {
        let mut fleet = Fleet::new(LIMITS, &["192.0.2.1", "192.0.2.2"]);
        fleet.hear(1, 0, 0);
        fleet.shares(0);
        for second in 1..=100 {
            fleet.hear(0, 0, second);
            fleet.hear(1, 0, second);
            let tenths = 1 + (second as u32 - 1) / 10;
            assert_eq!(fleet.shares(second), [tenths.min(10), 10], "second {second}");
        }
        // What is less is given at once.
        fleet.hear(0, 80, 101);
        assert_eq!(fleet.shares(101)[0], 2);
    }

    #[test]
    fn a_target_has_its_whole_share_within_the_ramp_however_short_that_is() {
        for ramp in 1..=60 {
            let limits = Limits { ramp: Duration::from_secs(ramp), ..LIMITS };
            let mut fleet = Fleet::new(limits, &["192.0.2.1", "192.0.2.2"]);
            fleet.hear(1, 0, 0);
            fleet.shares(0);
            for second in 0..=ramp {
                fleet.hear(0, 0, 200 + second);
                fleet.hear(1, 0, 200 + second);
                let share = u64::from(fleet.shares(200 + second)[0]);
                assert!(share <= 1 + 10 * second / ramp, "{share} {second} s into {ramp}");
                assert!(share == 10 || second < ramp, "{share} at the end of {ramp} s");
            }
        }
    }

    #[test]
    fn a_target_that_was_drained_is_brought_up_step_by_step() {
        let mut fleet = Fleet::new(LIMITS, &["192.0.2.1", "192.0.2.2"]);
        fleet.hear(0, 0, 0);
        fleet.hear(1, 0, 0);
        assert_eq!(fleet.shares(0), [10, 10]);
        fleet.entries[0].weight = 0;
        assert_eq!(fleet.shares(1), [0, 10]);
        fleet.entries[0].weight = 1;
        assert_eq!(fleet.shares(2), [1, 10]);
    }

    #[test]
    fn a_target_that_leaves_the_list_and_comes_back_is_brought_up_step_by_step() {
        let mut fleet = Fleet::new(LIMITS, &["192.0.2.1", "192.0.2.2"]);
        fleet.hear(0, 0, 0);
        fleet.hear(1, 0, 0);
        fleet.shares(0);
        let gone = fleet.entries.remove(0);
        fleet.loads.look(fleet.at(1), &fleet.entries);
        fleet.entries.insert(0, gone);
        fleet.hear(0, 0, 2);
        assert_eq!(fleet.shares(2), [1, 10]);
    }

    /// The load of the only target, in a file, and what is wrong with it.
    fn heard(loads: &mut Loads) -> (Option<u8>, Vec<String>) {
        let (now, entry) = (Instant::now(), "192.0.2.1".parse::<Entry>().unwrap());
        let faults = loads.look(now, std::slice::from_ref(&entry));
        let gauge = loads.gauge(&entry.name).filter(|it| !it.is_silent(now, &LIMITS));
        (gauge.map(|it| it.load), faults)
    }

    #[test]
    fn a_load_counts_from_when_it_was_written() {
        let scratch = Scratch::new("load-age");
        let file = scratch.0.join("192.0.2.1");
        let minute = Duration::from_secs(60);
        let now = SystemTime::now();
        // The last is by a clock that was set back since.
        for (load, written, heard_as) in
            [(20, now, Some(20)), (30, now - minute, None), (4, now + minute, Some(4))]
        {
            fs::write(&file, format!("{load}\n")).unwrap();
            File::options().write(true).open(&file).unwrap().set_modified(written).unwrap();
            let mut loads = Loads::new(&scratch.0, LIMITS);
            assert_eq!(heard(&mut loads), (heard_as, vec![]));
        }
    }

    #[test]
    fn rubbish_is_told_once_and_changes_nothing() {
        let scratch = Scratch::new("load-rubbish");
        let file = scratch.0.join("192.0.2.1");
        let mut loads = Loads::new(&scratch.0, LIMITS);
        fs::write(&file, "20\n").unwrap();
        assert_eq!(heard(&mut loads), (Some(20), vec![]));
        fs::write(&file, "rubbish\n").unwrap();
        let (load, faults) = heard(&mut loads);
        assert_eq!((load, faults.len()), (Some(20), 1));
        assert_eq!(heard(&mut loads), (Some(20), vec![]));
    }

    #[test]
    fn loads_that_would_leave_clients_nowhere_to_go_are_ignored() {
        let mut fleet = Fleet::new(LIMITS, &["192.0.2.1=2", "192.0.2.2", "192.0.2.3=0"]);
        assert_eq!(fleet.shares(0), [20, 10, 0], "nobody was heard");
        assert!(fleet.loads.ignored);
        fleet.hear(0, 10, 1);
        assert_eq!(fleet.shares(1), [2, 0, 0]);
        fleet.hear(0, 99, 2);
        assert_eq!(fleet.shares(2), [20, 10, 0], "the only one heard is full");
    }

    #[test]
    fn only_a_whole_number_in_its_range_is_a_load() {
        assert_eq!(parse("42\n"), Ok(42));
        for text in ["", "4", "42", "101\n", "-1\n", "4 2\n", "x\n"] {
            assert!(parse(text).is_err(), "{text:?} was taken");
        }
    }
}
