//! All that happened to one client, and what can be said about it by looking.

use std::net::IpAddr;

use ikev2_redirect::Reason;
use ikev2_redirect::auth::AuthMessage;
use ikev2_redirect::initiator::{Action, Config, Event, Provenance, Refusal, Slot};

use crate::auth::{AuthPhase, Message};

/// What the host does to the machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Input {
    Connect(IpAddr),
    Permit(IpAddr),
    Refuse(Refusal),
    Close,
    Event(Event<'static>),
}

/// One call, and what came of it. A command that was refused as misuse is not in the log: it
/// changes nothing.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) at: u64,
    pub(crate) input: Input,
    pub(crate) output: Vec<Action<'static>>,
}

impl Entry {
    fn event(&self) -> Option<Event<'static>> {
        match self.input {
            Input::Event(event) => Some(event),
            Input::Connect(_) | Input::Permit(_) | Input::Refuse(_) | Input::Close => None,
        }
    }

    fn is_heeded(&self) -> bool {
        !self.output.iter().any(|action| matches!(action, Action::Ignored { .. }))
    }

    fn is_processed(&self) -> bool {
        let processed =
            |action: &Action<'_>| matches!(action, Action::Acknowledge { .. } | Action::PassOn);
        self.output.iter().any(processed)
    }

    /// The event's message says, or the host knows, that this IKE SA is no more.
    fn ends(&self, slot: Slot) -> bool {
        match self.event() {
            Some(Event::SaDeleted { slot: of } | Event::AttemptFailed { slot: of }) => {
                of == slot && self.is_heeded()
            }
            Some(Event::Informational { slot: of, contents, .. }) => {
                of == slot && contents.deletes_ike_sa && self.is_processed()
            }
            _ => false,
        }
    }

    fn ends_by_action(&self, slot: Slot) -> bool {
        self.output.iter().any(|action| match *action {
            Action::DeleteSa { slot: of } | Action::DropSa { slot: of } => of == slot,
            Action::Failed { .. } => true,
            _ => false,
        })
    }
}

/// A question that the host has not answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub(crate) asked: u64,
    pub(crate) slot: Slot,
    pub(crate) provenance: Provenance,
}

/// The log of one client.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) config: Config,
    pub(crate) entries: Vec<Entry>,
}

impl Log {
    /// The entry in which the IKE SA that is in the slot now was started.
    fn start_of(&self, slot: Slot) -> Option<usize> {
        self.entries.iter().rposition(|entry| starts(entry, slot).is_some())
    }

    fn since_start(&self, slot: Slot) -> &[Entry] {
        match self.start_of(slot) {
            Some(start) => &self.entries[start + 1..],
            None => &[],
        }
    }

    /// There is an IKE SA, or an attempt at one, in the slot.
    pub(crate) fn is_alive(&self, slot: Slot) -> bool {
        let ended = |entry: &Entry| entry.ends(slot) || entry.ends_by_action(slot);
        self.start_of(slot).is_some() && !self.since_start(slot).iter().any(ended)
    }

    /// The IKE SAs that live, the latest first.
    pub(crate) fn living(&self) -> Vec<Slot> {
        let mut living = vec![Slot::A, Slot::B];
        living.retain(|&slot| self.is_alive(slot));
        living.sort_by_key(|&slot| std::cmp::Reverse(self.start_of(slot)));
        living
    }

    /// The slot that the client uses or sets up; while a question is open, the one over which the
    /// REDIRECT came, even if nothing is left of it.
    pub(crate) fn current(&self) -> Option<Slot> {
        match self.question() {
            Some(question) => Some(question.slot),
            None => self.living().first().copied(),
        }
    }

    /// The established IKE SA that waits for its successor.
    pub(crate) fn kept(&self) -> Option<Slot> {
        self.living().into_iter().find(|&slot| Some(slot) != self.current())
    }

    /// Where the request of the slot's IKE SA was sent to.
    pub(crate) fn gateway(&self, slot: Slot) -> Option<IpAddr> {
        self.start_of(slot).and_then(|start| starts(&self.entries[start], slot))
    }

