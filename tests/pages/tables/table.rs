//! Rows as Markdown.

use super::observation::Observation;
use super::rows::{Row, rows};

/// What stands above the rows.
pub(crate) const HEAD: &str =
    "|What happens|When|What the machine wants|Next|\n|---|---|---|---|\n";

/// One table for each state, in the order in which the states are met.
pub(crate) fn tables(observations: &[Observation]) -> String {
    let mut text = String::new();
    for state in in_order(observations.iter().map(|observation| observation.state)) {
        text += &format!("### {state}\n\n");
        text += HEAD;
        for line in lines(observations, state) {
            let Line { inputs, when, actions, next } = line;
            let when = if when.is_empty() { "—" } else { &when };
            let next = if next == state { "·".to_string() } else { format!("**{next}**") };
            text += &format!("|{}|{when}|{actions}|{next}|\n", inputs.join("; "));
        }
        text.push('\n');
    }
    text
}

struct Line {
    inputs: Vec<&'static str>,
    when: String,
    actions: String,
    next: &'static str,
}

/// Inputs of which the same comes in the same cases share a line.
fn lines(observations: &[Observation], state: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for row in rows_of_state(observations, state) {
        if row.outcome.actions.is_empty() {
            continue;
        }
        let when = when(&row);
        let alike = lines.iter_mut().find(|line| {
            (&line.when, &line.actions, line.next)
                == (&when, &row.outcome.actions, row.outcome.next)
        });
        match alike {
            Some(line) => line.inputs.push(row.input.name),
            None => lines.push(Line {
                inputs: vec![row.input.name],
                when,
                actions: row.outcome.actions,
                next: row.outcome.next,
            }),
        }
    }
    name_the_rest(&mut lines);
    lines
}

/// The longest list of events that are ignored need not be spelled out: it is the rest.
fn name_the_rest(lines: &mut Vec<Line>) {
    let is_rest = |line: &Line| line.when.is_empty() && line.actions.starts_with("`Ignored`");
    let longest = (0..lines.len())
        .filter(|&at| is_rest(&lines[at]) && lines[at].inputs.len() > 2)
        .max_by_key(|&at| lines[at].inputs.len());
    if let Some(at) = longest {
        let mut rest = lines.remove(at);
        rest.inputs = vec!["any other event"];
        lines.push(rest);
    }
}

/// The rows of one state, input by input.
pub(crate) fn rows_of_state(observations: &[Observation], state: &str) -> Vec<Row> {
    let here = || observations.iter().filter(move |observation| observation.state == state);
    in_order(here().map(|observation| observation.input.name))
        .into_iter()
        .flat_map(|name| {
            let of_input: Vec<&Observation> =
                here().filter(|observation| observation.input.name == name).collect();
            rows(&of_input)
        })
        .collect()
}

/// The cases that a row is about, in words.
pub(crate) fn when(row: &Row) -> String {
    let either = row.when.iter().filter(|values| !values.is_empty());
    let phrases: Vec<String> =
        either.map(|values| values.iter().copied().collect::<Vec<_>>().join(" or ")).collect();
    phrases.join("; ")
}

/// Each once, in the order of the first time.
pub(crate) fn in_order<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut once = Vec::new();
    for item in all {
        if !once.contains(&item) {
            once.push(item);
        }
    }
    once
}
