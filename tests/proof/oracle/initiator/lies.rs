//! A host that tells anything: what it says need not be so, nor fit together, and its clock goes
//! forwards and back. Only what the machine promises whatever happens can be asked for.

use std::collections::BTreeSet;

use ikev2_redirect::initiator::{Action, Initiator, Phase, QuestionId, SaId};
use quickcheck::{Arbitrary, Gen};

use super::apply;
use super::log::{Entry, Input, Log};
use super::run::{Run, disturbance};
use super::step::{Pause, Step, What};
use crate::same;
use crate::sample::{below, once_in, pick};

/// One lie: when, and which names it uses instead of those that fit.
#[derive(Clone, Copy, Debug)]
struct Lie {
    at: u64,
    what: What,
    name: Option<u32>,
}

#[derive(Clone, Debug)]
struct Lies {
    run: Run,
    lies: Vec<Lie>,
}

impl Arbitrary for Lies {
    fn arbitrary(g: &mut Gen) -> Self {
        let run = Run::arbitrary(g);
        let lies = (0..4 * g.size()).map(|_| arbitrary_lie(g)).collect();
        Lies { run, lies }
    }
}

fn arbitrary_lie(g: &mut Gen) -> Lie {
    Lie {
        at: match below(g, 8) {
            0 => u64::MAX,
            1 => u64::arbitrary(g),
            _ => below(g, 3_000) as u64,
        },
        what: disturbance(g),
        name: once_in(g, 3).then(|| pick(g, &[0, 1, 2, 3, 4, 5, 7, 11, 17, u32::MAX])),
    }
}

fn renamed(input: Input, name: Option<u32>) -> Input {
    let Some(name) = name else { return input };
    match input {
        Input::Event(_, event) => Input::Event(SaId(name), event),
        Input::Permit(_, address) => Input::Permit(QuestionId(name), address),
        Input::Refuse(_, refusal) => Input::Refuse(QuestionId(name), refusal),
        other => other,
    }
}

/// The names that were given, and what has not been taken back.
#[derive(Default)]
struct Seen {
    started: BTreeSet<SaId>,
    living: BTreeSet<SaId>,
    asked: BTreeSet<QuestionId>,
}

fn check(lies: &Lies) -> Result<(), String> {
    let mut log = Log::new(lies.run.config);
    let mut machine = super::begin(&lies.run, &mut log)?;
    let mut seen = Seen::default();
    seen.started.extend(machine.sa());
    seen.living.extend(machine.sa());
    for (number, lie) in lies.lies.iter().enumerate() {
        let step = Step { pause: Pause::Millis(0), what: lie.what };
        // The log is that of the machine alone: it knows which names there are.
        let input = renamed(step.input(&log), lie.name);
        let before = machine;
        check_lie(&mut machine, &mut log, &mut seen, lie.at, input)
            .map_err(|fault| format!("step {number}, {input:?} in {before:?}: {fault}"))?;
    }
    Ok(())
}

fn check_lie(
    machine: &mut Initiator,
    log: &mut Log,
    seen: &mut Seen,
    at: u64,
    input: Input,
) -> Result<(), String> {
    let before = *machine;
    let Ok(output) = apply(machine, at, input) else {
        return same(&before, machine, "a misuse changes nothing");
    };
    if let [Action::Ignored { .. } | Action::Misused { .. }] = output[..] {
        same(&before, machine, "what is ignored, or cannot be, changes nothing")?;
    }
    for action in &output {
        seen.note(action)?;
    }
    let known = [machine.sa(), machine.kept()];
    if !known.into_iter().flatten().all(|sa| seen.living.contains(&sa)) {
        return Err(format!("it knows what it has left: {machine:?} after {output:?}"));
    }
    if machine.question().is_some_and(|question| !seen.asked.contains(&question)) {
        return Err(format!("it never asked: {machine:?}"));
    }
    if (machine.phase() == Phase::Idle) != machine.sa().is_none() {
        return Err(format!("its phase is wrong: {machine:?}"));
    }
    if machine.kept().is_some() && (machine.sa().is_none() || machine.phase() == Phase::Up) {
        return Err(format!("it keeps what waits for nothing: {machine:?}"));
    }
    if machine.next_deadline().is_some() && machine.question().is_none() {
        return Err(format!("it waits for nothing: {machine:?}"));
    }
    log.push(Entry { at: 0, input, output });
    Ok(())
}

impl Seen {
    fn note(&mut self, action: &Action<'static>) -> Result<(), String> {
        let sound = match *action {
            Action::StartInit { sa, .. } => self.started.insert(sa) && self.living.insert(sa),
            Action::Vet { question, .. } => self.asked.insert(question),
            Action::DeleteSa { sa } | Action::DropSa { sa } | Action::RejectSa { sa } => {
                self.living.remove(&sa)
            }
            _ => true,
        };
        if sound { Ok(()) } else { Err(format!("a name is used or left twice: {action:?}")) }
    }
}

#[test]
fn a_lying_host_gets_a_sound_machine() {
    let _enough = crate::drive("client of a lying host", |lies: &Lies| check(lies));
}
