//! The set of visited states, numbered in the order of their discovery.

/// How a state was reached first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// The state before.
    pub(super) parent: u32,
    /// The number of the step taken there.
    pub(super) step: u16,
}

/// Fingerprints with their origins: an open-addressing table of state numbers beside arrays
/// in order of discovery.
pub(super) struct Visited {
    slots: Vec<u32>,
    fingerprints: Vec<u64>,
    parents: Vec<u32>,
    steps: Vec<u16>,
}

const EMPTY: u32 = u32::MAX;

impl Visited {
    pub(super) fn new() -> Self {
        Self {
            slots: vec![EMPTY; 1 << 12],
            fingerprints: Vec::new(),
            parents: Vec::new(),
            steps: Vec::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.fingerprints.len()
    }

    /// The number of the state with this fingerprint, if it was visited.
    pub(super) fn find(&self, fingerprint: u64) -> Option<u32> {
        match self.slots[self.slot_of(fingerprint)] {
            EMPTY => None,
            id => Some(id),
        }
    }

    /// Adds a state unless it is known. Returns its number and whether it is new.
    pub(super) fn insert(&mut self, fingerprint: u64, origin: Origin) -> (u32, bool) {
        let slot = self.slot_of(fingerprint);
        if self.slots[slot] != EMPTY {
            return (self.slots[slot], false);
        }
        let id = u32::try_from(self.len()).expect("fewer than 2^32 states");
        self.slots[slot] = id;
        self.fingerprints.push(fingerprint);
        self.parents.push(origin.parent);
        self.steps.push(origin.step);
        if self.len() * 3 > self.slots.len() * 2 {
            self.grow();
        }
        (id, true)
    }

    /// How state `id` was reached first; an initial state is its own parent.
    pub(super) fn origin(&self, id: u32) -> Origin {
        Origin { parent: self.parents[id as usize], step: self.steps[id as usize] }
    }

    /// Heap bytes in use, spare room included.
    pub(super) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<u32>()
            + self.fingerprints.capacity() * size_of::<u64>()
            + self.parents.capacity() * size_of::<u32>()
            + self.steps.capacity() * size_of::<u16>()
    }

    /// The slot that holds `fingerprint`, or the empty one where it belongs.
    fn slot_of(&self, fingerprint: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = fingerprint as usize & mask;
        loop {
            match self.slots[slot] {
                EMPTY => return slot,
                id if self.fingerprints[id as usize] == fingerprint => return slot,
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        // The old table is given back before the new one is asked for.
        self.slots = Vec::new();
        self.slots = vec![EMPTY; mask + 1];
        for (id, &fingerprint) in self.fingerprints.iter().enumerate() {
            let mut slot = fingerprint as usize & mask;
            while self.slots[slot] != EMPTY {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = id as u32;
        }
    }
}
