//! The search itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::edges::Edges;
use super::fingerprint::fingerprint;
use super::level::Level;
use super::report::{Failure, Report};
use super::visited::{Origin, Visited};
use super::{Kinds, Model, Probe, chart};

/// How far to go. The result does not depend on the number of threads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds<'k> {
    /// Steps from the start, at most.
    pub(crate) depth: u32,
    /// States to find, about: the search ends with the piece that passes this number.
    pub(crate) states: usize,
    /// Threads to expand states with.
    pub(crate) threads: usize,
    /// States that differ in the names of gateways only count as different.
    pub(crate) plain: bool,
    /// The only kinds of steps that there may be.
    pub(crate) kinds: Option<&'k Kinds>,
}

impl Bounds<'_> {
    /// To the very end, on one thread.
    pub(crate) const NONE: Self =
        Self { depth: u32::MAX, states: usize::MAX, threads: 1, plain: false, kinds: None };
}

/// The property that a machine which panics breaks.
pub(super) const NO_PANIC: &str = "no step panics";

/// The property that a step of a kind which smaller bounds do not have breaks.
const NEW_KIND: &str = "larger bounds bring no new kind of step";

/// Visits every state of `model` within `bounds`.
pub(crate) fn explore<M: Model>(model: &M, bounds: Bounds<'_>) -> Report {
    let started = Instant::now();
    let mut search = Search::new(model, bounds);
    let failure = search.run().err();
    let complete = search.level.is_empty();
    let bytes = search.bytes();
    let failure = failure.or_else(|| search.stuck());
    Report {
        name: model.name(),
        states: search.visited.len(),
        orbits: search.orbits.len(),
        transitions: search.transitions,
        depth: search.depth,
        complete,
        seconds: started.elapsed().as_secs_f64(),
        bytes,
        state_size: size_of::<M::State>(),
        rows: *search.probe.rows(),
        kinds: search.probe.kinds().clone(),
        surprises: search.probe.surprises(&model.unreachable()),
        failure,
    }
}

/// The fingerprint under which states that differ in the names of gateways are one.
fn reduced<M: Model>(model: &M, state: &M::State) -> u64 {
    fingerprint(model, state, false)
}

struct Search<'m, M: Model> {
    model: &'m M,
    bounds: Bounds<'m>,
    visited: Visited,
    edges: Edges,
    /// The states to expand, the next of them being number `expanded`.
    level: Level<M::State>,
    expanded: u32,
    depth: u32,
    transitions: u64,
    probe: Probe,
    /// The reduced fingerprints of a plain search.
    orbits: Kinds,
}

impl<'m, M: Model> Search<'m, M> {
    fn new(model: &'m M, bounds: Bounds<'m>) -> Self {
        let mut visited = Visited::new();
        let mut level = Level::new();
        let mut orbits = Kinds::default();
        for (id, initial) in (0..).zip(model.initial()) {
            let origin = Origin { parent: id, step: 0 };
            let fingerprint = fingerprint(model, &initial, bounds.plain);
            let (_, is_new) = visited.insert(fingerprint, origin);
            assert!(is_new, "initial states are different");
            if bounds.plain {
                orbits.insert(reduced(model, &initial));
            }
            level.push(initial);
        }
        Self {
            model,
            bounds,
            visited,
            edges: Edges::default(),
            level,
            expanded: 0,
            depth: 0,
            transitions: 0,
            probe: Probe::default(),
            orbits,
        }
    }

    fn run(&mut self) -> Result<(), Failure> {
        while !self.level.is_empty() && self.depth < self.bounds.depth {
            let mut next = Level::new();
            while !self.level.is_empty() && self.visited.len() < self.bounds.states {
                self.expand_pieces(&mut next)?;
            }
            if !self.level.is_empty() {
                return Ok(());
            }
            self.level = next;
            self.depth += u32::from(!self.level.is_empty());
        }
        Ok(())
    }

    fn expand_pieces(&mut self, next: &mut Level<M::State>) -> Result<(), Failure> {
        let pieces = self.level.take(self.bounds.threads.max(1));
        let sizes: Vec<u32> = pieces.iter().map(|piece| piece.len() as u32).collect();
        let found = self.expand_all(pieces);
        for (found, size) in found.into_iter().zip(sizes) {
            self.merge(found, next)?;
            self.expanded += size;
        }
        Ok(())
    }

