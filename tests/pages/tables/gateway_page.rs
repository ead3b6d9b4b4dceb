//! The page of the gateway machine: what leads a state on stands in a table of its own, what
//! comes to nearly the same in every state in a table for all of them.

use super::diagram::diagram;
use super::gateway::{STATES, observe};
use super::observation::Observation;
use super::rows::Row;
use super::table::{HEAD, rows_of_state, when};

const WHILE_THERE: &str = "While the IKE SA is there";
const NOTHING_CHANGES: &str = "Refused, mistaken or ignored";

pub(crate) fn page() -> String {
    let observations = observe();
    let mut text = format!("\n{}\n", diagram(&observations));
    let lines = lines(&observations);
    for title in STATES.iter().chain(&[WHILE_THERE, NOTHING_CHANGES]) {
        let of_title: Vec<&Line> = lines.iter().filter(|line| line.title == *title).collect();
        if of_title.is_empty() {
            continue;
        }
        text += &format!("### {title}\n\n");
        text += HEAD;
        for line in of_title {
            text += &line.text();
        }
        text.push('\n');
    }
    text
}

/// A line of one of the tables.
#[derive(PartialEq)]
struct Line {
    title: &'static str,
    inputs: Vec<&'static str>,
    states: Vec<&'static str>,
    when: String,
    actions: String,
    /// Nothing, if the machine stays where it is.
    next: Option<&'static str>,
}

/// What is alike in several states shares a line, then what comes of several inputs.
fn lines(observations: &[Observation]) -> Vec<Line> {
    let mut of_inputs: Vec<Line> = Vec::new();
    for state in STATES {
        for line in rows_of_state(observations, state).iter().map(|row| line(state, row)) {
            let alike = |known: &&mut Line| {
                let states = known.states.clone();
                **known == Line { states, ..line.clone_without_states() }
            };
            match of_inputs.iter_mut().find(alike) {
                Some(known) if known.states.contains(&state) => {}
                Some(known) => known.states.push(state),
                None => of_inputs.push(line),
            }
        }
    }
    let mut lines: Vec<Line> = Vec::new();
    for line in of_inputs {
        let alike = |known: &&mut Line| {
            let inputs = known.inputs.clone();
            let states = line.states.clone();
            **known == Line { inputs, states, ..line.clone_without_states() }
        };
        match lines.iter_mut().find(alike) {
            Some(known) => known.inputs.extend(&line.inputs),
            None => lines.push(line),
        }
    }
    lines
}

fn line(state: &'static str, row: &Row) -> Line {
    let actions = row.outcome.actions.clone();
    let nothing_changes = ["misuse", "`Misused`", "`Ignored`"];
    let of_the_client = ["`InformationalReceived`", "`Deleted`", "`Rekeyed`"];
    let input = row.input.name;
    let (title, input) = if nothing_changes.iter().any(|begin| actions.starts_with(begin)) {
        (NOTHING_CHANGES, shorter(input, &actions))
    } else if of_the_client.iter().any(|event| input.starts_with(event)) {
        (WHILE_THERE, input)
    } else {
        (state, input)
    };
    let next = (row.outcome.next != state).then_some(row.outcome.next);
    Line { title, inputs: vec![input], states: vec![state], when: when(row), actions, next }
}

/// Nothing comes of it, whatever it carries.
fn shorter(input: &'static str, actions: &str) -> &'static str {
    if actions.contains("unknown-sa") {
        "any event but `MisplacedRedirect`"
    } else if actions.contains("AuthContradiction") {
        input
    } else {
        input.split(' ').next().unwrap_or_default()
    }
}

impl Line {
    fn clone_without_states(&self) -> Line {
        Line {
            title: self.title,
            inputs: self.inputs.clone(),
            states: Vec::new(),
            when: self.when.clone(),
            actions: self.actions.clone(),
            next: self.next,
        }
    }

    fn text(&self) -> String {
        let when: Vec<String> = [self.in_states(), self.when.clone()]
            .into_iter()
            .filter(|phrase| !phrase.is_empty())
            .collect();
        let when = if when.is_empty() { "—".into() } else { when.join("; ") };
        let next = self.next.map_or("·".to_string(), |next| format!("**{next}**"));
        format!("|{}|{when}|{}|{next}|\n", self.inputs.join("; "), self.actions)
    }

    /// In which states this is so; nothing, if the title says it.
    fn in_states(&self) -> String {
        let all = match self.title {
            WHILE_THERE => STATES.len() - 1,
            NOTHING_CHANGES => STATES.len(),
            _ => self.states.len(),
        };
        match self.states.split_last() {
            Some((last, others)) if self.states.len() < all => {
                let others = others.join(", ");
                let or = if others.is_empty() { "" } else { " or " };
                format!("{others}{or}{last}")
            }
            _ => String::new(),
        }
    }
}
