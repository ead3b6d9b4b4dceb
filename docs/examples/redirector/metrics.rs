//! The counters and the state of the list in the text format that Prometheus reads.

use std::fmt::Display;
use std::ops::Range;
use std::time::SystemTime;

use super::counters::{Event, Totals};
use super::status::{Facts, FileFacts, LoadFacts};

/// What came in at one address, and by which threads.
pub(crate) struct Door {
    pub(crate) address: String,
    pub(crate) threads: Range<usize>,
    pub(crate) totals: Totals,
}

/// Everything there is to tell.
pub(crate) struct Snapshot {
    pub(crate) started: SystemTime,
    pub(crate) doors: Vec<Door>,
    pub(crate) facts: Facts,
    pub(crate) lines_dropped: u64,
}

impl Snapshot {
    pub(crate) fn text(&self) -> String {
        let mut text = Text(String::new());
        self.tell_process(&mut text);
        self.tell_datagrams(&mut text);
        self.tell_targets(&mut text);
        if let Some(file) = &self.facts.file {
            tell_file(file, &mut text);
        }
        if let Some(loads) = &self.facts.loads {
            tell_loads(loads, &mut text);
        }
        text.0
    }

    fn tell_process(&self, text: &mut Text) {
        text.family("build_info", GAUGE, "The version that runs; always 1.");
        text.sample("build_info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        text.family("start_time_seconds", GAUGE, "When it was started, in Unix time.");
        text.sample("start_time_seconds", &[], unix(self.started));
        text.family("log_lines_dropped_total", COUNTER, "Lines that nobody read in time.");
        text.sample("log_lines_dropped_total", &[], self.lines_dropped);
    }

    fn tell_datagrams(&self, text: &mut Text) {
        for (name, event, help) in [
            ("datagrams_received_total", Event::Received, "Datagrams that came in."),
            ("notified_total", Event::Notified, "Clients that were refused with an error."),
            ("not_ike_total", Event::NotIke, "Datagrams on a NAT-T port that are not IKE."),
            ("send_failures_total", Event::SendFailed, "Answers that the system did not send."),
            ("receive_failures_total", Event::ReceiveFailed, "Faults of the socket itself."),
        ] {
            text.family(name, COUNTER, help);
            for door in &self.doors {
                text.sample(name, &[("listen", &door.address)], door.totals.event(event));
            }
        }
        text.family("refused_total", COUNTER, "Requests that were not redirected, by reason.");
        for door in &self.doors {
            for (reason, count) in door.totals.refused() {
                let labels = [("listen", &*door.address), ("reason", reason.name())];
                text.sample("refused_total", &labels, count);
            }
        }
    }

    fn tell_targets(&self, text: &mut Text) {
        text.family("redirects_total", COUNTER, "Clients that were sent to a target.");
        for (name, tally) in &self.facts.tallies {
            for door in &self.doors {
                let labels = [("listen", &*door.address), ("target", &name.to_string())];
                text.sample("redirects_total", &labels, tally.of(door.threads.clone()));
            }
        }
        text.family("target_weight", GAUGE, "The weight of a target in the list in use.");
        for entry in &self.facts.entries {
            text.sample("target_weight", &[("target", &entry.name.to_string())], entry.weight);
        }
        text.family("target_share_ratio", GAUGE, "The part of the clients that a target gets.");
        let sum: u64 = self.facts.entries.iter().map(|entry| u64::from(entry.share)).sum();
        for entry in &self.facts.entries {
            let ratio = f64::from(entry.share) / sum as f64;
            text.sample("target_share_ratio", &[("target", &entry.name.to_string())], ratio);
        }
    }
}

fn tell_file(file: &FileFacts, text: &mut Text) {
    let in_use = u64::from(file.in_use);
    text.family("list_in_sync", GAUGE, "1 if the list in use is the one in the target file.");
    text.sample("list_in_sync", &[], in_use);
    text.family("list_adopted_timestamp_seconds", GAUGE, "When the list in use was taken.");
    text.sample("list_adopted_timestamp_seconds", &[], unix(file.adopted));
    text.family("list_checked_timestamp_seconds", GAUGE, "When the file was looked at last.");
    text.sample("list_checked_timestamp_seconds", &[], unix(file.checked));
    text.family("list_modified_timestamp_seconds", GAUGE, "When the file was written.");
    if let Some(modified) = file.modified {
        text.sample("list_modified_timestamp_seconds", &[], unix(modified));
    }
    text.family("list_changes_total", COUNTER, "Lists that were taken after the first one.");
    text.sample("list_changes_total", &[], file.changes);
    text.family("list_rejections_total", COUNTER, "Versions of the file that were not taken.");
    text.sample("list_rejections_total", &[], file.rejections);
}

fn tell_loads(facts: &LoadFacts, text: &mut Text) {
    text.family("loads_ignored", GAUGE, "1 if no target would get clients by its load.");
    text.sample("loads_ignored", &[], u64::from(facts.ignored));
    text.family("target_silent", GAUGE, "1 if a target has not told its load in time.");
    for (name, load) in &facts.loads {
        let silent = u64::from(load.is_none());
        text.sample("target_silent", &[("target", &name.to_string())], silent);
    }
    text.family("target_load_ratio", GAUGE, "The load that a target told.");
    for (name, load) in &facts.loads {
        if let Some(load) = load {
            let ratio = f64::from(*load) / 100.0;
            text.sample("target_load_ratio", &[("target", &name.to_string())], ratio);
        }
    }
}

const GAUGE: &str = "gauge";
const COUNTER: &str = "counter";

/// Lines of the format. No label here has a character that would have to be escaped: they are
/// addresses, domain names, reasons and a version.
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.line(format_args!("# HELP {PREFIX}{name} {help}"));
        self.line(format_args!("# TYPE {PREFIX}{name} {kind}"));
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<_> =
            labels.iter().map(|(label, value)| format!("{label}=\"{value}\"")).collect();
        match labels.is_empty() {
            true => self.line(format_args!("{PREFIX}{name} {value}")),
            false => self.line(format_args!("{PREFIX}{name}{{{}}} {value}", labels.join(","))),
        }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        self.0.push_str(&line.to_string());
        self.0.push('\n');
    }
}

/// What every name starts with.
const PREFIX: &str = "ikev2_redirector_";

/// Seconds of Unix time.
fn unix(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    format!("{:.3}", since.as_secs_f64())
}
