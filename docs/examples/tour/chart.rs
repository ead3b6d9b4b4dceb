//! Draws the sequence chart: lifelines on the left, words on the right.

use std::net::IpAddr;

use super::describe::Description;
use super::paint::{Paint, Tone};

/// Nothing is wider.
const WIDTH: usize = 100;
/// Where the first lifeline, the words and their payloads begin.
const FIRST: usize = 6;
const WORDS: usize = 48;
const PAYLOADS: usize = WORDS + 14;

/// A party of a scene.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) address: IpAddr,
}

/// The chart of one scene: each method returns lines to print.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    columns: Vec<Column>,
    paint: Paint,
}

impl Chart {
    pub(crate) fn new(columns: Vec<Column>, paint: Paint) -> Self {
        Chart { columns, paint }
    }

    /// The names and addresses of the parties.
    pub(crate) fn head(&self) -> String {
        let mut names = Line::default();
        let mut addresses = Line::default();
        for (index, column) in self.columns.iter().enumerate() {
            names.put_centred(self.place(index), column.name, Tone::Strong);
            addresses.put_centred(self.place(index), &column.address.to_string(), Tone::Quiet);
        }
        [names, addresses, self.lifelines()].iter().map(|line| line.render(self.paint)).collect()
    }

    /// A message on its way.
    pub(crate) fn arrow(&self, from: IpAddr, to: IpAddr, message: &Description) -> String {
        let (Some(from), Some(to)) = (self.index(from), self.index(to)) else {
            return String::new();
        };
        let mut first = self.lifelines();
        self.draw_arrow(&mut first, from, to);
        first.put(WORDS, message.exchange, Tone::Plain);
        let words = message.payloads.iter().map(|word| self.with_names(word));
        let mut lines = vec![first];
        let mut at = PAYLOADS;
        for word in words {
            let length = word.chars().count();
            if at + length > WIDTH && at > PAYLOADS {
                lines.push(self.lifelines());
                at = PAYLOADS;
            }
            let line = lines.last_mut().expect("there is a first line");
            line.put(at, &word, tone_of(&word));
            at += length + 1;
        }
        lines.iter().map(|line| line.render(self.paint)).collect()
    }

    /// What a party decided, and why.
    pub(crate) fn note(&self, at: IpAddr, text: &str) -> String {
        let Some(party) = self.index(at) else { return String::new() };
        let mut lines = vec![self.lifelines()];
        lines[0].put(self.place(party), "●", Tone::Decision);
        let mut place = WORDS;
        for word in self.with_names(text).split(' ') {
            let length = word.chars().count();
            if place + length > WIDTH {
                lines.push(self.lifelines());
                place = WORDS + 2;
            }
            let line = lines.last_mut().expect("there is a first line");
            line.put(place, word, Tone::Decision);
            place += length + 1;
        }
        lines.iter().map(|line| line.render(self.paint)).collect()
    }

    /// Something that concerns all: time goes by, the operator orders.
    pub(crate) fn remark(&self, text: &str) -> String {
        let mut line = Line::default();
        for index in 0..self.columns.len() {
            line.put(self.place(index), "┊", Tone::Quiet);
        }
        line.put(WORDS, &self.with_names(text), Tone::Quiet);
        line.render(self.paint)
    }

    /// The text with names in the place of addresses.
    pub(crate) fn with_names(&self, text: &str) -> String {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == ':' || c == '-';
        let mut named = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            let token = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(token);
            // What ends the sentence stands behind the address, not in it.
            let bare = word.trim_end_matches(['.', ':']);
            named.push_str(self.name_of(bare).unwrap_or(bare));
            named.push_str(&word[bare.len()..]);
            let gap = behind.find(is_part).unwrap_or(behind.len());
            named.push_str(&behind[..gap]);
            rest = &behind[gap..];
        }
        named
    }

    fn name_of(&self, word: &str) -> Option<&'static str> {
        let address: IpAddr = word.parse().ok()?;
        self.index(address).map(|index| self.columns[index].name)
    }

    fn draw_arrow(&self, line: &mut Line, from: usize, to: usize) {
        let (left, right) = (self.place(from.min(to)), self.place(from.max(to)));
        for place in left + 1..right {
            line.put(place, "─", Tone::Plain);
        }
        for index in from.min(to) + 1..from.max(to) {
            line.put(self.place(index), "┼", Tone::Quiet);
        }
        if from < to {
            line.put(left, "├", Tone::Plain);
            line.put(right - 1, "▶", Tone::Plain);
        } else {
            line.put(left + 1, "◀", Tone::Plain);
            line.put(right, "┤", Tone::Plain);
        }
    }

    fn lifelines(&self) -> Line {
        let mut line = Line::default();
        for index in 0..self.columns.len() {
            line.put(self.place(index), "│", Tone::Quiet);
        }
        line
    }

    fn index(&self, address: IpAddr) -> Option<usize> {
        self.columns.iter().position(|column| column.address == address)
    }

    /// Where a lifeline stands.
    fn place(&self, index: usize) -> usize {
        let gaps = self.columns.len().saturating_sub(1).max(1);
        FIRST + index * ((WORDS - FIRST - 6) / gaps)
    }
}

fn tone_of(word: &str) -> Tone {
    if word.contains("N(REDIRECT") { Tone::Redirect } else { Tone::Plain }
}

/// A line of the chart, character by character.
#[derive(Clone, Debug, Default)]
struct Line(Vec<(char, Option<Tone>)>);

impl Line {
    fn put(&mut self, at: usize, text: &str, tone: Tone) {
        for (place, character) in (at..).zip(text.chars()) {
            if self.0.len() <= place {
                self.0.resize(place + 1, (' ', None));
            }
            self.0[place] = (character, Some(tone));
        }
    }

    fn put_centred(&mut self, centre: usize, text: &str, tone: Tone) {
        self.put(centre.saturating_sub(text.chars().count() / 2), text, tone);
    }

    fn render(&self, paint: Paint) -> String {
        let mut rendered = String::new();
        for run in self.0.chunk_by(|a, b| a.1 == b.1) {
            let text: String = run.iter().map(|cell| cell.0).collect();
            rendered.push_str(&paint.apply(run[0].1.unwrap_or(Tone::Plain), &text));
        }
        rendered.push('\n');
        rendered
    }
}
