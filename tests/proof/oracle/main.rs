//! An oracle for both machines: the rules of the redirect mechanism written a second time, as
//! predicates over a log of all that happened, and random runs that compare.
//!
//! The rules come from the requirements alone and share nothing with the machines but the types
//! of their events and actions. `ORACLE_RUNS` sets how many runs each machine is put through,
//! `ORACLE_SEED` where they start.

mod auth;
mod initiator;
mod responder;
mod sample;

use std::env::var;
use std::fmt::Debug;

use quickcheck::{Arbitrary, Gen};

/// Steps of one run, at least.
const STEPS: usize = 60;

/// Checks run after run; shrinks the first one that fails and shows what is left of it.
fn drive<R: Arbitrary + Debug>(who: &str, mut check: impl FnMut(&R) -> Result<(), String>) {
    let runs = number("ORACLE_RUNS").unwrap_or(10_000);
    let mut g = Gen::from_size_and_seed(STEPS, number("ORACLE_SEED").unwrap_or(5_685));
    for _ in 0..runs {
        let run = R::arbitrary(&mut g);
        if let Err(fault) = check(&run) {
            let (run, fault) = shrink(run, fault, &mut check);
            panic!("the {who} and the rules disagree, {fault}\nin the run {run:#?}");
        }
    }
    println!("{who}: {runs} runs");
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

fn number(variable: &str) -> Option<u64> {
    var(variable).ok().map(|value| value.parse().expect("a number"))
}

/// The machine is as it was before, bit for bit.
fn same<M: PartialEq + Debug>(before: &M, after: &M, rule: &str) -> Result<(), String> {
    if before == after { Ok(()) } else { Err(format!("{rule}, but it is now {after:?}")) }
}
