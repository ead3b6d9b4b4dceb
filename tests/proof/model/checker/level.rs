//! The states of one breadth-first level, given back piece by piece while they are expanded.

use std::collections::VecDeque;

/// States in order of discovery, in pieces of a fixed size.
pub(super) struct Level<S> {
    pieces: VecDeque<Vec<S>>,
}

/// Large enough to be worth a thread, small enough that what the threads find fits a cache.
pub(super) const PIECE: usize = 2048;

impl<S> Level<S> {
    pub(super) fn new() -> Self {
        Self { pieces: VecDeque::new() }
    }

    pub(super) fn push(&mut self, state: S) {
        match self.pieces.back_mut() {
            Some(piece) if piece.len() < PIECE => piece.push(state),
            _ => {
                // A first piece grows as needed, so that small levels stay small.
                let room = if self.pieces.is_empty() { 1 } else { PIECE };
                let mut piece = Vec::with_capacity(room);
                piece.push(state);
                self.pieces.push_back(piece);
            }
        }
    }

    /// Takes up to `count` pieces from the front.
    pub(super) fn take(&mut self, count: usize) -> Vec<Vec<S>> {
        let count = count.min(self.pieces.len());
        self.pieces.drain(..count).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }
}
