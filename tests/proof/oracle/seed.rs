//! Seeds for runs at random: others each time, and any of them again (T02).

use std::collections::hash_map::RandomState;
use std::env::var;
use std::hash::BuildHasher;

/// The seeds of so many runs, one after the other. `ORACLE_SEED` says which is the first; without
/// it that is another one each time. `ORACLE_RUNS` says how many runs there are.
pub(crate) struct Seeds {
    pub(crate) first: u64,
    pub(crate) runs: u64,
}

impl Seeds {
    pub(crate) fn choose(runs: u64) -> Seeds {
        Seeds {
            first: number("ORACLE_SEED").unwrap_or_else(entropy),
            runs: number("ORACLE_RUNS").unwrap_or(runs),
        }
    }

    pub(crate) fn each(&self) -> impl Iterator<Item = u64> {
        let first = self.first;
        (0..self.runs).map(move |run| first.wrapping_add(run))
    }
}

/// How to have the run with this seed, and no other, again.
pub(crate) fn again(seed: u64) -> String {
    format!("ORACLE_SEED={seed} ORACLE_RUNS=1")
}

/// std seeds its hash maps at random.
fn entropy() -> u64 {
    RandomState::new().hash_one("a seed")
}

fn number(variable: &str) -> Option<u64> {
    var(variable).ok().map(|value| value.parse().expect("a number"))
}
