//! The client: its rules over the log, and the machine against them.

mod log;
mod reached;
mod rules;
mod script;
mod step;
mod want;

use ikev2_redirect::initiator::{Action, Awaits, Event, Initiator, Phase, Provenance};
use ikev2_redirect::wire::InitNotifies;
use ikev2_redirect::{Deadline, Instant};

use crate::same;
use log::{Entry, Input, Log};
use reached::Reached;
use script::Run;

/// Lets the machine go through the run; says where it and the rules part.
fn check(run: &Run, reached: &mut Reached) -> Result<(), String> {
    let mut machine = Initiator::new(run.config).expect("a legal configuration");
    let mut log = Log { config: run.config, entries: Vec::new() };
    let mut now = 0;
    for (number, step) in run.steps.iter().enumerate() {
        now += step.pause;
        let input = step.input(&log);
        let before = machine;
        check_step(&mut machine, &mut log, now, input)
            .map_err(|fault| report(number, now, &input, &before, &log, &fault))?;
        reached.note(&machine, log.entries.last());
    }
    Ok(())
}

fn check_step(
    machine: &mut Initiator,
    log: &mut Log,
    now: u64,
    input: Input,
) -> Result<(), String> {
    let before = *machine;
    let expected = rules::expect(log, now, &input);
    let output = match (apply(machine, now, input), expected) {
        (Ok(output), Ok(wants)) if want::are_met(&wants, &output) => output,
        (Err(misuse), Err(any)) if any.contains(&misuse) => {
            return same(&before, machine, "a misuse changes nothing");
        }
        (got, expected) => return Err(format!("got {got:?}\nwant {expected:?}")),
    };
    if !want::are_in_order(&output) {
        return Err(format!("not in order: {output:?}"));
    }
    let starts_alive = output.iter().any(|action| match *action {
        Action::StartInit { slot, .. } => log.is_alive(slot) && !gives_up(log, slot, &output),
        _ => false,
    });
    if starts_alive {
        return Err(format!("the slot is taken: {output:?}"));
    }
    if changes_nothing(&input, &output) {
        same(&before, machine, "what is ignored changes nothing")?;
    }
    log.entries.push(Entry { at: now, input, output });
    check_view(machine, log, now)
}

fn apply(
    machine: &mut Initiator,
    now: u64,
    input: Input,
) -> Result<Vec<Action<'static>>, ikev2_redirect::Misuse> {
    let now = Instant::from_millis(now);
    let actions = match input {
        Input::Connect(address) => machine.connect(now, address)?,
        Input::Permit(address) => machine.permit(now, address)?,
        Input::Refuse(refusal) => machine.refuse(now, refusal)?,
        Input::Close => machine.close(now)?,
        Input::Event(event) => machine.handle(now, event),
    };
    Ok(actions.into_iter().collect())
}

/// The IKE SA in the slot is left in the same breath, or is an attempt redirected in IKE_SA_INIT.
fn gives_up(log: &Log, slot: ikev2_redirect::initiator::Slot, output: &[Action<'static>]) -> bool {
    let left = output.iter().any(|action| match *action {
        Action::DeleteSa { slot: of } | Action::DropSa { slot: of } => of == slot,
        _ => false,
    });
    let in_init = log
        .question()
        .is_some_and(|question| question.slot == slot && question.provenance == Provenance::Init);
    left || in_init
}

/// An ignored event leaves the machine as it was (R3-9); only the count of IKE_AUTH responses
/// goes on when the REDIRECT in one of them is ignored.
fn changes_nothing(input: &Input, output: &[Action<'static>]) -> bool {
    let counts =
        matches!(input, Input::Event(Event::AuthResponse { .. } | Event::Informational { .. }));
    !counts && output.iter().any(|action| matches!(action, Action::Ignored { .. }))
}

/// What the machine tells of itself is what the log tells.
fn check_view(machine: &Initiator, log: &Log, now: u64) -> Result<(), String> {
    let current = log.current();
    let question = log.question();
    let deadline = question.map(|question| Deadline {
        at: Instant::from_millis(log.expiry(&question)),
        reason: Awaits::Verdict,
    });
    let at = Instant::from_millis(now);
    let views = [
        ("phase", machine.phase() == phase(log)),
        ("slot", machine.slot() == current),
        ("kept", machine.kept() == log.kept()),
        ("gateway", machine.gateway() == current.and_then(|slot| log.gateway(slot))),
        ("deadline", machine.next_deadline() == deadline),
        ("notifies", machine.init_notifies() == notifies(log)),
        ("limit", machine.loop_limit().followed(at) == log.followed(now)),
    ];
    match views.iter().find(|(_, holds)| !holds) {
        None => Ok(()),
        Some((what, _)) => {
            Err(format!("{what} is wrong after {:?}: {machine:?}", log.entries.last()))
        }
    }
}

fn phase(log: &Log) -> Phase {
    match (log.question(), log.current()) {
        (Some(question), _) => match question.provenance {
            Provenance::Init => Phase::VettingInit,
            Provenance::Auth => Phase::VettingAuth,
            Provenance::Informational => Phase::VettingActive,
        },
        (None, None) => Phase::Idle,
        (None, Some(slot)) if log.is_established(slot) => Phase::Established,
        (None, Some(slot)) if log.has_keys(slot) => Phase::Authenticating,
        (None, Some(_)) => Phase::Connecting,
    }
}

/// A retry of the IKE_SA_INIT request carries what the first one did (R7.3-1).
fn notifies(log: &Log) -> Option<InitNotifies> {
    if !matches!(phase(log), Phase::Connecting | Phase::VettingInit) {
        return None;
    }
    let started = |action: &Action<'static>| match *action {
        Action::StartInit { slot, notifies, .. } if Some(slot) == log.current() => Some(notifies),
        _ => None,
    };
    log.entries.iter().rev().find_map(|entry| entry.output.iter().find_map(started))
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
    let everywhere = crate::drive("client", |run: &Run| check(run, &mut reached));
    reached.show();
    if everywhere {
        reached.assert_all();
    }
}