    fn heeded(&self, slot: Slot, is_it: impl Fn(&Event<'static>) -> bool) -> bool {
        self.since_start(slot)
            .iter()
            .any(|entry| entry.is_heeded() && entry.event().is_some_and(|event| is_it(&event)))
    }

    /// IKE_SA_INIT is over, there are keys.
    pub(crate) fn has_keys(&self, slot: Slot) -> bool {
        self.heeded(
            slot,
            |event| matches!(event, Event::InitCompleted { slot: of, .. } if *of == slot),
        )
    }

    /// The host said so, or the gateway of the whole IKE SA has begun to send the client on.
    pub(crate) fn is_established(&self, slot: Slot) -> bool {
        let sent_on = |entry: &Entry| {
            let over = entry.event().and_then(|event| event.slot());
            over == Some(slot) && asks(entry) == Some(Provenance::Informational)
        };
        self.since_start(slot).iter().any(sent_on)
            || self.heeded(
                slot,
                |event| matches!(event, Event::Established { slot: of } if *of == slot),
            )
    }

    /// The messages of the slot's IKE_AUTH phase.
    pub(crate) fn auth_phase(&self, slot: Slot) -> AuthPhase {
        let mut phase = AuthPhase { offered: false, messages: Vec::new() };
        let mut under_way = false;
        for entry in self.since_start(slot) {
            match entry.event() {
                Some(Event::InitCompleted { slot: of, multiple_auth_offered })
                    if of == slot && entry.is_heeded() =>
                {
                    phase.offered = multiple_auth_offered;
                    under_way = true;
                }
                Some(Event::AuthRequest { slot: of, sent })
                    if of == slot && under_way && entry.is_heeded() =>
                {
                    phase.messages.push(Message::Request(sent));
                }
                // A response counts also when the REDIRECT in it is ignored, but not when the
                // event as a whole had no business there.
                Some(Event::AuthResponse { slot: of, peer, contents })
                    if of == slot && under_way && !is_out_of_turn(entry) =>
                {
                    phase.messages.push(Message::Response(AuthMessage::of_peer(&contents, peer)));
                }
                _ => {}
            }
        }
        phase
    }

    /// The question that is open: asked, and neither answered nor withdrawn since.
    pub(crate) fn question(&self) -> Option<Question> {
        let asked = self.entries.iter().rposition(|entry| asks(entry).is_some())?;
        let entry = &self.entries[asked];
        let slot = entry.event()?.slot()?;
        let question = Question { asked: entry.at, slot, provenance: asks(entry)? };
        let settled = |later: &Entry| match later.input {
            Input::Permit(_) | Input::Refuse(_) | Input::Close => true,
            Input::Event(Event::Timeout) => later.at >= self.expiry(&question),
            Input::Event(_) | Input::Connect(_) => {
                later.output.iter().any(|action| matches!(action, Action::AbandonVet))
            }
        };
        (!self.entries[asked + 1..].iter().any(settled)).then_some(question)
    }

    /// When the question goes unanswered for too long.
    pub(crate) fn expiry(&self, question: &Question) -> u64 {
        question.asked.saturating_add(u64::from(self.config.vet_timeout))
    }

    /// The redirects that were followed within the period that ends now (R9-4): one that is
    /// exactly the period old is out.
    pub(crate) fn followed(&self, now: u64) -> usize {
        let period = u64::from(self.config.loop_detect_period);
        let recent = self.entries.iter().filter(|entry| now < entry.at.saturating_add(period));
        recent.filter(|entry| follows(entry)).count()
    }
}

fn starts(entry: &Entry, slot: Slot) -> Option<IpAddr> {
    entry.output.iter().find_map(|action| match *action {
        Action::StartInit { slot: of, to, .. } if of == slot => Some(to),
        _ => None,
    })
}

fn asks(entry: &Entry) -> Option<Provenance> {
    entry.output.iter().find_map(|action| match *action {
        Action::Vet { provenance, .. } => Some(provenance),
        _ => None,
    })
}

fn follows(entry: &Entry) -> bool {
    entry.output.iter().any(|action| matches!(action, Action::Redirected { .. }))
}

fn is_out_of_turn(entry: &Entry) -> bool {
    const REASONS: [Reason; 3] = [Reason::OutOfTurn, Reason::UnknownSa, Reason::QuestionOpen];
    entry.output.iter().any(|action| match action {
        Action::Ignored { reason } => REASONS.contains(reason),
        _ => false,
    })
}
