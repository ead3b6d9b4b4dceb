//! What is done with each operation: list it, time it, or run it under a counter.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Duration;

use super::common::measure::{BATCH, batch, best_time};

/// Sees every operation in turn.
pub(crate) trait Visitor {
    /// An operation: from `start`, do `step`. A copy of as many `octets` is what it is compared
    /// with.
    fn operation<S: Copy, R>(
        &mut self,
        name: &str,
        octets: usize,
        start: S,
        step: impl Fn(&mut S) -> R,
    );
}

/// Prints the names.
pub(crate) struct List;

impl Visitor for List {
    fn operation<S: Copy, R>(&mut self, name: &str, _: usize, _: S, _: impl Fn(&mut S) -> R) {
        println!("{name}");
    }
}

/// Times each operation, beside a copy.
pub(crate) struct Time {
    patience: Duration,
}

impl Time {
    pub(crate) const HEAD: &str =
        "operation                              ns      million/s   octets   x copy of them";

    pub(crate) fn new(patience: Duration) -> Self {
        Time { patience }
    }
}

impl Visitor for Time {
    fn operation<S: Copy, R>(
        &mut self,
        name: &str,
        octets: usize,
        start: S,
        step: impl Fn(&mut S) -> R,
    ) {
        let (from, mut to) = (vec![1u8; octets], vec![0u8; octets]);
        let mut copy = move || black_box(&mut to[..]).copy_from_slice(black_box(&from));
        // In turns, so that both see the same machine.
        let (mut own, mut copied) = (f64::INFINITY, f64::INFINITY);
        for _ in 0..ROUNDS {
            own = own.min(best_time(self.patience / ROUNDS / 2, start, &mut |it| step(it)));
            copied = copied.min(best_time(self.patience / ROUNDS / 2, (), &mut |_| copy()));
        }
        let rate = 1e3 / own;
        let ratio = own / copied;
        println!("{name:<34} {own:>7.1} {rate:>12.1} {octets:>9} {ratio:>12.1}");
    }
}

const ROUNDS: u32 = 4;

/// Runs one operation [`Repeat::TIMES`] times.
pub(crate) struct Repeat<'n> {
    name: &'n str,
    found: bool,
}

impl<'n> Repeat<'n> {
    const BATCHES: usize = 16;
    const TIMES: usize = Self::BATCHES * BATCH;

    pub(crate) fn new(name: &'n str) -> Self {
        Repeat { name, found: false }
    }

    pub(crate) fn finish(self) -> ExitCode {
        if self.found {
            println!("{}", Self::TIMES);
            ExitCode::SUCCESS
        } else {
            eprintln!("there is no operation {:?}", self.name);
            ExitCode::FAILURE
        }
    }
}

impl Visitor for Repeat<'_> {
    fn operation<S: Copy, R>(
        &mut self,
        name: &str,
        _: usize,
        start: S,
        step: impl Fn(&mut S) -> R,
    ) {
        if name == self.name {
            self.found = true;
            for _ in 0..Self::BATCHES {
                batch(&mut [start; BATCH], &mut |it| step(it));
            }
        }
    }
}
