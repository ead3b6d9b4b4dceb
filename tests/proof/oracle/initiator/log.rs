//! All that was said to one client and all that it said, and what can be known by looking at it.

use std::net::IpAddr;

use ikev2_redirect::initiator::{Action, Config, Event, Provenance, QuestionId, Refusal, SaId};
use ikev2_redirect::wire::InitNotifies;
use ikev2_redirect::{Reason, Target};

use crate::auth::{AuthPhase, Message, carried};

/// What the host says to the machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Input {
    /// The machine starts with this IKE SA, which is up.
    Restored(SaId, IpAddr),
    Connect(IpAddr),
    Permit(QuestionId, IpAddr),
    Refuse(QuestionId, Refusal),
    Retry(IpAddr),
    Renew(IpAddr),
    Close,
    Timeout,
    /// A time-out at the moment that never comes.
    TimeoutAtNever,
    Event(SaId, Event<'static, 'static>),
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
    /// The event, if it is about this IKE SA and could be so.
    fn told(&self, sa: SaId) -> Option<Event<'static, 'static>> {
        let unheeded = |action: &Action<'_>| {
            matches!(
                action,
                Action::Misused { .. } | Action::Ignored { reason: Reason::UnknownSa, .. }
            )
        };
        match self.input {
            Input::Event(of, event) if of == sa && !self.output.iter().any(unheeded) => Some(event),
            _ => None,
        }
    }

    /// The event's message says, or the host knows, that this IKE SA is no more.
    fn tells_end(&self, sa: SaId) -> bool {
        match self.told(sa) {
            Some(Event::Deleted | Event::GivenUp) => true,
            Some(
                Event::InformationalReceived { contents, .. }
                | Event::AuthResponseReceived { contents, .. },
            ) => contents.deletes_ike_sa,
            _ => false,
        }
    }

    fn leaves(&self, sa: SaId) -> bool {
        self.output.iter().any(|action| match *action {
            Action::DeleteSa { sa: of }
            | Action::DropSa { sa: of }
            | Action::RejectSa { sa: of } => of == sa,
            _ => false,
        })
    }

    fn starts(&self) -> Option<Start> {
        if let Input::Restored(sa, to) = self.input {
            return Some(Start { sa, to, notifies: NONE });
        }
        self.output.iter().find_map(|action| match *action {
            Action::StartInit { sa, to, notifies } => Some(Start { sa, to, notifies }),
            _ => None,
        })
    }

    fn settles(&self, question: QuestionId) -> bool {
        match self.input {
            Input::Permit(named, _) | Input::Refuse(named, _) if named == question => true,
            _ => self.output.contains(&Action::AbandonVet { question }),
        }
    }
}

const NONE: InitNotifies = InitNotifies { redirect_supported: false, redirected_from: None };

/// How an IKE SA began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub(crate) sa: SaId,
    pub(crate) to: IpAddr,
    pub(crate) notifies: InitNotifies,
}

/// A question to the host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub(crate) id: QuestionId,
    pub(crate) asked: u64,
    pub(crate) sa: SaId,
    pub(crate) target: Target<'static>,
    pub(crate) provenance: Provenance,
}

/// The log of one client.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) config: Config,
    pub(crate) entries: Vec<Entry>,
    /// Where in the log the IKE SAs began, and which have ended: found once, when it is written.
    starts: Vec<(usize, Start)>,
    ended: Vec<SaId>,
}

impl Log {
    pub(crate) fn new(config: Config) -> Log {
        Log { config, entries: Vec::new(), starts: Vec::new(), ended: Vec::new() }
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        let ends = |sa: &SaId| entry.tells_end(*sa) || entry.leaves(*sa);
        self.ended.extend(self.starts.iter().map(|(_, start)| start.sa).filter(ends));
        self.starts.extend(entry.starts().map(|start| (self.entries.len(), start)));
        self.entries.push(entry);
    }

