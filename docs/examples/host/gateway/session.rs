//! What the machine of a session wants done: redirects, and the end.

use ikev2_redirect::responder::{Action, Event, Retransmission, Stage, TargetId};
use ikev2_redirect::wire::{Contents, ExchangeType, PayloadType};
use ikev2_redirect::{Actions, Instant};

use super::super::message::DELETE_IKE_SA;
use super::super::payloads::Chain;
use super::{Gateway, Key, Session};

/// What a message leaves to do, after the machine has seen it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Todo {
    pub(super) as_usual: bool,
    /// A redirect is legal here; the machine asks whether there is to be one.
    pub(super) decide: Option<Stage>,
}

impl Gateway {
    pub(super) fn tell(&mut self, key: Key, event: Event<'_>) -> Todo {
        let Some(session) = self.sessions.get_mut(&key) else { return Todo::default() };
        let actions = session.machine.handle(self.now, event);
        self.carry_out(key, actions)
    }

    /// Sends the client elsewhere at that time, or as soon as it is legal then.
    pub(super) fn redirect(&mut self, key: Key, target: TargetId, at: Instant) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        match session.machine.redirect_at(self.now, target, at) {
            Ok(actions) => drop(self.carry_out(key, actions)),
            Err(misuse) => self.report_misuse(misuse),
        }
    }

    pub(super) fn carry_out(&mut self, key: Key, actions: Actions<Action>) -> Todo {
        let mut todo = Todo::default();
        for action in actions {
            self.out.note(format!("session {key}: {action:?}"));
            match action {
                Action::PassOn => todo.as_usual = true,
                Action::Decide { stage } => todo.decide = Some(stage),
                Action::RespondRedirect { target, with_identity, with_auth } => {
                    self.respond_redirect(key, target, with_identity, with_auth);
                }
                Action::SendRedirect { target } => self.send_redirect(key, target),
                Action::Retransmit => self.repeat_redirect(key),
                Action::Acknowledge => {
                    self.respond(key, ExchangeType::INFORMATIONAL, &Chain::new());
                }
                Action::DeleteSa => self.delete(key),
                Action::DropSa => self.drop_sa(key),
                Action::ClientLeft => self.out.report("client-left", &[]),
                Action::Ignored { reason } => self.out.report("ignored", &[("reason", &reason)]),
                Action::Misused { misuse } => self.report_misuse(misuse),
                Action::Failed { reason } => self.out.report("failed", &[("reason", &reason)]),
            }
        }
        todo
    }

    fn respond_redirect(&mut self, key: Key, target: TargetId, identity: bool, auth: bool) {
        let target = self.policy.target(target);
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let chain = session.login.proof(identity, auth).with_redirect(target);
        self.out.report("redirect-sent", &[("phase", &"auth"), ("to", &target)]);
        self.respond(key, ExchangeType::IKE_AUTH, &chain);
    }

    fn send_redirect(&mut self, key: Key, target: TargetId) {
        let target = self.policy.target(target);
        let mut chain = Chain::new().with_redirect(target);
        if self.policy.faults.redirect_and_delete {
            chain.push(PayloadType::DELETE, &DELETE_IKE_SA);
        }
        let Some(Session { sa, .. }) = self.sessions.get_mut(&key) else { return };
        let message = match self.policy.sessions.retransmission {
            Retransmission::ByMachine { .. } => {
                sa.request_untimed(ExchangeType::INFORMATIONAL, &chain)
            }
            Retransmission::ByHost { .. } => {
                sa.request(self.now, ExchangeType::INFORMATIONAL, &chain)
            }
        };
        if let Some(message) = message {
            self.out.send(sa.path, &message);
        }
        self.out.report("redirect-sent", &[("phase", &"active"), ("to", &target)]);
    }

    pub(super) fn repeat_redirect(&mut self, key: Key) {
        // It may still wait for the answer to a request before it.
        let sent = |session: &Session| session.sa.asks(ExchangeType::INFORMATIONAL);
        if !self.sessions.get(&key).is_some_and(sent) {
            return;
        }
        self.resend(key);
        self.out.report("redirect-sent", &[("phase", &"active"), ("again", &"yes")]);
    }

    /// The request that waits for its answer, once more.
    pub(super) fn resend(&mut self, key: Key) {
        let Some(session) = self.sessions.get(&key) else { return };
        self.out.send(session.sa.path, session.sa.in_flight().unwrap_or_default());
    }

    /// A request that had to wait for the answer to the one before.
    pub(super) fn send_waiting(&mut self, key: Key) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        if let Some(message) = session.sa.next_waiting(self.now) {
            self.out.send(session.sa.path, &message);
        }
    }

    pub(super) fn informational(&mut self, key: Key, contents: Contents<'_>) {
        // The usual answer: before anything else, since the session may end here.
        if contents.redirect.is_none() {
            self.respond(key, ExchangeType::INFORMATIONAL, &Chain::new());
        }
        self.tell(key, Event::InformationalReceived { contents });
        // The machine knows it from the same message.
        if contents.deletes_ike_sa {
            self.client_left(key);
        }
    }

    pub(super) fn client_left(&mut self, key: Key) {
        let Some(session) = self.sessions.remove(&key) else { return };
        self.report_end("deleted", &session, "peer", "-");
        self.departed.keep(session.sa);
    }

    pub(super) fn respond(&mut self, key: Key, exchange: ExchangeType, chain: &Chain) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let message = session.sa.respond(exchange, chain);
        self.out.send(session.sa.path, &message);
    }

    /// The machine deletes an IKE SA for one reason only: the client was told and has not left.
    fn delete(&mut self, key: Key) {
        let Some(session) = self.sessions.remove(&key) else { return };
        self.report_end("deleted", &session, "us", "grace");
        self.departed.delete(session.sa, self.now, &mut self.out);
    }

    fn drop_sa(&mut self, key: Key) {
        let Some(session) = self.sessions.remove(&key) else { return };
        self.report_end("dropped", &session, "us", "-");
        self.departed.keep(session.sa);
    }

    fn report_end(&mut self, name: &'static str, session: &Session, by: &str, reason: &str) {
        let peer = session.sa.path.remote.ip();
        self.out.report(name, &[("peer", &peer), ("by", &by), ("reason", &reason)]);
    }
}
