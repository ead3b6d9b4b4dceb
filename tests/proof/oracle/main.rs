//! An oracle for both machines: the rules of the redirect mechanism written a second time, as
//! predicates over a log of all that happened, and random runs that compare.
//!
//! The rules come from the requirements alone and share nothing with the machines but the types
//! of their events and actions (T01). Each time the runs are others; `ORACLE_RUNS` sets how many
//! there are, and a failure names the `ORACLE_SEED` that repeats it.

mod auth;
mod initiator;
mod responder;
mod sample;
mod seed;

use std::fmt::Debug;

use quickcheck::{Arbitrary, Gen};
use seed::Seeds;

/// Steps of one run, at most.
const STEPS: usize = 60;

/// Runs of each machine, and as many as it takes to get everywhere.
const RUNS: u64 = 10_000;

/// Checks run after run; shrinks the first one that fails and shows what is left of it. Says
/// whether there were enough runs to expect that they get everywhere.
#[must_use]
fn drive<R: Arbitrary + Debug>(who: &str, mut check: impl FnMut(&R) -> Result<(), String>) -> bool {
    let seeds = Seeds::choose(RUNS);
    println!("{who}: {} runs from seed {}", seeds.runs, seeds.first);
    for seed in seeds.each() {
        let run = R::arbitrary(&mut Gen::from_size_and_seed(STEPS, seed));
        if let Err(fault) = check(&run) {
            let (run, fault) = shrink(run, fault, &mut check);
            let again = seed::again(seed);
            panic!(
                "the {who} and the rules disagree, {fault}\nin the run {run:#?}\nagain: {again}"
            );
        }
    }
    seeds.runs >= RUNS
}

/// Goes to a simpler run that fails as long as there is one.
fn shrink<R: Arbitrary>(
    mut run: R,
    mut fault: String,
    check: &mut impl FnMut(&R) -> Result<(), String>,
) -> (R, String) {
    while let Some((simpler, its_fault)) =
        run.shrink().find_map(|simpler| Some((simpler.clone(), check(&simpler).err()?)))
    {
        (run, fault) = (simpler, its_fault);
    }
    (run, fault)
}

/// Those that apply.
fn applying<T, const N: usize>(all: [(bool, T); N]) -> Vec<T> {
    all.into_iter().filter_map(|(applies, what)| applies.then_some(what)).collect()
}

/// The machine is as it was before, bit for bit.
fn same<M: PartialEq + Debug>(before: &M, after: &M, rule: &str) -> Result<(), String> {
    if before == after { Ok(()) } else { Err(format!("{rule}, but it is now {after:?}")) }
}
