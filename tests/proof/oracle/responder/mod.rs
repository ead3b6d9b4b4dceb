//! The gateway: its rules over the log, and the machine against them.

mod log;
mod reached;
mod rules;
mod step;

use ikev2_redirect::responder::{Action, Awaits, Phase, Responder, TargetId};
use ikev2_redirect::{Deadline, Instant, Misuse};

use crate::same;
use log::{Entry, Input, Log};
use reached::Reached;
use step::Run;

/// Lets the machine go through the run; says where it and the rules part.
fn check(run: &Run, reached: &mut Reached) -> Result<(), String> {
    let mut machine = if run.starts_established {
        Responder::established(run.config, run.client)
    } else {
        Responder::new(run.config, run.client)
    };
    let mut log = Log {
        config: run.config,
        client: run.client,
        starts_established: run.starts_established,
        entries: Vec::new(),
    };
    let mut now = 0;
    for (number, step) in run.steps.iter().enumerate() {
        now += step.pause;
        let input = step.input(now);
        let before = machine;
        check_step(&mut machine, &mut log, now, input)
            .map_err(|fault| report(number, now, &input, &before, &log, &fault))?;
        reached.note(&machine, log.entries.last());
    }
    Ok(())
}

fn check_step(
    machine: &mut Responder,
    log: &mut Log,
    now: u64,
    input: Input,
) -> Result<(), String> {
    let before = *machine;
    let expected = rules::expect(log, now, &input);
    let output = match (apply(machine, now, input), expected) {
        (Ok(output), Ok(any)) if any.contains(&output) => output,
        (Err(misuse), Err(any)) if any.contains(&misuse) => {
            return same(&before, machine, "a misuse changes nothing");
        }
        (got, expected) => return Err(format!("got {got:?}\nwant one of {expected:?}")),
    };
    if matches!(output[..], [Action::Ignored { .. }]) {
        same(&before, machine, "what is ignored changes nothing")?;
    }
    log.entries.push(Entry { at: now, input, output });
    check_view(machine, log)
}

fn apply(machine: &mut Responder, now: u64, input: Input) -> Result<Vec<Action>, Misuse> {
    let now = Instant::from_millis(now);
    let actions = match input {
        Input::Redirect(target) => machine.redirect(now, target)?,
        Input::RedirectAt(target, at) => {
            machine.redirect_at(now, target, Instant::from_millis(at))?
        }
        Input::Cancel => machine.cancel(now)?,
        Input::Event(event) => machine.handle(now, event),
    };
    Ok(actions.into_iter().collect())
}

/// What the machine tells of itself is what the log tells.
fn check_view(machine: &Responder, log: &Log) -> Result<(), String> {
    let views = [
        ("phase", machine.phase() == phase(log)),
        ("target", machine.target() == target(log)),
        ("support", machine.supports_redirect() == log.client.supports_redirect),
        ("deadline", machine.next_deadline() == deadline(log)),
    ];
    match views.iter().find(|(_, holds)| !holds) {
        None => Ok(()),
        Some((what, _)) => {
            Err(format!("{what} is wrong after {:?}: {machine:?}", log.entries.last()))
        }
    }
}

fn phase(log: &Log) -> Phase {
    if log.is_closed() {
        Phase::Closed
    } else if log.leaving_since().is_some() {
        Phase::Leaving
    } else if log.sent().is_some() {
        Phase::Redirecting
    } else if log.scheduled().is_some() {
        Phase::Scheduled
    } else if log.is_established() {
        Phase::Established
    } else if log.is_deciding() {
        Phase::Deciding
    } else {
        Phase::Authenticating
    }
}

fn target(log: &Log) -> Option<TargetId> {
    let scheduled = log.scheduled().map(|(target, _)| target);
    log.pending().or(scheduled).or(log.sent().map(|sent| sent.target))
}

fn deadline(log: &Log) -> Option<Deadline<Awaits>> {
    let scheduled = log.scheduled().map(|(_, at)| (at, Awaits::Schedule));
    let resend = rules::resend_at(log).map(|at| (at, Awaits::Acknowledgement));
    let departure = rules::departure(log).map(|at| (at, Awaits::Departure));
    let (at, reason) = scheduled.or(resend).or(departure)?;
    let at = Instant::from_millis(at);
    (at != Instant::NEVER).then_some(Deadline { at, reason })
}

fn report(
    number: usize,
    now: u64,
    input: &Input,
    before: &Responder,
    log: &Log,
    fault: &str,
) -> String {
    let line = |entry: &Entry| format!("  {}: {:?} -> {:?}\n", entry.at, entry.input, entry.output);
    let history: String = log.entries.iter().map(line).collect();
    format!("after\n{history}step {number} at {now}: {input:?}\nin {before:?}\n{fault}")
}

#[test]
fn the_gateway_keeps_the_rules() {
    let mut reached = Reached::default();
    crate::drive("gateway", |run: &Run| check(run, &mut reached));
    reached.show();
    reached.assert_all();
}
