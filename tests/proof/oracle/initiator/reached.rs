//! How often the runs get where things can go wrong.

use std::collections::BTreeMap;
use std::fmt::Debug;

use ikev2_redirect::initiator::{Action, Event, Phase, Provenance};
use ikev2_redirect::{Misuse, Reason};

use super::log::{Input, Log};
use super::view::phase;

const PHASES: [Phase; 4] = [Phase::Idle, Phase::Init, Phase::Auth, Phase::Up];
const PROVENANCES: [Provenance; 3] =
    [Provenance::Init, Provenance::Auth, Provenance::Informational];

/// Every reason that a client can give.
const REASONS: [Reason; 32] = [
    Reason::GatewayLength,
    Reason::ConflictingNotifies,
    Reason::UnspecifiedTarget,
    Reason::MulticastTarget,
    Reason::BroadcastTarget,
    Reason::MappedTarget,
    Reason::ReservedTarget,
    Reason::LoopbackTarget,
    Reason::LinkLocalTarget,
    Reason::SelfRedirect,
    Reason::NonzeroResponderSpi,
    Reason::ResumptionOff,
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
    Reason::FatalNotification,
    Reason::PhaseIncomplete,
    Reason::MoveInProgress,
    Reason::RepeatedRequest,
    Reason::UnknownSa,
    Reason::AttemptFailed,
    Reason::SaLost,
    Reason::MisplacedRedirect,
    Reason::OutOfTurn,
];

/// Every mistake of a host that events can show.
const MISTAKES: [Misuse; 6] = [
    Misuse::UnusableAddress,
    Misuse::RequestMissing,
    Misuse::RequestRepeated,
    Misuse::AuthContradiction,
    Misuse::PhaseIncomplete,
    Misuse::OutOfTurn,
];

/// Where a client stands: its phase, whether an IKE SA is kept, and what the open question is
/// about: a REDIRECT of this phase, over an IKE SA that lives or is gone.
type Place = (Phase, bool, Option<(Provenance, bool)>);

#[derive(Default)]
pub(super) struct Reached {
    places: BTreeMap<Place, u64>,
    reasons: BTreeMap<Reason, u64>,
    mistakes: BTreeMap<Misuse, u64>,
    followed: BTreeMap<Provenance, u64>,
    /// What happened to an IKE SA that was kept, and whether a question was open.
    to_kept: BTreeMap<(&'static str, bool), u64>,
}

impl Reached {
    pub(super) fn note(&mut self, log: &Log, input: &Input) {
        let question = log.question().map(|open| (open.provenance, log.is_alive(open.sa)));
        let place = (phase(log), log.kept().is_some(), question);
        *self.places.entry(place).or_default() += 1;
        let Some(entry) = log.entries.last().filter(|entry| entry.input == *input) else { return };
        for action in &entry.output {
            match *action {
                Action::Redirected { provenance, .. } => {
                    *self.followed.entry(provenance).or_default() += 1;
                }
                Action::Tolerated { reason, .. }
                | Action::Ignored { reason, .. }
                | Action::Refused { reason, .. }
                | Action::MoveFailed { reason, .. }
                | Action::Failed { reason } => *self.reasons.entry(reason).or_default() += 1,
                Action::Misused { misuse, .. } => *self.mistakes.entry(misuse).or_default() += 1,
                _ => {}
            }
        }
        let Input::Event(sa, event) = *input else { return };
        // Another has begun since.
        let since = log.starts().skip_while(|start| start.sa != sa).skip(1);
        if since.count() > 0 && log.current().is_some_and(|current| current != sa) {
            *self.to_kept.entry((name(&event), question.is_some())).or_default() += 1;
        }
    }

    pub(super) fn show(&self) {
        show(&self.places);
        show(&self.followed);
        show(&self.to_kept);
        show(&self.reasons);
        show(&self.mistakes);
    }

    pub(super) fn assert_all(&self) {
        for phase in PHASES {
            let reached = self.places.keys().any(|place| place.0 == phase);
            assert!(reached, "no run reaches {phase:?}");
        }
        for provenance in PROVENANCES {
            assert!(self.followed.contains_key(&provenance), "no redirect of {provenance:?}");
            for phase in PHASES {
                self.assert_question(phase, provenance);
            }
        }
        for reason in REASONS {
            assert!(self.reasons.contains_key(&reason), "no run is told {reason}");
        }
        for mistake in MISTAKES {
            assert!(self.mistakes.contains_key(&mistake), "no host does {mistake:?}");
        }
        for event in ["given up", "deleted", "informational", "rekeyed", "moved"] {
            for question_open in [false, true] {
                let reached = self.to_kept.contains_key(&(event, question_open));
                assert!(reached, "never {event} of a kept IKE SA, question open: {question_open}");
            }
        }
    }

    /// A question can be open in every phase, also about an IKE SA that is gone.
    fn assert_question(&self, phase: Phase, provenance: Provenance) {
        // Keys end every question about a REDIRECT of IKE_SA_INIT.
        let never = provenance == Provenance::Init && phase == Phase::Auth;
        let reached = self.places.keys().any(|&(of, _, question)| {
            of == phase && question.is_some_and(|(asked, _)| asked == provenance)
        });
        assert!(never || reached, "no question of {provenance:?} is open in {phase:?}");
    }
}

fn name(event: &Event<'_, '_>) -> &'static str {
    match event {
        Event::GivenUp => "given up",
        Event::Deleted => "deleted",
        Event::InformationalReceived { .. } => "informational",
        Event::Rekeyed => "rekeyed",
        Event::GatewayMoved { .. } => "moved",
        _ => "other",
    }
}

fn show<K: Debug>(counts: &BTreeMap<K, u64>) {
    for (what, count) in counts {
        println!("{count:>8} {what:?}");
    }
}
