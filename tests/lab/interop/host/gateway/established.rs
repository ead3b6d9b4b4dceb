//! Sessions that are up: redirects, and the end.

use std::fmt::Display;

use ikev2_redirect::responder::Event;
use ikev2_redirect::wire::{Contents, ExchangeType, PayloadType};

use crate::message::{Chain, DELETE_IKE_SA, Parts};

use super::session::Session;
use super::{Gateway, Key};

impl Gateway {
    pub(super) fn send_redirect(&mut self, key: Key) {
        let mut chain = Chain::new().with_encoded(&self.options.target().redirect_payload());
        if self.options.redirect_and_delete {
            chain.push(PayloadType::DELETE, &DELETE_IKE_SA);
        }
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let sa = &mut session.sa;
        let message = if self.options.host_retransmits {
            sa.request(self.clock.now(), ExchangeType::INFORMATIONAL, &chain)
        } else {
            sa.request_untimed(ExchangeType::INFORMATIONAL, &chain)
        };
        if let Some(message) = message {
            self.net.send(sa.path, &message);
        }
        let to = self.options.target().gateway();
        self.reporter.event("redirect-sent", &[("phase", &"active"), ("to", &to)]);
    }

    pub(super) fn repeat_redirect(&mut self, key: Key) {
        // It may still wait for the answer to a request before it.
        let sent = |session: &Session| session.sa.asks(ExchangeType::INFORMATIONAL);
        if !self.sessions.get(&key).is_some_and(sent) {
            return;
        }
        self.resend(key);
        let to = self.options.target().gateway();
        let fields: [(&str, &dyn Display); 3] =
            [("phase", &"active"), ("to", &to), ("again", &"yes")];
        self.reporter.event("redirect-sent", &fields);
    }

    /// The request that waits for its answer, once more.
    pub(super) fn resend(&mut self, key: Key) {
        let Some(session) = self.sessions.get(&key) else { return };
        self.net.send(session.sa.path, session.sa.in_flight().unwrap_or_default());
    }

    /// A request that had to wait for the answer to the one before.
    pub(super) fn send_waiting(&mut self, key: Key) {
        let now = self.clock.now();
        let Some(session) = self.sessions.get_mut(&key) else { return };
        if let Some(message) = session.sa.next_waiting(now) {
            self.net.send(session.sa.path, &message);
        }
    }

    pub(super) fn informational(&mut self, key: Key, parts: &Parts<'_>, contents: Contents<'_>) {
        if contents.redirect.is_none() {
            self.respond(key, ExchangeType::INFORMATIONAL, &Chain::new());
            if parts.says_farewell() {
                self.tell(key, Event::SaDeleted);
                self.client_left(key);
            }
            return;
        }
        self.tell(key, Event::Informational { contents });
        // The machine knows that the SA is gone.
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
        self.net.send(session.sa.path, &message);
    }

    /// The machine deletes an SA for one reason only: the client was told and has not left.
    pub(super) fn delete(&mut self, key: Key) {
        let Some(session) = self.sessions.remove(&key) else { return };
        self.report_end("deleted", &session, "us", "grace");
        self.departed.delete(session.sa, self.clock.now(), &self.net);
    }

    pub(super) fn drop_sa(&mut self, key: Key) {
        let Some(session) = self.sessions.remove(&key) else { return };
        self.report_end("dropped", &session, "us", "-");
        self.departed.keep(session.sa);
    }

    fn report_end(&mut self, name: &str, session: &Session, by: &str, reason: &str) {
        let peer = session.sa.path.remote.ip();
        self.reporter.event(name, &[("peer", &peer), ("by", &by), ("reason", &reason)]);
    }
}
