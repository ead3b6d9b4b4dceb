//! How often the runs get where things can go wrong.

use std::collections::BTreeMap;

use ikev2_redirect::Reason;
use ikev2_redirect::initiator::{Action, Initiator, Phase, Provenance};

use super::log::Entry;

/// Every phase, and whether an old IKE SA may be kept in it.
const PHASES: [(Phase, bool); 11] = [
    (Phase::Idle, false),
    (Phase::Connecting, false),
    (Phase::Connecting, true),
    (Phase::VettingInit, false),
    (Phase::VettingInit, true),
    (Phase::Authenticating, false),
    (Phase::Authenticating, true),
    (Phase::VettingAuth, false),
    (Phase::VettingAuth, true),
    (Phase::Established, false),
    (Phase::VettingActive, false),
];

const PROVENANCES: [Provenance; 3] =
    [Provenance::Init, Provenance::Auth, Provenance::Informational];

/// Every reason that a client can give.
const REASONS: [Reason; 29] = [
    Reason::GatewayLength,
    Reason::ConflictingNotifies,
    Reason::UnspecifiedTarget,
    Reason::MulticastTarget,
    Reason::BroadcastTarget,
    Reason::MappedTarget,
    Reason::LoopbackTarget,
    Reason::LinkLocalTarget,
    Reason::SelfRedirect,
    Reason::NonzeroResponderSpi,
    Reason::WrongInitiatorSpi,
    Reason::NonceMismatch,
    Reason::RedirectsOff,
    Reason::LimitReached,
    Reason::PolicyRefused,
    Reason::Unresolvable,
    Reason::VetTimeout,
    Reason::QuestionOpen,
    Reason::GatewayUnverified,
    Reason::GatewayAuthFailed,
    Reason::IntermediateResponse,
    Reason::OutOfTurn,
    Reason::MoveInProgress,
    Reason::RepeatedRequest,
    Reason::UnknownSa,
    Reason::AttemptFailed,
    Reason::SaLost,
    Reason::MisplacedRedirect,
    Reason::OutOfTurn,
];

/// Counts of (phase, an old IKE SA is kept), of followed redirects, and of reasons.
#[derive(Default)]
pub(crate) struct Reached {
    phases: BTreeMap<(Phase, bool), u64>,
    reasons: BTreeMap<Reason, u64>,
    followed: [u64; 3],
}

impl Reached {
    pub(crate) fn note(&mut self, machine: &Initiator, entry: Option<&Entry>) {
        *self.phases.entry((machine.phase(), machine.kept().is_some())).or_default() += 1;
        for action in entry.into_iter().flat_map(|entry| &entry.output) {
            if let Action::Redirected { provenance, .. } = *action {
                self.followed[provenance as usize] += 1;
            }
            if let Action::Tolerated { reason }
            | Action::Ignored { reason }
            | Action::Refused { reason }
            | Action::MoveFailed { reason }
            | Action::Failed { reason } = *action
            {
                *self.reasons.entry(reason).or_default() += 1;
            }
        }
    }

    pub(crate) fn show(&self) {
        for ((phase, kept), count) in &self.phases {
            let kept = if *kept { ", old one kept" } else { "" };
            println!("{count:>8} {phase:?}{kept}");
        }
        for provenance in PROVENANCES {
            println!("{:>8} followed in {provenance:?}", self.followed[provenance as usize]);
        }
        for (reason, count) in &self.reasons {
            println!("{count:>8} {reason}");
        }
    }

    pub(crate) fn assert_all(&self) {
        for (phase, kept) in PHASES {
            let reached = self.phases.contains_key(&(phase, kept));
            assert!(reached, "no run reaches {phase:?} with an old one kept: {kept}");
        }
        for provenance in PROVENANCES {
            let followed = self.followed[provenance as usize];
            assert!(followed > 0, "no run follows a redirect in {provenance:?}");
        }
        for reason in REASONS {
            assert!(self.reasons.contains_key(&reason), "no run is told {reason}");
        }
    }
}
