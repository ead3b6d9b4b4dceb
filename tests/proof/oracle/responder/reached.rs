//! How often the runs get where things can go wrong.

use std::collections::BTreeMap;

use ikev2_redirect::responder::{Action, Phase, Responder, Stage};
use ikev2_redirect::{Misuse, Reason};

const PHASES: [Phase; 7] = [
    Phase::Authenticating,
    Phase::Deciding,
    Phase::Established,
    Phase::Scheduled,
    Phase::Redirecting,
    Phase::Leaving,
    Phase::Closed,
];

const MISUSES: [Misuse; 4] = [
    Misuse::ClientUnsupported,
    Misuse::AlreadyRedirecting,
    Misuse::SaClosed,
    Misuse::NothingToCancel,
];

/// Counts of (phase, a target is known), of the actions by their name, and of the misuses.
#[derive(Default)]
pub(crate) struct Reached {
    phases: BTreeMap<(Phase, bool), u64>,
    actions: BTreeMap<String, u64>,
}

impl Reached {
    pub(crate) fn note(
        &mut self,
        machine: &Responder,
        outcome: Option<&Result<Vec<Action>, Misuse>>,
    ) {
        *self.phases.entry((machine.phase(), machine.target().is_some())).or_default() += 1;
        let names = match outcome {
            Some(Ok(actions)) => actions.iter().map(name).collect(),
            Some(Err(misuse)) => vec![format!("{misuse:?}")],
            None => vec![],
        };
        for name in names {
            *self.actions.entry(name).or_default() += 1;
        }
    }

    pub(crate) fn show(&self) {
        for ((phase, target), count) in &self.phases {
            let target = if *target { ", target known" } else { "" };
            println!("{count:>8} {phase:?}{target}");
        }
        for (action, count) in &self.actions {
            println!("{count:>8} {action}");
        }
    }

    pub(crate) fn assert_all(&self) {
        for phase in PHASES {
            let reached = self.phases.keys().any(|(of, _)| *of == phase);
            assert!(reached, "no run reaches {phase:?}");
        }
        let waits = (Phase::Authenticating, true);
        assert!(self.phases.contains_key(&waits), "no redirect waits in IKE_AUTH");
        for action in every_outcome() {
            assert!(self.actions.contains_key(&action), "no run gets {action}");
        }
    }
}

fn every_outcome() -> Vec<String> {
    let mut names: Vec<String> = [
        Action::PassOn,
        Action::Decide { stage: Stage::Claimed },
        Action::Decide { stage: Stage::First },
        Action::Decide { stage: Stage::Complete },
        Action::Retransmit,
        Action::Acknowledge,
        Action::DeleteSa,
        Action::DropSa,
        Action::ClientLeft,
        Action::Ignored { reason: Reason::WrongDirection },
        Action::Ignored { reason: Reason::OutOfTurn },
        Action::Ignored { reason: Reason::UnknownSa },
        Action::Misused { misuse: Misuse::RequestMissing },
        Action::Misused { misuse: Misuse::RequestRepeated },
        Action::Misused { misuse: Misuse::AuthContradiction },
        Action::Misused { misuse: Misuse::OutOfTurn },
        Action::Failed { reason: Reason::ClientAuthFailed },
        Action::Failed { reason: Reason::FatalNotification },
        Action::Failed { reason: Reason::NoAnswer },
    ]
    .iter()
    .map(name)
    .collect();
    names.extend(MISUSES.map(|misuse| format!("{misuse:?}")));
    names.extend(["SendRedirect".into(), "RespondRedirect with identity, with AUTH".into()]);
    names.extend(["RespondRedirect with AUTH".into(), "RespondRedirect".into()]);
    names
}

/// Without the target, which is anything.
fn name(action: &Action) -> String {
    match action {
        Action::SendRedirect { .. } => "SendRedirect".into(),
        Action::RespondRedirect { with_identity, with_auth, .. } => {
            let identity = if *with_identity { " with identity," } else { "" };
            let auth = if *with_auth { " with AUTH" } else { "" };
            format!("RespondRedirect{identity}{auth}")
        }
        other => format!("{other:?}"),
    }
}
