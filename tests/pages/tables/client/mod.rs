//! The client machine, explored.

mod inputs;
mod node;
mod words;

use super::explore::explore;
use super::observation::{Input, Observation, Outcome, quiet};
use inputs::{Asked, inputs};
use node::{Do, Node, Stage};

/// The tables: one for each kind of thing that can happen, one for what comes at the wrong time,
/// and one for a client that wants no redirects.
const KINDS: [&str; 7] = [
    "IKE_SA_INIT",
    "IKE_AUTH",
    "INFORMATIONAL",
    "At any time",
    "What the host orders, and time",
    WRONG_TIME,
    OFF,
];
const WRONG_TIME: &str = "At the wrong time";
const OFF: &str = "With redirects off";

/// Where a connection stands, for the diagram.
const PHASES: [&str; 4] = ["Idle", "Init", "Auth", "Up"];

/// Everything that can happen wherever a client can get to, as rows of the tables.
pub(crate) fn observe() -> Vec<Observation> {
    let rows = |node| {
        let steps = steps(node);
        steps.flat_map(|(next, row, _)| row.into_iter().map(move |row| (next, row))).collect()
    };
    explore(Node::starts(), rows, &KINDS)
}

/// The same as ways from phase to phase.
pub(crate) fn ways() -> Vec<Observation> {
    explore(Node::starts(), |node| steps(node).map(|(next, _, way)| (next, way)).collect(), &PHASES)
}

fn steps(node: Node) -> impl Iterator<Item = (Node, Vec<Observation>, Observation)> {
    inputs(&node).into_iter().map(move |asked| {
        let (next, result) = node.after(&asked.what);
        let row = vec![row(&node, &next, &asked, &result)];
        let row = row.into_iter().chain(fits(&node, &asked, &result)).collect();
        let [from, to] = [&node, &next].map(phase);
        let way = Observation {
            state: from,
            input: asked.input,
            details: words::every_detail(&node, &asked.what),
            outcome: Outcome { actions: String::new(), next: to },
        };
        // Where a gateway moves to is nothing to this page: there would be more of the same.
        (if asked.moves_gateway() { node } else { next.settled() }, row, way)
    })
}

fn row(node: &Node, next: &Node, asked: &Asked, result: &node::Result) -> Observation {
    let actions = words::actions(node, next, asked, result);
    let (kind, input, details): (_, Input, _) = if words::is_wrong_time(result) {
        let name = words::event_name(&asked.what);
        (WRONG_TIME, quiet(name), vec![words::stage(node, &asked.what)])
    } else if asked.has_redirect() && !node.config.follows_redirects() {
        (OFF, quiet(words::carrier(asked)), vec!["—"])
    } else {
        (asked.kind, asked.input, words::details(node, &asked.what))
    };
    // Where `refuse` leads stands with it.
    let is_told = !matches!(asked.what, Do::TimeoutDue | Do::PermitUnfit(_));
    let leads = words::leads(node, next, &asked.what, result).filter(|_| is_told).unwrap_or(kind);
    Observation { state: kind, input, details, outcome: Outcome { actions, next: leads } }
}

/// An event at the right time, so that the table of the wrong ones knows which those are. It has
/// no words, and so no line.
fn fits(node: &Node, asked: &Asked, result: &node::Result) -> Option<Observation> {
    let is_event = words::about(&asked.what).is_some();
    (is_event && !words::is_wrong_time(result)).then(|| Observation {
        state: WRONG_TIME,
        input: quiet(words::event_name(&asked.what)),
        details: vec![words::stage(node, &asked.what)],
        outcome: Outcome { actions: String::new(), next: WRONG_TIME },
    })
}

fn phase(node: &Node) -> &'static str {
    match node.stage_of_current() {
        Stage::None => "Idle",
        Stage::Init => "Init",
        Stage::Unfinished | Stage::Complete => "Auth",
        Stage::Up => "Up",
    }
}
