//! From observations to rows: what does not matter is left out, what comes to the same is put
//! together.

use std::collections::{BTreeSet, HashMap};

use super::observation::{Input, Observation, Outcome};

/// A row: in any of these cases this comes of the input.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) input: Input,
    /// For each dimension the values that the row is about; none, if the dimension does not matter.
    pub(crate) when: Vec<BTreeSet<&'static str>>,
    pub(crate) outcome: Outcome,
}

/// The rows of one input in one state.
pub(crate) fn rows(observations: &[&Observation]) -> Vec<Row> {
    let dimensions = observations[0].details.len();
    let matter = what_matters(observations, dimensions);
    let mut rows: Vec<Row> = Vec::new();
    for observation in observations {
        let when = (0..dimensions)
            .map(|at| matter.contains(&at).then_some(observation.details[at]).into_iter().collect())
            .collect();
        let row = Row { input: observation.input, when, outcome: observation.outcome.clone() };
        if !rows.iter().any(|known| known.when == row.when) {
            rows.push(row);
        }
    }
    while let Some((into, from, at)) = mergeable(&rows) {
        let merged = rows.remove(from);
        rows[into].when[at].extend(&merged.when[at]);
    }
    leave_out_what_covers_all(&mut rows, observations);
    rows
}

/// The fewest dimensions that decide what comes of it.
fn what_matters(observations: &[&Observation], dimensions: usize) -> Vec<usize> {
    let mut subsets: Vec<Vec<usize>> = (0..1usize << dimensions)
        .map(|bits| (0..dimensions).filter(|at| bits >> at & 1 == 1).collect())
        .collect();
    subsets.sort_by_key(Vec::len);
    let found = subsets.into_iter().find(|subset| decides(subset, observations));
    found.unwrap_or_else(|| panic!("something hidden decides: {observations:#?}"))
}

fn decides(subset: &[usize], observations: &[&Observation]) -> bool {
    let mut outcomes = HashMap::new();
    observations.iter().all(|observation| {
        let case: Vec<&str> = subset.iter().map(|&at| observation.details[at]).collect();
        *outcomes.entry(case).or_insert(&observation.outcome) == &observation.outcome
    })
}

/// Two rows with the same outcome that differ in one dimension, the last such one first.
fn mergeable(rows: &[Row]) -> Option<(usize, usize, usize)> {
    let dimensions = rows[0].when.len();
    (0..dimensions).rev().find_map(|at| {
        let pairs =
            (0..rows.len()).flat_map(|into| (into + 1..rows.len()).map(move |from| (into, from)));
        pairs
            .filter(|&(into, from)| differ_only_in(at, &rows[into], &rows[from]))
            .map(|(into, from)| (into, from, at))
            .next()
    })
}

fn differ_only_in(dimension: usize, a: &Row, b: &Row) -> bool {
    let others_equal = (0..a.when.len()).all(|at| at == dimension || a.when[at] == b.when[at]);
    a.outcome == b.outcome && others_equal
}

/// A dimension of which a row is about every value says nothing.
fn leave_out_what_covers_all(rows: &mut [Row], observations: &[&Observation]) {
    for row in rows {
        for (at, values) in row.when.iter_mut().enumerate() {
            let all: BTreeSet<&str> =
                observations.iter().map(|observation| observation.details[at]).collect();
            if *values == all && all.len() > 1 {
                values.clear();
            }
        }
    }
}
