//! The fair steps between states, kept for the liveness property only.

/// Edges in order of their source.
#[derive(Default)]
pub(super) struct Edges {
    /// The end of the edges of each source.
    ends: Vec<u32>,
    targets: Vec<u32>,
    terminal: Vec<u64>,
}

impl Edges {
    /// Adds a fair edge. Sources come in ascending order.
    pub(super) fn push(&mut self, source: u32, target: u32) {
        self.close_before(source);
        let known = self.ends.last().map_or(0, |&end| end as usize);
        if source != target && !self.targets[known..].contains(&target) {
            self.targets.push(target);
        }
    }

    /// Marks an end that the liveness property asks for.
    pub(super) fn mark_terminal(&mut self, id: u32) {
        let word = id as usize / 64;
        if self.terminal.len() <= word {
            self.terminal.resize(word + 1, 0);
        }
        self.terminal[word] |= 1 << (id % 64);
    }

    /// The first of the `expanded` first states from which no terminal state can be reached.
    /// States that were not expanded count as terminal: nothing is known about them.
    pub(super) fn first_stuck(mut self, expanded: u32) -> Option<u32> {
        self.close_before(expanded);
        let mut good = std::mem::take(&mut self.terminal);
        good.resize(expanded as usize / 64 + 1, 0);
        while self.sweep(&mut good, expanded) {}
        (0..expanded).find(|&id| !contains(&good, id))
    }

    /// Heap bytes in use, spare room included.
    pub(super) fn bytes(&self) -> usize {
        (self.ends.capacity() + self.targets.capacity()) * size_of::<u32>()
            + self.terminal.capacity() * size_of::<u64>()
    }

    /// One pass from the newest state to the oldest: most edges lead forwards, so that few
    /// passes are needed. Tells whether anything changed.
    fn sweep(&self, good: &mut [u64], expanded: u32) -> bool {
        let mut changed = false;
        for id in (0..expanded).rev() {
            if contains(good, id) {
                continue;
            }
            let ends_well = |&target: &u32| target >= expanded || contains(good, target);
            if self.of(id).iter().any(ends_well) {
                good[id as usize / 64] |= 1 << (id % 64);
                changed = true;
            }
        }
        changed
    }

    fn of(&self, id: u32) -> &[u32] {
        let start = match id {
            0 => 0,
            _ => self.ends[id as usize - 1],
        };
        &self.targets[start as usize..self.ends[id as usize] as usize]
    }

    fn close_before(&mut self, source: u32) {
        let end = u32::try_from(self.targets.len()).expect("fewer than 2^32 edges");
        while self.ends.len() < source as usize {
            self.ends.push(end);
        }
    }
}

fn contains(bits: &[u64], id: u32) -> bool {
    bits[id as usize / 64] & (1 << (id % 64)) != 0
}
