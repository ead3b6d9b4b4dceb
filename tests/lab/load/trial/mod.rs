//! A redirector on trial: clients ask, garbage comes in, the list is edited and broken, the program
//! is ended and started, and each answer is compared with the one that the manual promises.

mod clients;
#[path = "../../../wire/compose.rs"]
mod compose;
mod expected;
mod program;

use std::fs;
use std::path::Path;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::Outcome;
use clients::Shared;
use expected::{List, Weighed, mix};
use program::{Program, text_of};

/// Everybody who may be a target in a trial.
const NAMES: [&str; 8] = [
    "192.0.2.11",
    "192.0.2.12",
    "192.0.2.13",
    "192.0.2.14",
    "2001:db8::11",
    "2001:db8::12",
    "gw1.example.com",
    "gw2.example.com",
];

/// Tries it for so long; prints what was done as `name=value` pairs.
pub(crate) fn run(path: &Path, time: Duration, seed: u64) -> Outcome<String> {
    let scratch = std::env::temp_dir().join(format!("redirector-trial-{}", std::process::id()));
    fs::create_dir_all(&scratch)?;
    let done = try_in(path, &scratch, time, seed);
    fs::remove_dir_all(&scratch)?;
    done
}

fn try_in(path: &Path, scratch: &Path, time: Duration, seed: u64) -> Outcome<String> {
    let dice = Dice(seed);
    // The hardest list first: who could be sent to any of the other targets must not be.
    let weight = |name: &str| u16::from(name == "2001:db8::11");
    let first = NAMES.map(|name| Weighed { name: name.to_owned(), weight: weight(name) }).to_vec();
    fs::write(scratch.join("targets"), text_of(&first))?;
    let program = Program::start(path, scratch)?;
    let shared = Shared::new(program.doors.clone(), first);
    let mut trial = Trial { program, shared: &shared, dice, done: Done::default() };
    thread::scope(|scope| {
        for place in 0..clients::CLIENTS {
            let shared = &shared;
            scope.spawn(move || clients::ask_on_and_on(shared, place));
        }
        scope.spawn(|| clients::send_garbage(&shared));
        let ended = trial.go_on(time);
        shared.stop.store(true, Ordering::Relaxed);
        ended
    })?;
    let Done { edits, breaks, restarts, checks } = trial.done;
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Ok(format!(
        "seed={seed} asked={} answered={} garbage={} edits={edits} breaks={breaks} \
         restarts={restarts} checks={checks}",
        count(&shared.asked),
        count(&shared.answered),
        count(&shared.garbage),
    ))
}

/// What was done.
#[derive(Default)]
struct Done {
    edits: u64,
    breaks: u64,
    restarts: u64,
    checks: u64,
}

struct Trial<'s> {
    program: Program,
    shared: &'s Shared,
    dice: Dice,
    done: Done,
}

impl Trial<'_> {
    fn go_on(&mut self, time: Duration) -> Outcome<()> {
        let begun = Instant::now();
        while begun.elapsed() < time {
            thread::sleep(Duration::from_millis(self.dice.below(300)));
            match self.dice.below(12) {
                0..=5 => self.edit(true)?,
                6 => {
                    self.edit(false)?;
                    self.restart()?;
                }
                7..=8 => self.break_it()?,
                9..=10 => self.restart()?,
                _ => self.check()?,
            }
            if let Some(fault) = self.shared.fault() {
                return Err(fault.into());
            }
        }
        self.check()?;
        self.shared.fault().map_or(Ok(()), |fault| Err(fault.into()))
    }

    /// Writes another list, in place or by moving a file, and waits until it is in use.
    fn edit(&mut self, wait: bool) -> Outcome<()> {
        let old = self.shared.newest();
        let list = loop {
            let list = self.dice.list();
            if text_of(&list) != text_of(&old) {
                break list;
            }
        };
        let text = text_of(&list);
        self.shared.written(list);
        if self.dice.below(2) == 0 {
            fs::write(self.program.targets(), text)?;
        } else {
            let new = self.program.scratch.join("new");
            fs::write(&new, text)?;
            fs::rename(&new, self.program.targets())?;
        }
        self.done.edits += 1;
        if wait {
            self.program.wait_for("targets changed")?;
            self.shared.in_use();
        }
        Ok(())
    }

    /// Leaves a file that is not whole; what was in use stays in use.
    fn break_it(&mut self) -> Outcome<()> {
        let text = text_of(&self.dice.list());
        // Without its last line, or cut off anywhere before it.
        let whole = text.len() - "end\n".len();
        let length = match self.dice.below(2) {
            0 => whole,
            _ => self.dice.below(whole as u64) as usize,
        };
        fs::write(self.program.targets(), &text[..length])?;
        self.program.wait_for("targets not changed")?;
        self.done.breaks += 1;
        Ok(())
    }

    fn restart(&mut self) -> Outcome<()> {
        let signal = ["TERM", "KILL", "HUP"][self.dice.below(3) as usize];
        self.shared.sent.store(0, Ordering::Relaxed);
        self.shared.begin_run();
        self.program.restart(signal)?;
        self.shared.begin_run();
        self.shared.in_use();
        self.done.restarts += 1;
        Ok(())
    }

    /// In silence, the counters add up among themselves and with what was sent and received.
    fn check(&mut self) -> Outcome<()> {
        let _silence = self.shared.gate.write().unwrap_or_else(PoisonError::into_inner);
        let metrics = self.program.settled_metrics()?;
        let sum = |name| metrics.sum(name, "");
        let received = sum("datagrams_received_total");
        let [redirects, refused, not_ike] =
            ["redirects_total", "refused_total", "not_ike_total"].map(sum);
        let sent = self.shared.sent.load(Ordering::Relaxed) + clients::CLIENTS + 1;
        let run = self.shared.run();
        let few = run.answers.iter().find(|(target, answers)| {
            metrics.sum("redirects_total", &format!("target=\"{target}\"")) < **answers
        });
        self.done.checks += 1;
        if received != redirects + refused + not_ike || received > sent {
            let parts = format!("{redirects} + {refused} + {not_ike}");
            Err(format!("{received} received are not {parts}, of {sent} sent").into())
        } else if let Some((target, answers)) = few {
            Err(format!("{answers} answers to {target} are not all counted").into())
        } else if sum("send_failures_total") + sum("receive_failures_total") > 0 {
            Err("a socket failed".into())
        } else {
            Ok(())
        }
    }
}

/// Numbers that the seed decides.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(1);
        mix(self.0) % limit
    }

    /// Half of them get no clients.
    fn weight(&mut self) -> u16 {
        self.below(6).saturating_sub(2) as u16
    }

    /// Some of the names, with weights; at least one has clients.
    fn list(&mut self) -> List {
        loop {
            let mut list = List::new();
            for name in NAMES {
                if self.below(3) > 0 {
                    list.push(Weighed { name: name.to_owned(), weight: self.weight() });
                }
            }
            if list.iter().any(|it| it.weight > 0) {
                return list;
            }
        }
    }
}
