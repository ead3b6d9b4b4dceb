//! What is true of one IKE SA of a gateway: the facts in their order, and what follows from them.
//!
//! A fact is put down by the rules alone, never because the machine says so.

use ikev2_redirect::auth::AuthMessage;
use ikev2_redirect::responder::{Awaits, Client, Config, Phase, Retransmission, TargetId};

use crate::auth::{AuthPhase, Message};

/// The moment that never comes.
pub(crate) const NEVER: u64 = u64::MAX;

/// Something that has happened, and counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fact {
    /// The client's IKE_AUTH request.
    Request(AuthMessage),
    /// The gateway's usual response.
    Response(AuthMessage),
    /// The host is asked whether the response redirects.
    Asked,
    /// The host wants a redirect from this time on.
    Decided { target: TargetId, from: u64 },
    /// It does not any more.
    TakenBack,
    /// The last IKE_AUTH response redirects, and the IKE SA is up.
    RespondedLast,
    /// The REDIRECT of the session goes out.
    Sent(TargetId),
    /// It goes out once more because nobody answers.
    SentAgain,
    /// The client has answered it.
    Acknowledged,
    /// The IKE SA is no more.
    Gone,
}

/// A fact and its time.
pub(crate) type Dated = (u64, Fact);

/// The facts in their order.
#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) config: Config,
    pub(crate) client: Client,
    pub(crate) starts_established: bool,
    pub(crate) facts: Vec<Dated>,
}

/// A REDIRECT that is not answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unanswered {
    pub(crate) target: TargetId,
    pub(crate) repeats: u32,
    first: u64,
    latest: u64,
}

impl History {
    /// The same facts on a clock that shows so much more. What never comes does not come there.
    pub(crate) fn set_clock_forward(&mut self, by: u64) {
        for (at, fact) in &mut self.facts {
            *at = at.saturating_add(by);
            if let Fact::Decided { from, .. } = fact {
                *from = from.saturating_add(by);
            }
        }
    }

    fn any(&self, is_it: impl Fn(Fact) -> bool) -> bool {
        self.facts.iter().any(|&(_, fact)| is_it(fact))
    }

    /// The latest such fact, and those after it.
    fn latest(&self, is_it: impl Fn(Fact) -> bool) -> Option<(u64, Fact, &[Dated])> {
        let found = self.facts.iter().rposition(|&(_, fact)| is_it(fact))?;
        let (at, fact) = self.facts[found];
        Some((at, fact, &self.facts[found + 1..]))
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.any(|fact| fact == Fact::Gone)
    }

    /// The messages of the IKE_AUTH phase.
    pub(crate) fn auth_phase(&self) -> AuthPhase {
        let messages = self.facts.iter().filter_map(|&(_, fact)| match fact {
            Fact::Request(content) => Some(Message::Request(content)),
            Fact::Response(content) => Some(Message::Response(content)),
            _ => None,
        });
        AuthPhase { offered: self.client.multiple_auth_offered, messages: messages.collect() }
    }

    /// Both sides have proven themselves (D6-1: also when the last response redirects).
    pub(crate) fn is_up(&self) -> bool {
        self.starts_established
            || self.any(|fact| fact == Fact::RespondedLast)
            || self.auth_phase().is_complete()
    }

    /// An IKE_AUTH request has no response yet.
    pub(crate) fn is_request_open(&self) -> bool {
        let open = matches!(self.auth_phase().messages.last(), Some(Message::Request(_)));
        open && !self.is_up()
    }

    /// The host is asked and has answered neither with a redirect nor with the usual.
    pub(crate) fn is_asked(&self) -> bool {
        let answers = |fact| matches!(fact, Fact::Response(_) | Fact::Decided { .. });
        self.latest(|fact| fact == Fact::Asked)
            .is_some_and(|(_, _, after)| !after.iter().any(|&(_, fact)| answers(fact)))
    }