    /// Every IKE SA that there was, the first one first.
    pub(crate) fn starts(&self) -> impl DoubleEndedIterator<Item = Start> + '_ {
        self.starts.iter().map(|&(_, start)| start)
    }

    fn start_of(&self, sa: SaId) -> Option<(usize, Start)> {
        self.starts.iter().rev().find(|(_, start)| start.sa == sa).copied()
    }

    /// What the IKE SA's requests of IKE_SA_INIT carry.
    pub(crate) fn notifies(&self, sa: SaId) -> InitNotifies {
        self.start_of(sa).map_or(NONE, |(_, start)| start.notifies)
    }

    fn life(&self, sa: SaId) -> &[Entry] {
        match self.start_of(sa) {
            Some((start, _)) => &self.entries[start + 1..],
            None => &[],
        }
    }

    fn told(&self, sa: SaId) -> impl DoubleEndedIterator<Item = (&Entry, Event<'static, 'static>)> {
        self.life(sa).iter().filter_map(move |entry| Some((entry, entry.told(sa)?)))
    }

    pub(crate) fn is_alive(&self, sa: SaId) -> bool {
        self.start_of(sa).is_some() && !self.ended.contains(&sa)
    }

    /// The IKE SAs that live, the latest first. There are never more than two.
    pub(crate) fn living(&self) -> Vec<SaId> {
        let started = self.starts().rev().map(|start| start.sa);
        started.filter(|&sa| self.is_alive(sa)).collect()
    }

    /// The IKE SA in use or being set up: the latest.
    pub(crate) fn current(&self) -> Option<SaId> {
        self.living().first().copied()
    }

    /// The one before it, which waits for its successor.
    pub(crate) fn kept(&self) -> Option<SaId> {
        self.living().get(1).copied()
    }

    /// The IKE SA that ended last.
    pub(crate) fn last_gone(&self) -> Option<SaId> {
        self.starts().rev().map(|start| start.sa).find(|&sa| !self.is_alive(sa))
    }

    /// Where the gateway of the IKE SA is: where its request was sent to, until it moves.
    pub(crate) fn gateway(&self, sa: SaId) -> Option<IpAddr> {
        let moved = self.told(sa).rev().find_map(|(_, event)| match event {
            Event::GatewayMoved { to } => Some(to),
            _ => None,
        });
        moved.or_else(|| self.start_of(sa).map(|(_, start)| start.to))
    }

    fn is_restored(&self, sa: SaId) -> bool {
        self.entries.iter().any(|entry| matches!(entry.input, Input::Restored(of, _) if of == sa))
    }

    /// IKE_SA_INIT is over, there are keys.
    pub(crate) fn has_keys(&self, sa: SaId) -> bool {
        let told = |event| matches!(event, Event::InitCompleted { .. });
        self.is_restored(sa) || self.told(sa).any(|(_, event)| told(event))
    }

    /// The host called it established.
    pub(crate) fn is_up(&self, sa: SaId) -> bool {
        self.is_restored(sa) || self.told(sa).any(|(_, event)| event == Event::Established)
    }

    /// Both ends have the IKE SA.
    pub(crate) fn is_whole(&self, sa: SaId) -> bool {
        self.is_up(sa) || self.auth_phase(sa).is_complete()
    }

    /// A redirect to an address, and not to a name, led to this IKE SA.
    pub(crate) fn was_sent_to_an_address(&self, sa: SaId) -> bool {
        let Some((start, _)) = self.start_of(sa) else { return false };
        let Input::Permit(permitted, _) = self.entries[start].input else { return false };
        let target = self.questions().find(|question| question.id == permitted);
        target.is_some_and(|question| question.target.address().is_some())
    }

    /// The messages of the IKE_AUTH phase.
    pub(crate) fn auth_phase(&self, sa: SaId) -> AuthPhase {
        let mut phase = AuthPhase { offered: false, messages: Vec::new() };
        for (_, event) in self.told(sa) {
            match event {
                Event::InitCompleted { multiple_auth_offered } => {
                    phase.offered = multiple_auth_offered;
                }
                Event::AuthRequestSent { sent } => phase.messages.push(Message::Request(sent)),
                // The response that says that the phase has failed is none of its steps.
                Event::AuthResponseReceived { peer, contents }
                    if contents.fatal_error.is_none() =>
                {
                    phase.messages.push(Message::Response(carried(&contents, peer)));
                }
                _ => {}
            }
        }
        phase
    }

    fn questions(&self) -> impl DoubleEndedIterator<Item = Question> + '_ {
        self.entries.iter().flat_map(|entry| {
            entry.output.iter().filter_map(|action| match *action {
                Action::Vet { question, sa, target, provenance } => {
                    Some(Question { id: question, asked: entry.at, sa, target, provenance })
                }
                _ => None,
            })
        })
    }

    /// The question that is open: asked, and neither answered nor withdrawn since.
    pub(crate) fn question(&self) -> Option<Question> {
        let question = self.questions().next_back()?;
        let settled = self.entries.iter().any(|entry| entry.settles(question.id));
        (!settled).then_some(question)
    }

    /// The last question that is not open.
    pub(crate) fn former_question(&self) -> Option<QuestionId> {
        let open = self.question().map(|question| question.id);
        self.questions().rev().map(|question| question.id).find(|&id| Some(id) != open)
    }

    pub(crate) fn was_asked(&self, id: QuestionId) -> bool {
        self.questions().any(|question| question.id == id)
    }

    /// When the question has waited too long, if that ever comes.
    pub(crate) fn expiry(&self, question: &Question) -> Option<u64> {
        let expiry = question.asked.saturating_add(u64::from(self.config.vet_timeout));
        (expiry < u64::MAX).then_some(expiry)
    }

    /// When the redirects were followed that stand in the window at `now` (R9-4): one that is
    /// exactly the period old is out, and what was out once stays out when the clock goes back. If
    /// there are more than can be remembered, the oldest is forgotten and never the new one (F06).
    pub(crate) fn window(&self, now: u64) -> Vec<u64> {
        let period = u64::from(self.config.loop_detect_period);
        let recent = |at: u64, now: u64| now.saturating_sub(at) < period;
        let follows = |action: &Action<'_>| matches!(action, Action::Redirected { .. });
        let mut window: Vec<u64> = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.output.iter().any(follows)) {
            window.retain(|&at| recent(at, entry.at));
            if window.len() == usize::from(Config::LARGEST_LIMIT) {
                window.remove(0);
            }
            window.push(entry.at);
        }
        window.retain(|&at| recent(at, now));
        window
    }

    pub(crate) fn followed(&self, now: u64) -> usize {
        self.window(now).len()
    }
}
