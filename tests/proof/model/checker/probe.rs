//! What a model tells the checker while it takes a step.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use super::fingerprint::plain_hash;

/// What a model must reach at least once. Made with [`goals!`](crate::goals).
pub(crate) trait Goal: Copy {
    /// One text for each goal, at most 64.
    const NAMES: &'static [&'static str];
    /// The place of this goal in [`Goal::NAMES`].
    fn index(self) -> usize;
}

/// Defines the *sometimes* properties of a model, each with its text.
#[macro_export]
macro_rules! goals {
    ($name:ident { $($goal:ident => $text:literal,)+ }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name { $($goal),+ }

        impl $crate::checker::Goal for $name {
            const NAMES: &'static [&'static str] = &[$($text),+];
            fn index(self) -> usize {
                self as usize
            }
        }
    };
}

/// Rows of a state table that were exercised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rows([u64; Self::CAPACITY / 64]);

impl Rows {
    /// How many rows can be told apart.
    pub(crate) const CAPACITY: usize = 1024;

    /// Whether `row` was exercised.
    pub(crate) fn contains(&self, row: usize) -> bool {
        self.0[row / 64] & (1 << (row % 64)) != 0
    }

    /// Adds the rows of `other`.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine |= theirs;
        }
    }

    fn insert(&mut self, row: usize) {
        self.0[row / 64] |= 1 << (row % 64);
    }
}

/// Kinds of steps, by their hashes.
pub(crate) type Kinds = HashSet<u64, BuildHasherDefault<AsItIs>>;

/// A hash is hashed to itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("a hash is a number");
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// Collects what is proved and what is reached.
#[derive(Clone, Debug, Default)]
pub(crate) struct Probe {
    broken: Option<&'static str>,
    reached: u64,
    rows: Rows,
    kinds: Kinds,
    /// Those that were new to this probe since they were asked for.
    fresh: Vec<u64>,
}

impl Probe {
    /// An *always* property: the first that does not hold ends the search.
    pub(crate) fn always(&mut self, property: &'static str, holds: bool) {
        if !holds && self.broken.is_none() {
            self.broken = Some(property);
        }
    }

    /// What another probe has found to be broken, unless something was before.
    pub(crate) fn then(&mut self, other: &Self) {
        self.broken = self.broken.or(other.broken);
    }

    /// A *sometimes* property: over the whole search it must be reached once.
    pub(crate) fn sometimes(&mut self, goal: impl Goal, reached: bool) {
        self.reached |= u64::from(reached) << goal.index();
    }

    /// Row `row` of a state table was exercised.
    pub(crate) fn covers(&mut self, row: usize) {
        self.rows.insert(row);
    }

    /// A step of this kind was taken: what it met, what it was and what came of it.
    pub(crate) fn kind(&mut self, kind: &impl Hash) {
        let kind = plain_hash(kind);
        if self.kinds.insert(kind) {
            self.fresh.push(kind);
        }
    }

    pub(super) fn kinds(&self) -> &Kinds {
        &self.kinds
    }

    /// Whether a kind that is not among `known` has come up since this was asked last.
    pub(super) fn has_new_kind(&mut self, known: &Kinds) -> bool {
        self.fresh.drain(..).any(|kind| !known.contains(&kind))
    }

    pub(crate) fn broken(&self) -> Option<&'static str> {
        self.broken
    }

    pub(super) fn rows(&self) -> &Rows {
        &self.rows
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.reached |= other.reached;
        self.rows.merge(&other.rows);
        self.kinds.extend(&other.kinds);
    }

    /// The goals that were reached although they must not be, or not although they must.
    pub(super) fn surprises<G: Goal>(&self, unreachable: &[G]) -> Vec<&'static str> {
        let mut expected = u64::MAX;
        for goal in unreachable {
            expected &= !(1 << goal.index());
        }
        let differs = |index: &usize| (self.reached ^ expected) & (1 << index) != 0;
        (0..G::NAMES.len()).filter(differs).map(|index| G::NAMES[index]).collect()
    }
}
