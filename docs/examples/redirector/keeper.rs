//! Keeps the list in use: by the target file and by the loads.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::counters::Tally;
use super::entry::Entry;
use super::file::{self, Look, Watch};
use super::list::{self, Rules};
use super::live::{List, Live};
use super::loads::Loads;
use super::log::Log;
use super::options::Options;
use super::status::{FileFacts, LoadFacts, Status};

/// How often the target file is looked at.
const LOOK_PERIOD: Duration = Duration::from_millis(200);

/// How often the loads are looked at, in looks at the target file.
const LOADS_EVERY: u32 = 5;

/// How long a file may take at the start. Later, a file that hangs stops the keeper alone.
const START_PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Keeper<'c> {
    options: &'c Options,
    rules: Rules<'c>,
    entries: Vec<Entry>,
    /// The text of a list that was taken, until a copy of it is kept.
    uncopied: Option<String>,
    loads: Option<Loads>,
    threads: usize,
    status: &'c Status,
    log: &'c Log,
}

impl<'c> Keeper<'c> {
    /// Takes the first list, for that many threads.
    pub(crate) fn start(
        options: &'c Options,
        threads: usize,
        status: &'c Status,
        log: &'c Log,
    ) -> Result<(Self, Live), String> {
        let rules = Rules::of(options);
        let (entries, in_use) = first_list(options, &rules, log)?;
        for entry in &entries {
            log.say(format_args!("target {entry}"));
        }
        status.lock().file = options.targets.as_ref().map(|_| FileFacts {
            in_use,
            adopted: SystemTime::now(),
            modified: None,
            checked: SystemTime::now(),
            changes: 0,
            // The first look counts the version of the start, if that was not taken.
            rejections: 0,
        });
        let loads = options.loads.as_deref().map(|path| Loads::new(path, options.limits));
        let uncopied = None;
        let mut keeper = Keeper { options, rules, entries, uncopied, loads, threads, status, log };
        for line in keeper.weigh(true) {
            log.say(format_args!("{line}"));
        }
        let live = Live::new(keeper.list());
        Ok((keeper, live))
    }

    /// Looks at the files for as long as the process lives.
    pub(crate) fn run(mut self, live: &Live) {
        let mut watch = self.options.targets.as_deref().map(Watch::new);
        let mut looks = 0u32;
        loop {
            thread::sleep(LOOK_PERIOD);
            looks = looks.wrapping_add(1);
            let mut lines = watch.as_mut().map_or_else(Vec::new, |watch| self.look(watch));
            if !lines.is_empty() || looks % LOADS_EVERY == 0 {
                lines.extend(self.weigh(false));
            }
            if lines.is_empty() {
                continue;
            }
            live.replace(self.list());
            if let Some(text) = self.uncopied.take() {
                keep_copy(self.options, &text, self.log);
            }
            // Said when it is true: who reads a line may rely on it.
            for line in lines {
                self.log.say(format_args!("{line}"));
            }
        }
    }

    /// Looks at the target file; returns what changed with it.
    fn look(&mut self, watch: &mut Watch<'_>) -> Vec<String> {
        let look = watch.look();
        let lines = if look == Look::Changed { self.reload() } else { Vec::new() };
        let mut facts = self.status.lock();
        if let Some(file) = &mut facts.file {
            file.checked = SystemTime::now();
            file.modified = watch.modified();
            // Before the first reading the file is the one of the start.
            file.in_use &= look != Look::Growing || !watch.has_read();
        }
        lines
    }

    /// A list with a fault changes nothing.
    fn reload(&mut self) -> Vec<String> {
        let Some(path) = self.options.targets.as_deref() else { return Vec::new() };
        let read = file::read(path).map_err(|fault| named(path, &fault));
        let taken = read.and_then(|text| {
            let entries = self.rules.list(Some(&text)).map_err(|fault| named(path, &fault))?;
            Ok((text, entries))
        });
        let (in_use, lines) = match taken {
            Ok((text, entries)) => (true, self.adopt(text, entries)),
            Err(fault) => {
                self.log.say(format_args!("targets not changed: {fault}"));
                (false, Vec::new())
            }
        };
        if let Some(file) = &mut self.status.lock().file {
            file.in_use = in_use;
            file.rejections += u64::from(!in_use);
            if !lines.is_empty() {
                file.changes += 1;
                file.adopted = SystemTime::now();
            }
        }
        lines
    }

