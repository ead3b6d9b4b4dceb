//! What the tour shows and writes: the chart and the capture file.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use ikev2_redirect::Instant;

use super::chart::{Chart, Column};
use super::describe::describe;
use super::paint::{Paint, Tone};
use super::pcap::Capture;

/// Takes what happens in the scenes, and shows and writes it.
pub(crate) struct Stage<'o> {
    out: &'o mut dyn Write,
    paint: Paint,
    chart: Chart,
    capture: Capture,
    /// One line for each IKE SA; both ends report it.
    keys: BTreeSet<String>,
    /// When the tour began, in milliseconds since 1970.
    began: u64,
    /// The time of the tour: it goes on from scene to scene.
    pub(crate) now: Instant,
}

impl<'o> Stage<'o> {
    pub(crate) fn new(out: &'o mut dyn Write, paint: Paint) -> Self {
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Stage {
            out,
            paint,
            chart: Chart::new(Vec::new(), paint),
            capture: Capture::new(),
            keys: BTreeSet::new(),
            began: began.as_millis() as u64,
            now: Instant::from_millis(0),
        }
    }

    pub(crate) fn capture(&self) -> &Capture {
        &self.capture
    }

    /// The table that says that there is no key.
    pub(crate) fn keys(&self) -> String {
        self.keys.iter().map(|line| format!("{line}\n")).collect()
    }

    /// A new IKE SA.
    pub(crate) fn add_keys(&mut self, line: String) {
        self.keys.insert(line);
    }

    pub(crate) fn say(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())
    }

    /// The title of a scene, and what is going on.
    pub(crate) fn open_scene(&mut self, number: usize, title: &str, story: &str) -> io::Result<()> {
        let title = self.paint.apply(Tone::Strong, &format!("{number}  {title}"));
        writeln!(self.out, "\n\n{title}\n")?;
        for line in wrapped(story) {
            writeln!(self.out, "   {line}")?;
        }
        writeln!(self.out)
    }

    /// Who takes part.
    pub(crate) fn enter(&mut self, columns: Vec<Column>) -> io::Result<()> {
        self.chart = Chart::new(columns, self.paint);
        let head = self.chart.head();
        self.say(&head)
    }

    /// A message was sent.
    pub(crate) fn message(&mut self, from: IpAddr, to: IpAddr, octets: &[u8]) -> io::Result<()> {
        if let (IpAddr::V4(from), IpAddr::V4(to)) = (from, to) {
            self.capture.add(self.began + self.now.as_millis(), from, to, octets);
        }
        let arrow = self.chart.arrow(from, to, &describe(octets));
        self.say(&arrow)
    }

    /// A party decided something.
    pub(crate) fn note(&mut self, party: IpAddr, text: &str) -> io::Result<()> {
        let note = self.chart.note(party, text);
        self.say(&note)
    }

    /// Something that no party did.
    pub(crate) fn remark(&mut self, text: &str) -> io::Result<()> {
        let remark = self.chart.remark(text);
        self.say(&remark)
    }

    /// How the scene ended.
    pub(crate) fn ending(&mut self, tone: Tone, mark: &str, text: &str) -> io::Result<()> {
        let text = self.chart.with_names(text);
        let line = self.paint.apply(tone, &format!("   {mark} {text}"));
        writeln!(self.out, "\n{line}")
    }
}

/// The text in lines of a width that is easy to read.
fn wrapped(text: &str) -> Vec<String> {
    const LONGEST: usize = 94;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut().filter(|line| line.len() + 1 + word.len() <= LONGEST) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}
