//! A machine on another clock and with other names does the same (H16).

use std::collections::BTreeMap;
use std::net::IpAddr;

use ikev2_redirect::initiator::{Action, Initiator, Phase, QuestionId, SaId};
use ikev2_redirect::wire::InitNotifies;
use ikev2_redirect::{Instant, Misuse};

use super::apply;
use super::log::{Input, Log};

/// The twin's time at the moment of the call.
const THERE: u64 = 1 << 50;
/// The twin's first name. The next ones go over the largest number.
const FIRST: u32 = u32::MAX - 1;
/// What is not known here is not known there.
const STRANGER: u32 = FIRST - 100;

type Outcome = Result<Vec<Action<'static>>, Misuse>;

/// The twin of the machine before the call is told the same. What it does, and where it stands
/// then, differs in names and in time only.
pub(super) fn check(
    before: &Initiator,
    after: &Initiator,
    log: &Log,
    now: u64,
    input: Input,
    outcome: &Outcome,
) -> Result<(), String> {
    if now > u64::MAX >> 1 {
        return Ok(()); // where time saturates, the distance between two moments is not kept
    }
    let mut twin = *before;
    twin.rebase(Instant::from_millis(now), Instant::from_millis(THERE));
    twin.renumber(FIRST);
    let mut names = Names::of(before, log);
    let its_outcome = apply(&mut twin, THERE, names.input(input));
    names.learn(outcome, &its_outcome);
    let renamed: Outcome = match outcome {
        Ok(actions) => Ok(actions.iter().map(|&action| names.action(action)).collect()),
        Err(misuse) => Err(*misuse),
    };
    if renamed != its_outcome {
        return Err(format!("rebased and renumbered it does {its_outcome:?}\nnot {renamed:?}"));
    }
    let wanted = View {
        sa: after.sa().map(|sa| names.sa(sa)),
        kept: after.kept().map(|sa| names.sa(sa)),
        question: after.question().map(|question| names.question(question)),
        ..View::of(after, now)
    };
    if View::of(&twin, THERE) == wanted {
        Ok(())
    } else {
        Err(format!("rebased and renumbered it is {twin:?}\nnot {wanted:?}"))
    }
}

/// All that can be seen of a machine, its time counted from now on.
#[derive(Debug, PartialEq)]
struct View {
    phase: Phase,
    sa: Option<SaId>,
    kept: Option<SaId>,
    question: Option<QuestionId>,
    gateway: Option<IpAddr>,
    notifies: Option<InitNotifies>,
    deadline: Option<i128>,
    followed: [usize; 4],
}

impl View {
    fn of(machine: &Initiator, now: u64) -> View {
        let until = |at: Instant| i128::from(at.as_millis()) - i128::from(now);
        View {
            phase: machine.phase(),
            sa: machine.sa(),
            kept: machine.kept(),
            question: machine.question(),
            gateway: machine.gateway(),
            notifies: machine.init_notifies(),
            deadline: machine.next_deadline().map(|deadline| until(deadline.at)),
            followed: [0, 1, 999, 1_000]
                .map(|later| machine.followed(Instant::from_millis(now + later))),
        }
    }
}

/// The names of one machine, and the twin's for the same things.
struct Names {
    sas: BTreeMap<SaId, SaId>,
    questions: BTreeMap<QuestionId, QuestionId>,
}

impl Names {
    fn of(machine: &Initiator, log: &Log) -> Names {
        let [gone, kept, current, question] =
            [u32::MAX, 0, 1, 2].map(|place| FIRST.wrapping_add(place));
        let asked_of = log.question().map(|question| (question.sa, SaId(gone)));
        let kept = machine.kept().map(|sa| (sa, SaId(kept)));
        let current = machine.sa().map(|sa| (sa, SaId(current)));
        let question = machine.question().map(|name| (name, QuestionId(question)));
        Names {
            sas: asked_of.into_iter().chain(kept).chain(current).collect(),
            questions: question.into_iter().collect(),
        }
    }

    /// The names that the two have just given.
    fn learn(&mut self, ours: &Outcome, its: &Outcome) {
        let (Ok(ours), Ok(its)) = (ours, its) else { return };
        for actions in ours.iter().zip(its) {
            match actions {
                (Action::StartInit { sa, .. }, Action::StartInit { sa: its, .. }) => {
                    self.sas.entry(*sa).or_insert(*its);
                }
                (Action::Vet { question, .. }, Action::Vet { question: its, .. }) => {
                    self.questions.entry(*question).or_insert(*its);
                }
                _ => {}
            }
        }
    }

    fn sa(&self, sa: SaId) -> SaId {
        self.sas.get(&sa).copied().unwrap_or(SaId(STRANGER))
    }

    fn question(&self, question: QuestionId) -> QuestionId {
        self.questions.get(&question).copied().unwrap_or(QuestionId(STRANGER))
    }

    fn input(&self, input: Input) -> Input {
        match input {
            Input::Permit(question, address) => Input::Permit(self.question(question), address),
            Input::Refuse(question, refusal) => Input::Refuse(self.question(question), refusal),
            Input::Event(sa, event) => Input::Event(self.sa(sa), event),
            other => other,
        }
    }

    fn action(&self, mut action: Action<'static>) -> Action<'static> {
        match &mut action {
            Action::StartInit { sa, .. }
            | Action::PassOn { sa }
            | Action::Acknowledge { sa }
            | Action::DeleteSa { sa }
            | Action::DropSa { sa }
            | Action::RejectSa { sa }
            | Action::Tolerated { sa, .. }
            | Action::Ignored { sa, .. }
            | Action::Misused { sa, .. }
            | Action::Refused { sa, .. }
            | Action::MoveFailed { sa, .. } => *sa = self.sa(*sa),
            Action::Vet { question, sa, .. } => {
                (*question, *sa) = (self.question(*question), self.sa(*sa));
            }
            Action::AbandonVet { question } => *question = self.question(*question),
            Action::Redirected { .. } | Action::Failed { .. } => {}
        }
        action
    }
}