    fn adopt(&mut self, text: String, entries: Vec<Entry>) -> Vec<String> {
        let mut lines: Vec<_> = list::difference(&self.entries, &entries)
            .into_iter()
            .map(|change| format!("target {change}"))
            .collect();
        if !lines.is_empty() {
            let takers = entries.iter().filter(|entry| entry.weight > 0).count();
            let drained = entries.len() - takers;
            lines.insert(0, format!("targets changed, now {takers}, and {drained} with weight 0"));
            self.entries = entries;
            self.uncopied = Some(text);
        }
        lines
    }

    /// Gives each target its share; returns what changed.
    fn weigh(&mut self, start: bool) -> Vec<String> {
        let Some(loads) = &mut self.loads else { return Vec::new() };
        let now = Instant::now();
        for fault in loads.look(now, &self.entries) {
            self.log.say(format_args!("load not taken: {fault}"));
        }
        let changes = loads.give(now, &mut self.entries, start);
        let known = self.entries.iter().map(|entry| {
            let gauge = loads.gauge(&entry.name).filter(|it| !it.is_silent(now, &loads.limits));
            (entry.name.clone(), gauge.map(|gauge| gauge.load))
        });
        let facts = LoadFacts { ignored: loads.ignored, loads: known.collect() };
        self.status.lock().loads = Some(facts);
        changes
    }

    /// The list for the workers, and for those who report.
    fn list(&self) -> List {
        let mut facts = self.status.lock();
        let idle = |tally: &Tally| tally.of(0..self.threads) == 0;
        facts.tallies.retain(|name, tally| {
            !idle(tally) || self.entries.iter().any(|entry| entry.name == *name)
        });
        let mut tally_of = |entry: &Entry| {
            let tally = facts.tallies.entry(entry.name.clone());
            Arc::clone(tally.or_insert_with(|| Arc::new(Tally::new(self.threads))))
        };
        let tallies = self.entries.iter().map(&mut tally_of).collect();
        facts.entries = self.entries.clone();
        List { entries: self.entries.clone(), tallies }
    }
}

/// The list to start with, and whether it is the one of the target file.
fn first_list(
    options: &Options,
    rules: &Rules<'_>,
    log: &Log,
) -> Result<(Vec<Entry>, bool), String> {
    let Some(path) = options.targets.as_deref() else {
        return Ok((rules.list(None)?, false));
    };
    let fault = match first_of(path, rules) {
        Ok((text, entries)) => {
            keep_copy(options, &text, log);
            return Ok((entries, true));
        }
        Err(fault) => fault,
    };
    let Some(copy) = options.last_good.as_deref() else { return Err(fault) };
    let (_, entries) = first_of(copy, rules)
        .map_err(|second| format!("{fault}; nor is there a last good copy: {second}"))?;
    log.say(format_args!("targets not taken: {fault}"));
    log.say(format_args!("targets taken from the last good copy, {}", copy.display()));
    Ok((entries, false))
}

fn first_of(path: &Path, rules: &Rules<'_>) -> Result<(String, Vec<Entry>), String> {
    let text = file::read_within(START_PATIENCE, path).map_err(|fault| named(path, &fault))?;
    let entries = rules.list(Some(&text)).map_err(|fault| named(path, &fault))?;
    Ok((text, entries))
}

/// Keeps the text of a list that was taken.
fn keep_copy(options: &Options, text: &str, log: &Log) {
    let Some(copy) = options.last_good.as_deref() else { return };
    if let Err(fault) = file::write_whole(copy, text) {
        log.say(format_args!("last good copy not written: {}: {fault}", copy.display()));
    }
}

fn named(path: &Path, fault: &impl Display) -> String {
    format!("{}: {fault}", path.display())
}

/// Says what a target file would have clients do, and ends.
pub(crate) fn check(options: &Options, path: &Path) -> Result<String, String> {
    let (_, entries) = first_of(path, &Rules::of(options))?;
    let sum: u64 = entries.iter().map(|entry| u64::from(entry.weight)).sum();
    let lines = entries.iter().map(|entry| match entry.weight {
        0 => format!("target {entry} no new clients\n"),
        weight => {
            let percent = 100.0 * f64::from(weight) / sum as f64;
            format!("target {entry} {percent:.1} % of the clients\n")
        }
    });
    Ok(lines.collect())
}
