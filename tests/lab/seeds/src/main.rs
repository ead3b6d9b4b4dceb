//! Puts seeded bugs into copies of the project, one at a time, and sees whether the tests notice.

mod catalogue;
mod judge;
mod plan;
mod trial;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use catalogue::Seed;
use trial::{Outcome, Workshop};

/// How many copies are worked on at once.
const COPIES: usize = 2;

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
    let uncovered = plan::uncovered_requirements(&seeds)?;
    if !uncovered.is_empty() {
        println!("FAILED  no seed for the kept requirements {}", uncovered.join(" "));
    }
    let failed = try_all(&chosen)? + uncovered.len();
    println!("{} passed, {failed} failed", chosen.len() + uncovered.len() - failed);
    Ok(failed == 0)
}

fn list(seeds: &[Seed]) {
    for Seed { id, area, file, breaks, .. } in seeds {
        println!("{id:<6} {area:<10} {file:<36} {breaks}");
    }
    println!("{} seeds", seeds.len());
}

/// Tries the seeds, in several copies; says how many failed.
fn try_all(chosen: &[&Seed]) -> Result<usize, String> {
    let next = AtomicUsize::new(0);
    let failed = AtomicUsize::new(0);
    let fault = Mutex::new(None);
    thread::scope(|scope| {
        for copy in 0..COPIES.min(chosen.len()) {
            let (next, failed, fault) = (&next, &failed, &fault);
            scope.spawn(move || {
                if let Err(found) = try_some(copy, chosen, next, failed) {
                    *fault.lock().expect("no thread panics") = Some(found);
                }
            });
        }
    });
    match fault.into_inner().expect("no thread panics") {
        Some(fault) => Err(fault),
        None => Ok(failed.into_inner()),
    }
}

fn try_some(
    copy: usize,
    chosen: &[&Seed],
    next: &AtomicUsize,
    failed: &AtomicUsize,
) -> Result<(), String> {
    let workshop = Workshop::new(copy)?;
    loop {
        let Some(seed) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) else { return Ok(()) };
        let outcome = workshop.attempt(seed)?;
        if !outcome.is_caught() {
            failed.fetch_add(1, Ordering::Relaxed);
        }
        report(seed, &outcome);
    }
}

fn report(seed: &Seed, outcome: &Outcome) {
    let Seed { id, breaks, .. } = seed;
    match outcome {
        Outcome::Caught { judge, test } => println!("PASSED  {id}: {breaks}\n        {judge}: {test}"),
        Outcome::Survived => println!("FAILED  {id}: {breaks}\n        no test noticed it"),
        Outcome::TextGone => println!("FAILED  {id}: its text stands not once in {}", seed.file),
        Outcome::Broken(why) => println!("FAILED  {id}: it does not compile\n{why}"),
    }
}
