//! The client: its rules over the log, and the machine against them.

mod commands;
mod forward;
mod lies;
mod log;
mod phase;
mod reached;
mod rules;
mod run;
mod step;
mod targets;
mod twin;
mod view;
mod want;

use ikev2_redirect::initiator::{Action, Initiator};
use ikev2_redirect::{Instant, Misuse};

use crate::same;
use log::{Entry, Input, Log};
use reached::Reached;
use run::Run;

/// Lets the machine go through the run; says where it and the rules part.
fn check(run: &Run, reached: &mut Reached) -> Result<(), String> {
    let mut log = Log::new(run.config);
    let mut now = run.start;
    let mut machine = begin(run, &mut log)?;
    for (number, step) in run.steps.iter().enumerate() {
        now = step.pause.after(&log, now);
        let input = step.input(&log);
        let before = machine;
        check_step(&mut machine, &mut log, now, input)
            .map_err(|fault| report(number, now, &input, &before, &log, &fault))?;
        reached.note(&log, &input);
    }
    Ok(())
}

/// With the session that is saved, if there is one and its gateway can be one.
fn begin(run: &Run, log: &mut Log) -> Result<Initiator, String> {
    let fresh = named(run, Initiator::new(run.config).expect("a legal configuration"));
    let Some(gateway) = run.restored.map(step::address) else { return Ok(fresh) };
    let restored = Initiator::established(run.config, gateway).map(|machine| named(run, machine));
    match (restored.map(|machine| (machine, machine.sa())), targets::never_usable(gateway)) {
        (Ok((machine, Some(sa))), None) => {
            let input = Input::Restored(sa, gateway);
            log.push(Entry { at: run.start, input, output: Vec::new() });
            view::check(&machine, log, run.start).map(|()| machine)
        }
        (Err(Misuse::UnusableAddress), Some(_)) => Ok(fresh),
        (got, _) => Err(format!("a session with {gateway} is restored as {got:?}")),
    }
}

/// Like one that has given many names.
fn named(run: &Run, mut machine: Initiator) -> Initiator {
    if let Some(left) = run.names_left {
        // Behind the first there are three: of a kept IKE SA, of the current one and of a question.
        machine.renumber(u32::MAX.wrapping_sub(left.wrapping_add(2)));
    }
    machine
}

fn check_step(
    machine: &mut Initiator,
    log: &mut Log,
    now: u64,
    input: Input,
) -> Result<(), String> {
    let before = *machine;
    let expected = rules::expect(log, now, &input);
    let outcome = apply(machine, now, input);
    twin::check(&before, machine, log, now, input, &outcome)?;
    let output = match (outcome, expected) {
        (Ok(output), Ok(wants)) if want::are_met(&wants, &output, log) => output,
        (Err(misuse), Err(any)) if any.first() == Some(&misuse) => {
            return same(&before, machine, "a misuse changes nothing");
        }
        (got, expected) => return Err(format!("got {got:?}\nwant {expected:?}")),
    };
    if let [Action::Ignored { .. } | Action::Misused { .. }] = output[..] {
        same(&before, machine, "what is ignored, or cannot be, changes nothing")?;
    }
    log.push(Entry { at: now, input, output });
    view::check(machine, log, now)
}

fn apply(machine: &mut Initiator, now: u64, input: Input) -> Result<Vec<Action<'static>>, Misuse> {
    let now = Instant::from_millis(now);
    let actions = match input {
        Input::Restored(..) => return Ok(vec![]),
        Input::Connect(address) => machine.connect(now, address)?,
        Input::Permit(question, address) => machine.permit(now, question, address)?,
        Input::Refuse(question, refusal) => machine.refuse(now, question, refusal)?,
        Input::Retry(address) => machine.retry(now, address)?,
        Input::Renew(address) => machine.renew(now, address)?,
        Input::Close => machine.close(now)?,
        Input::Timeout => machine.timeout(now),
        Input::TimeoutAtNever => machine.timeout(Instant::NEVER),
        Input::Event(sa, event) => machine.handle(now, sa, event),
    };
    Ok(actions.into_iter().collect())
}

fn report(
    number: usize,
    now: u64,
    input: &Input,
    before: &Initiator,
    log: &Log,
    fault: &str,
) -> String {
    let history: String = log
        .entries
        .iter()
        .map(|entry| format!("  {:?} -> {:?}\n", entry.input, entry.output))
        .collect();
    format!("after\n{history}step {number} at {now}: {input:?}\nin {before:?}\n{fault}")
}

#[test]
fn the_client_keeps_the_rules() {
    let mut reached = Reached::default();
    let enough = crate::drive("client", |run: &Run| check(run, &mut reached));
    reached.show();
    if enough {
        reached.assert_all();
    }
}
