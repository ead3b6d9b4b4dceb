//! Time, on a machine that does other things, too.

use std::fs;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

/// How often an operation runs between two looks at the clock.
pub(crate) const BATCH: usize = 64;

/// Does `step` from each of the starts. Never inlined: callgrind counts in here and nowhere else.
#[inline(never)]
pub(crate) fn batch<S, R>(starts: &mut [S; BATCH], step: &mut impl FnMut(&mut S) -> R) {
    for start in starts {
        black_box(&step(black_box(start)));
    }
}

/// Nanoseconds of one `step` from `start`: the best of all the batches for which there is
/// patience. What other programs take only ever adds to it.
pub(crate) fn best_time<S: Copy, R>(
    patience: Duration,
    start: S,
    step: &mut impl FnMut(&mut S) -> R,
) -> f64 {
    let clock = clock_time();
    let mut best = Duration::MAX;
    let begun = Instant::now();
    while begun.elapsed() < patience || best == Duration::MAX {
        let mut starts = black_box([start; BATCH]);
        let begun = Instant::now();
        batch(&mut starts, step);
        best = best.min(begun.elapsed());
    }
    best.saturating_sub(clock).as_nanos() as f64 / BATCH as f64
}

/// What two looks at the clock take.
fn clock_time() -> Duration {
    (0..100).map(|_| Instant::now().elapsed()).min().unwrap_or_default()
}

/// Measures the time that the calling thread has had a processor for; where the system does not
/// tell (elsewhere than on Linux), the time that has gone by.
pub(crate) struct Stopwatch {
    begun: Instant,
    used: Option<u64>,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Stopwatch { begun: Instant::now(), used: used_nanos() }
    }

    pub(crate) fn nanos(&self) -> f64 {
        match (self.used, used_nanos()) {
            (Some(before), Some(now)) => now.saturating_sub(before) as f64,
            _ => self.begun.elapsed().as_nanos() as f64,
        }
    }
}

fn used_nanos() -> Option<u64> {
    // The account is settled when the thread offers the processor to others.
    thread::yield_now();
    let account = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    account.split(' ').next()?.parse().ok()
}
