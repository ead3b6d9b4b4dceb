//! Rows as a Mermaid state diagram.

use super::observation::Observation;
use super::table::{in_order, rows_of_state, when};

/// What decides where a client that fails is left.
const KEPT: &str = "an old IKE SA is kept";

/// The ways from state to state; what leads back to the same state is left to the table.
pub(crate) fn diagram(observations: &[Observation]) -> String {
    let mut text = String::from("```mermaid\nstateDiagram-v2\n");
    text += &format!("    [*] --> {}\n", observations[0].state);
    for Arrow { from, to, kept, labels } in arrows(observations) {
        let kept = if kept { " (old one kept)" } else { "" };
        text += &format!("    {from} --> {to} : {}{kept}\n", labels.join(", "));
    }
    text += "```\n";
    text
}

struct Arrow {
    from: &'static str,
    to: &'static str,
    /// Only when there is an old IKE SA to go back to.
    kept: bool,
    labels: Vec<&'static str>,
}

fn arrows(observations: &[Observation]) -> Vec<Arrow> {
    let mut arrows: Vec<Arrow> = Vec::new();
    for from in in_order(observations.iter().map(|observation| observation.state)) {
        for row in rows_of_state(observations, from) {
            let to = row.outcome.next;
            let kept = when(&row).contains(KEPT);
            let Some(label) = row.input.arrow.filter(|_| to != from) else { continue };
            let mut ways = arrows.iter_mut().filter(|arrow| (arrow.from, arrow.to) == (from, to));
            if ways.any(|arrow| arrow.labels.contains(&label)) {
                continue;
            }
            let alike = |arrow: &&mut Arrow| (arrow.from, arrow.to, arrow.kept) == (from, to, kept);
            match arrows.iter_mut().find(alike) {
                Some(arrow) => arrow.labels.push(label),
                None => arrows.push(Arrow { from, to, kept, labels: vec![label] }),
            }
        }
    }
    arrows
}
