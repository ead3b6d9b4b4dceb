//! An explicit-state model checker: breadth-first, deterministic, std only.
//!
//! A [`Model`] lists the steps that a state allows and takes them. While it takes one it
//! tells the [`Probe`] what must hold (*always*), what was seen (*sometimes*) and which rows
//! of a state table were exercised. [`explore`] visits every state within the [`Bounds`].
//! Because it goes level by level, the first counterexample found is a shortest one, and
//! because results are merged in a fixed order it is the same one with any number of threads.
//!
//! A state is remembered as a 64-bit fingerprint with its parent and the number of the step
//! that led to it; the states themselves live only as long as their level. A trace is
//! found by walking back to the start and taking the same steps again.

mod chart;
mod edges;
mod explore;
mod fingerprint;
mod level;
mod probe;
mod report;
mod visited;

#[cfg(test)]
mod parts;
#[cfg(test)]
mod tests;

pub(crate) use chart::Arrow;
pub(crate) use explore::{Bounds, explore};
pub(crate) use fingerprint::Identity;
pub(crate) use probe::{Goal, Kinds, Probe, Rows};
pub(crate) use report::Report;

use std::hash::Hash;

/// A system to explore.
pub(crate) trait Model: Sync {
    /// Everything that the future depends on, in canonical form: states that behave alike
    /// should be equal.
    type State: Clone + PartialEq + Hash + Send + Sync;
    /// One thing that can happen.
    type Step: Copy + Send;
    /// What must be seen at least once.
    type Goal: Goal;

    /// The name under which the figures are printed.
    fn name(&self) -> String;

    /// After how many states a search should end if the world is larger still.
    fn most_states(&self) -> usize {
        usize::MAX
    }

    /// Writes down what tells `state` from others. A model in which gateways differ in nothing but
    /// their names says so by [`Identity::forget_names`] before.
    fn identify(&self, state: &Self::State, identity: &mut Identity) {
        state.hash(identity);
    }

    /// Where it may begin: different states.
    fn initial(&self) -> Vec<Self::State>;

    /// Adds every step possible in `state`, always in the same order.
    fn steps(&self, state: &Self::State, steps: &mut Vec<Self::Step>);

    /// Takes one step. `None` when it leads out of what this model covers.
    fn take(&self, state: &Self::State, step: Self::Step, probe: &mut Probe)
    -> Option<Self::State>;

    /// The *from every reachable state* property: a state for which [`Model::is_terminal`]
    /// holds can be reached by fair steps alone. `None` to leave it out.
    ///
    /// In a finite system this is the same as: under strong fairness of the fair steps a
    /// terminal state is always reached, so it excludes both deadlock and livelock.
    fn liveness(&self) -> Option<&'static str> {
        None
    }

    /// Whether `state` is an end that the liveness property asks for.
    fn is_terminal(&self, _state: &Self::State) -> bool {
        false
    }

    /// Whether a network that is not hostile, and hosts that do their work, would let `step`
    /// happen sooner or later. Loss, attack and failure are not fair.
    fn is_fair(&self, _state: &Self::State, _step: Self::Step) -> bool {
        true
    }

    /// Goals that lie outside of these bounds, and must not be reached.
    fn unreachable(&self) -> Vec<Self::Goal> {
        Vec::new()
    }

    /// The parties of the sequence chart, from left to right.
    fn lanes(&self) -> &'static [&'static str];

    /// The step as it stands in the sequence chart.
    fn draw(&self, state: &Self::State, step: Self::Step) -> Arrow;

    /// The state in words, one line for each thing worth telling.
    fn describe(&self, state: &Self::State) -> Vec<String>;
}