    /// Expands each piece on a thread of its own; a single piece needs none.
    fn expand_all(&self, pieces: Vec<Vec<M::State>>) -> Vec<Found<M::State>> {
        let mut first = self.expanded;
        let mut work = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let size = piece.len() as u32;
            work.push((first, piece));
            first += size;
        }
        if work.len() == 1 {
            return work.into_iter().map(|(first, piece)| self.expand(first, piece)).collect();
        }
        std::thread::scope(|scope| {
            let running: Vec<_> = work
                .into_iter()
                .map(|(first, piece)| scope.spawn(move || self.expand(first, piece)))
                .collect();
            let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
                thread.join().expect("a worker ends well")
            };
            running.into_iter().map(join).collect()
        })
    }

    /// Takes every step of every state of `piece`, whose first state is number `first`.
    fn expand(&self, first: u32, piece: Vec<M::State>) -> Found<M::State> {
        let mut found = Found::new();
        let mut steps = Vec::new();
        for (id, state) in (first..).zip(piece) {
            if self.model.liveness().is_some() && self.model.is_terminal(&state) {
                found.terminal.push(id);
            }
            steps.clear();
            self.model.steps(&state, &mut steps);
            for (number, &step) in (0..).zip(&steps) {
                let origin = Origin { parent: id, step: number };
                self.take(&state, step, origin, &mut found);
                if found.broken.is_some() {
                    return found;
                }
            }
        }
        found
    }

    fn take(&self, state: &M::State, step: M::Step, origin: Origin, found: &mut Found<M::State>) {
        let probe = &mut found.probe;
        let taken = catch_unwind(AssertUnwindSafe(|| self.model.take(state, step, probe)));
        let unknown = |probe: &mut Probe| {
            let new = self.bounds.kinds.is_some_and(|known| probe.has_new_kind(known));
            new.then_some(NEW_KIND)
        };
        let property = match &taken {
            Ok(_) => found.probe.broken().or_else(|| unknown(&mut found.probe)),
            Err(_) => Some(NO_PANIC),
        };
        if let Some(property) = property {
            found.broken = Some((origin, property));
            return;
        }
        let Ok(Some(next)) = taken else { return };
        found.transitions += 1;
        if next == *state {
            return;
        }
        let fair = self.model.liveness().is_some() && self.model.is_fair(state, step);
        let fingerprint = fingerprint(self.model, &next, self.bounds.plain);
        let target = match self.visited.find(fingerprint) {
            Some(id) if fair => Target::Known(id),
            Some(_) => return,
            None => {
                found.states.push(next);
                Target::Fresh(fingerprint)
            }
        };
        found.edges.push(Edge { origin, fair, target });
    }

    /// Numbers what a worker found, in the order in which it found it.
    fn merge(&mut self, found: Found<M::State>, next: &mut Level<M::State>) -> Result<(), Failure> {
        self.transitions += found.transitions;
        self.probe.merge(&found.probe);
        let mut states = found.states.into_iter();
        for edge in found.edges {
            let id = match edge.target {
                Target::Known(id) => id,
                Target::Fresh(fingerprint) => {
                    let state = states.next().expect("a state for each fresh edge");
                    let (id, is_new) = self.visited.insert(fingerprint, edge.origin);
                    if is_new {
                        if self.bounds.plain {
                            self.orbits.insert(reduced(self.model, &state));
                        }
                        next.push(state);
                    }
                    id
                }
            };
            if edge.fair {
                self.edges.push(edge.origin.parent, id);
            }
        }
        for id in found.terminal {
            self.edges.mark_terminal(id);
        }
        match found.broken {
            None => Ok(()),
            Some((origin, property)) => Err(self.broken(origin, property)),
        }
    }

    fn broken(&self, origin: Origin, property: &'static str) -> Failure {
        let mut trace = self.trace_to(origin.parent);
        trace.steps.push(origin.step);
        self.failure(property, &trace)
    }

    /// Looks for a state from which the ends asked for can't be reached.
    fn stuck(&mut self) -> Option<Failure> {
        let property = self.model.liveness()?;
        let edges = std::mem::take(&mut self.edges);
        let id = edges.first_stuck(self.expanded)?;
        Some(self.failure(property, &self.trace_to(id)))
    }

    fn failure(&self, property: &'static str, trace: &Trace) -> Failure {
        Failure { property, steps: trace.steps.len(), chart: chart::render(self.model, trace) }
    }

    /// The way from an initial state to state `id`.
    fn trace_to(&self, mut id: u32) -> Trace {
        let mut steps = Vec::new();
        loop {
            let origin = self.visited.origin(id);
            if origin.parent == id {
                steps.reverse();
                return Trace { initial: id as usize, steps };
            }
            steps.push(origin.step);
            id = origin.parent;
        }
    }

    fn bytes(&self) -> usize {
        self.visited.bytes() + self.edges.bytes()
    }
}

/// The number of an initial state and those of the steps from there.
pub(super) struct Trace {
    pub(super) initial: usize,
    pub(super) steps: Vec<u16>,
}

/// What a worker found in one piece.
struct Found<S> {
    edges: Vec<Edge>,
    /// One state for each fresh edge.
    states: Vec<S>,
    terminal: Vec<u32>,
    transitions: u64,
    probe: Probe,
    broken: Option<(Origin, &'static str)>,
}

impl<S> Found<S> {
    fn new() -> Self {
        Self {
            edges: Vec::new(),
            states: Vec::new(),
            terminal: Vec::new(),
            transitions: 0,
            probe: Probe::default(),
            broken: None,
        }
    }
}

struct Edge {
    origin: Origin,
    fair: bool,
    target: Target,
}

enum Target {
    Known(u32),
    Fresh(u64),
}
