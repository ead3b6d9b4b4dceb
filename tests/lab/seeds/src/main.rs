//! Puts seeded bugs into copies of the project, one at a time, and sees whether the tests notice.

mod catalogue;
mod judge;
mod page;
mod plan;
mod tally;
mod trial;

use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::Instant;

use catalogue::Seed;
use page::Requirement;
use tally::Tally;
use trial::{Outcome, Workshop};

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => {
            eprintln!("seeds: {fault}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool, String> {
    let seeds = catalogue::read()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let chosen = match plan::chosen(&seeds, &arguments)? {
        plan::Chosen::List => {
            list(&seeds);
            return Ok(true);
        }
        plan::Chosen::Run(chosen) => chosen,
    };
    let page = page::read()?;
    let uncovered = plan::uncovered(&page, &seeds);
    if !uncovered.is_empty() {
        println!("FAILED  no seed for the kept requirements {}", uncovered.join(" "));
    }
    let tally = try_all(&chosen, &page)?;
    print!("{tally}");
    let failed = tally.failures() + uncovered.len();
    println!("{} passed, {failed} failed", chosen.len() + uncovered.len() - failed);
    Ok(failed == 0)
}

fn list(seeds: &[Seed]) {
    for Seed { id, area, file, breaks, .. } in seeds {
        println!("{id:<6} {area:<10} {file:<36} {breaks}");
    }
    println!("{} seeds", seeds.len());
}

/// Tries the seeds, in two copies; says what came of it. One copy begins at the front and the other
/// at the end, so that each builds the tests of some areas only.
fn try_all(chosen: &[&Seed], page: &[Requirement]) -> Result<Tally, String> {
    let waiting = Mutex::new(VecDeque::from(chosen.to_vec()));
    let tally = Mutex::new(Tally::default());
    thread::scope(|scope| {
        let front = scope.spawn(|| try_some(0, page, &tally, || locked(&waiting).pop_front()));
        let end = scope.spawn(|| try_some(1, page, &tally, || locked(&waiting).pop_back()));
        [front, end].into_iter().try_for_each(|copy| copy.join().expect("no thread panics"))
    })?;
    Ok(tally.into_inner().expect("no thread panics"))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no thread panics")
}

/// Tries seed after seed in a copy of its own.
fn try_some<'s>(
    copy: usize,
    page: &[Requirement],
    tally: &Mutex<Tally>,
    next: impl Fn() -> Option<&'s Seed>,
) -> Result<(), String> {
    let mut workshop = None;
    while let Some(seed) = next() {
        let workshop = match &workshop {
            Some(workshop) => workshop,
            None => workshop.insert(Workshop::new(copy)?),
        };
        let began = Instant::now();
        let outcome = workshop.attempt(seed, page)?;
        match outcome {
            Outcome::Caught { judge, .. } => locked(tally).caught(&seed.area, judge),
            _ => locked(tally).failed(&seed.area),
        }
        report(seed, &outcome, began.elapsed().as_secs());
    }
    Ok(())
}

fn report(seed: &Seed, outcome: &Outcome, seconds: u64) {
    let Seed { id, breaks, file, .. } = seed;
    match outcome {
        Outcome::Caught { judge, test } => {
            println!("PASSED  {id}: {breaks}\n        {judge}: {test}, {seconds} s");
        }
        Outcome::Unshown { ids } => {
            println!("FAILED  {id}: {breaks}\n        no test that is named for {ids} noticed it");
        }
        Outcome::Survived => {
            println!("FAILED  {id}: {breaks}\n        no test noticed it, {seconds} s");
        }
        Outcome::TextGone => println!("FAILED  {id}: its text stands not once in {file}"),
        Outcome::Broken(why) => println!("FAILED  {id}: it does not compile\n{why}"),
    }
}
