//! Goes everywhere that a machine can get to.

use std::collections::{HashSet, VecDeque};
use std::hash::Hash;

use super::observation::Observation;

/// Everything that is observed on the way from `starts`, by state in the order of `states`.
pub(crate) fn explore<N: Copy + Eq + Hash>(
    starts: impl IntoIterator<Item = N>,
    steps: impl Fn(N) -> Vec<(N, Observation)>,
    states: &[&str],
) -> Vec<Observation> {
    let mut observations = Vec::new();
    let mut seen = HashSet::new();
    let mut known = HashSet::new();
    let mut open: VecDeque<N> = starts.into_iter().collect();
    while let Some(node) = open.pop_front() {
        if !known.insert(node) {
            continue;
        }
        for (next, observation) in steps(node) {
            open.push_back(next);
            if seen.insert(observation.clone()) {
                observations.push(observation);
            }
        }
    }
    let order = |state: &str| states.iter().position(|known| *known == state).expect("a state");
    observations.sort_by_key(|observation| order(observation.state));
    observations
}
