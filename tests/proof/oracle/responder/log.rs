//! All that happened to one IKE SA of a gateway, and what can be said about it by looking.

use ikev2_redirect::auth::AuthMessage;
use ikev2_redirect::responder::{Action, Client, Config, Event, TargetId};

use crate::auth::{AuthPhase, Message};

/// What the host does to the machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Input {
    Redirect(TargetId),
    RedirectAt(TargetId, u64),
    Cancel,
    Event(Event<'static>),
}

/// One call, and what came of it. A command that was refused as misuse is not in the log: it
/// changes nothing.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) at: u64,
    pub(crate) input: Input,
    pub(crate) output: Vec<Action>,
}

impl Entry {
    fn is_heeded(&self) -> bool {
        !self.output.iter().any(|action| matches!(action, Action::Ignored { .. }))
    }

    fn does(&self, action: impl Fn(&Action) -> bool) -> bool {
        self.output.iter().any(action)
    }

    fn is_heeded_event(&self, is_it: impl Fn(&Event<'static>) -> bool) -> bool {
        self.is_heeded() && matches!(&self.input, Input::Event(event) if is_it(event))
    }

    fn sends(&self) -> bool {
        self.does(|action| matches!(action, Action::SendRedirect { .. }))
    }

    fn responds(&self) -> bool {
        self.does(|action| matches!(action, Action::RespondRedirect { .. }))
    }

    /// The IKE SA is deleted, by the client or by the gateway, or dropped.
    fn closes(&self) -> bool {
        let deleted = match self.input {
            Input::Event(Event::SaDeleted) => self.is_heeded(),
            Input::Event(Event::Informational { contents }) => {
                contents.deletes_ike_sa && self.is_processed()
            }
            _ => false,
        };
        deleted || self.does(|action| matches!(action, Action::DeleteSa | Action::DropSa))
    }

    fn is_processed(&self) -> bool {
        self.does(|action| matches!(action, Action::Acknowledge | Action::PassOn))
    }
}

/// The log of one IKE SA.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) config: Config,
    pub(crate) client: Client,
    /// The machine was made for an IKE SA that is up already.
    pub(crate) starts_established: bool,
    pub(crate) entries: Vec<Entry>,
}

impl Log {
    fn latest(&self, is_it: impl Fn(&Entry) -> bool) -> Option<usize> {
        self.entries.iter().rposition(is_it)
    }

    /// The IKE SA is no more.
    pub(crate) fn is_closed(&self) -> bool {
        self.entries.iter().any(Entry::closes)
    }

    /// The host is asked and has not answered: neither with a redirect nor with the usual.
    pub(crate) fn is_deciding(&self) -> bool {
        let Some(asked) =
            self.latest(|entry| entry.does(|action| matches!(action, Action::Decide { .. })))
        else {
            return false;
        };
        let answers = |entry: &Entry| {
            entry.responds()
                || entry.is_heeded_event(|event| matches!(event, Event::AuthResponse { .. }))
        };
        !self.is_closed() && !self.entries[asked + 1..].iter().any(answers)
    }

    /// The messages of the IKE_AUTH phase.
    pub(crate) fn auth_phase(&self) -> AuthPhase {
        let messages = self.entries.iter().filter_map(|entry| match entry.input {
            Input::Event(Event::AuthRequest { peer, contents }) if entry.is_answered() => {
                Some(Message::Request(AuthMessage::of_peer(&contents, peer)))
            }
            Input::Event(Event::AuthResponse { sent }) if entry.is_heeded() => {
                Some(Message::Response(sent))
            }
            _ => None,
        });
        AuthPhase { offered: self.client.multiple_auth_offered, messages: messages.collect() }
    }

    /// Both sides have proven themselves, or a redirecting response has ended the phase.
    pub(crate) fn is_established(&self) -> bool {
        self.starts_established
            || self.auth_phase().is_complete()
            || self.entries.iter().any(|entry| entry.responds() && !entry.closes())
    }

    /// A redirect that waits for its moment in the IKE_AUTH phase.
    pub(crate) fn pending(&self) -> Option<TargetId> {
        if self.is_established() || self.is_closed() {
            return None;
        }
        let ordered = self
            .latest(|entry| matches!(entry.input, Input::Redirect(_)) && entry.output.is_empty())?;
        let taken_back =
            self.entries[ordered..].iter().any(|entry| matches!(entry.input, Input::Cancel));
        match self.entries[ordered].input {
            Input::Redirect(target) if !taken_back => Some(target),
            _ => None,
        }
    }

    /// A redirect that has a time: which, and when.
    pub(crate) fn scheduled(&self) -> Option<(TargetId, u64)> {
        if self.is_closed() {
            return None;
        }
        let ordered = self.latest(|entry| matches!(entry.input, Input::RedirectAt(..)))?;
        let over = |entry: &Entry| entry.sends() || matches!(entry.input, Input::Cancel);
        match self.entries[ordered].input {
            Input::RedirectAt(target, at) if !self.entries[ordered..].iter().any(over) => {
                Some((target, at))
            }
            _ => None,
        }
    }

    /// Since when, and how often again, the REDIRECT of the session was sent; nothing once it is
    /// acknowledged.
    pub(crate) fn sent(&self) -> Option<Sent> {
        let first = self.latest(Entry::sends)?;
        let repeats: Vec<&Entry> = self.entries[first + 1..]
            .iter()
            .filter(|entry| entry.does(|action| matches!(action, Action::Retransmit)))
            .collect();
        let latest = repeats.last().map_or(self.entries[first].at, |entry| entry.at);
        let target = self.entries[first].output.iter().find_map(|action| match action {
            Action::SendRedirect { target } => Some(*target),
            _ => None,
        })?;
        let acknowledged = self.acknowledged_at().is_some();
        let sent = Sent { target, latest, repeats: repeats.len() };
        (!self.is_closed() && !acknowledged).then_some(sent)
    }

    fn acknowledged_at(&self) -> Option<u64> {
        let acknowledged =
            |entry: &Entry| entry.is_heeded_event(|event| matches!(event, Event::Acknowledged));
        self.latest(acknowledged).map(|found| self.entries[found].at)
    }

    /// Since when the client knows that it has to leave: it acknowledged, or got the REDIRECT in
    /// the last IKE_AUTH response.
    pub(crate) fn leaving_since(&self) -> Option<u64> {
        if self.is_closed() {
            return None;
        }
        let told = self.latest(Entry::responds).map(|found| self.entries[found].at);
        self.acknowledged_at().or(told)
    }
}

impl Entry {
    /// A request that belongs to the phase; one that comes at the wrong time does not.
    fn is_answered(&self) -> bool {
        self.does(|action| {
            matches!(
                action,
                Action::PassOn | Action::Decide { .. } | Action::RespondRedirect { .. }
            )
        })
    }
}

/// A REDIRECT that is not acknowledged yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) target: TargetId,
    pub(crate) latest: u64,
    pub(crate) repeats: usize,
}
