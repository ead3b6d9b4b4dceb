//! A counterexample as a sequence chart, with what changed in the states below each step.

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::explore::Trace;
use super::{Model, Probe};

/// One step in a sequence chart. From a lane to itself it is an event of that party.
#[derive(Clone, Debug)]
pub(crate) struct Arrow {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) label: String,
}

/// Columns between two lifelines.
const PITCH: usize = 12;
/// Columns left of the first lifeline.
const MARGIN: usize = 6;

/// Takes the steps of a trace again and draws them.
pub(super) fn render<M: Model>(model: &M, trace: &Trace) -> String {
    let mut chart = Chart::new(model.lanes());
    let mut state = model.initial().swap_remove(trace.initial);
    chart.states(model.describe(&state));
    let mut steps = Vec::new();
    for (place, &number) in trace.steps.iter().enumerate() {
        steps.clear();
        model.steps(&state, &mut steps);
        let step = steps[usize::from(number)];
        chart.arrow(place + 1, &model.draw(&state, step));
        // The step that breaks a property by a panic panics here once more.
        let taken =
            catch_unwind(AssertUnwindSafe(|| model.take(&state, step, &mut Probe::default())));
        let Ok(Some(next)) = taken else { break };
        chart.states(model.describe(&next));
        state = next;
    }
    chart.text
}

struct Chart {
    lanes: usize,
    text: String,
    shown: Vec<String>,
}

impl Chart {
    fn new(lanes: &[&str]) -> Self {
        let mut head = " ".repeat(MARGIN);
        for lane in lanes {
            let _ = write!(head, "{lane:<PITCH$}");
        }
        Self { lanes: lanes.len(), text: format!("{}\n", head.trim_end()), shown: Vec::new() }
    }

    fn arrow(&mut self, place: usize, arrow: &Arrow) {
        let mut line = self.lifelines();
        let (from, to) = (column(arrow.from), column(arrow.to));
        if from == to {
            line[from] = b'*';
        } else {
            line[from.min(to) + 1..from.max(to)].fill(b'-');
            let (head, shape) = if from < to { (to - 1, b'>') } else { (to + 1, b'<') };
            line[head] = shape;
        }
        let number = format!("{place:>4}");
        line[..number.len()].copy_from_slice(number.as_bytes());
        self.line(&line, &arrow.label);
    }

    /// Shows the lines that differ from those shown before.
    fn states(&mut self, lines: Vec<String>) {
        for text in &lines {
            if !self.shown.contains(text) {
                let line = self.lifelines();
                self.line(&line, &format!("    {text}"));
            }
        }
        self.shown = lines;
    }

    fn lifelines(&self) -> Vec<u8> {
        let mut line = vec![b' '; MARGIN + PITCH * (self.lanes - 1) + 3];
        for lane in 0..self.lanes {
            line[column(lane)] = b'|';
        }
        line
    }

    fn line(&mut self, lifelines: &[u8], text: &str) {
        let lifelines = String::from_utf8_lossy(lifelines);
        let _ = writeln!(self.text, "{}", format!("{lifelines} {text}").trim_end());
    }
}

fn column(lane: usize) -> usize {
    MARGIN + lane * PITCH
}