    /// The redirect that waits: where to, and from when on.
    pub(crate) fn waiting(&self) -> Option<(TargetId, u64)> {
        let (_, decided, after) = self.latest(|fact| matches!(fact, Fact::Decided { .. }))?;
        let ends = |fact| {
            let told = matches!(fact, Fact::Sent(_) | Fact::RespondedLast);
            told || matches!(fact, Fact::TakenBack | Fact::Gone)
        };
        match decided {
            Fact::Decided { target, from } if !after.iter().any(|&(_, fact)| ends(fact)) => {
                Some((target, from))
            }
            _ => None,
        }
    }

    /// The REDIRECT of the session, as long as it is neither answered nor without an object.
    pub(crate) fn unanswered(&self) -> Option<Unanswered> {
        let (first, sent, after) = self.latest(|fact| matches!(fact, Fact::Sent(_)))?;
        let Fact::Sent(target) = sent else { return None };
        let over = |&(_, fact): &Dated| matches!(fact, Fact::Acknowledged | Fact::Gone);
        let again: Vec<u64> =
            after.iter().filter(|(_, fact)| *fact == Fact::SentAgain).map(|(at, _)| *at).collect();
        let latest = again.last().copied().unwrap_or(first);
        let repeats = u32::try_from(again.len()).expect("a run is short");
        (!after.iter().any(over)).then_some(Unanswered { target, repeats, first, latest })
    }

    /// Since when the client knows that it has to leave.
    pub(crate) fn told_at(&self) -> Option<u64> {
        let (at, ..) =
            self.latest(|fact| matches!(fact, Fact::Acknowledged | Fact::RespondedLast))?;
        (!self.is_gone()).then_some(at)
    }

    /// The client was told to go, whether it knows or not.
    pub(crate) fn is_redirected(&self) -> bool {
        self.told_at().is_some() || self.unanswered().is_some()
    }

    /// The next moment at which the gateway has to do something by itself.
    pub(crate) fn deadline(&self) -> Option<(u64, Awaits)> {
        let (at, reason) = if self.is_gone() {
            return None;
        } else if let Some(told) = self.told_at() {
            (told.saturating_add(u64::from(self.config.grace)), Awaits::Departure) // R5-10
        } else if let Some(unanswered) = self.unanswered() {
            (self.give_up_or_repeat(&unanswered), Awaits::Acknowledgement)
        } else {
            let (_, from) = self.waiting().filter(|_| self.is_up())?;
            (from, Awaits::Schedule)
        };
        (at != NEVER).then_some((at, reason))
    }

    fn give_up_or_repeat(&self, unanswered: &Unanswered) -> u64 {
        match self.config.retransmission {
            Retransmission::ByHost { give_up_after } => {
                unanswered.first.saturating_add(u64::from(give_up_after))
            }
            Retransmission::ByMachine { first_pause, .. } => {
                unanswered.latest.saturating_add(pause(first_pause, unanswered.repeats))
            }
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        if self.is_gone() {
            Phase::Closed
        } else if self.told_at().is_some() {
            Phase::Leaving
        } else if self.unanswered().is_some() {
            Phase::Redirecting
        } else if self.is_up() {
            if self.waiting().is_some() { Phase::Scheduled } else { Phase::Established }
        } else if self.is_asked() {
            Phase::Deciding
        } else {
            Phase::Authenticating
        }
    }

    /// Whom a redirect names that the client has not acknowledged.
    pub(crate) fn target(&self) -> Option<TargetId> {
        let waiting = self.waiting().map(|(target, _)| target);
        waiting.or(self.unanswered().map(|unanswered| unanswered.target))
    }
}

/// Each pause is twice the one before, up to sixteen times the first.
fn pause(first: u32, repeats: u32) -> u64 {
    let factor = [1, 2, 4, 8].get(repeats as usize).copied().unwrap_or(16);
    (u64::from(first) * factor).min(u64::from(u32::MAX))
}

/// How long a client can stay behind the first REDIRECT (F16): until nobody waits for its
/// acknowledgement any more, and its grace.
pub(crate) fn longest_stay(config: &Config) -> u64 {
    let unanswered = match config.retransmission {
        Retransmission::ByHost { give_up_after } => u64::from(give_up_after),
        Retransmission::ByMachine { first_pause, tries } => {
            (0..=u32::from(tries)).map(|repeats| pause(first_pause, repeats)).sum()
        }
    };
    unanswered + u64::from(config.grace)
}
