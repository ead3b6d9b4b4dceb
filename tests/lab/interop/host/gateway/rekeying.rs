//! A new IKE SA in place of the old one, in the same session.

use ikev2_redirect::Instant;
use ikev2_redirect::responder::Event;
use ikev2_redirect::wire::ExchangeType;

use crate::message::Parts;
use crate::sa::{IkeSa, answer_rekey, ask_rekey, finish_rekey};

use super::{Gateway, Key};

impl Gateway {
    pub(super) fn rekey_if_due(&mut self, key: Key, now: Instant) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        if session.rekey_at.take_if(|at| *at <= now).is_none() {
            return;
        }
        let chain = ask_rekey(&mut session.sa, self.options.groups[0]);
        if let Some(message) = session.sa.request(now, ExchangeType::CREATE_CHILD_SA, &chain) {
            self.net.send(session.sa.path, &message);
        }
    }

    pub(super) fn finish_rekey(&mut self, key: Key, parts: &Parts<'_>) {
        let patience = self.options.common.patience;
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let Some(new) = finish_rekey(&mut session.sa, parts, patience) else {
            return self.reporter.note("the peer does not rekey");
        };
        if let Some(old) = self.replace_sa(key, new, "us") {
            self.departed.delete(old, self.clock.now(), &self.net);
        }
    }

    pub(super) fn answer_rekey(&mut self, key: Key, parts: &Parts<'_>) {
        let patience = self.options.common.patience;
        let Some(session) = self.sessions.get(&key) else { return };
        let (chain, new) = answer_rekey(&session.sa, parts, &self.options.groups, patience);
        self.respond(key, ExchangeType::CREATE_CHILD_SA, &chain);
        if let Some(old) = new.and_then(|new| self.replace_sa(key, new, "peer")) {
            self.departed.keep(old);
        }
    }

    /// Returns the old one.
    fn replace_sa(&mut self, key: Key, new: IkeSa, by: &str) -> Option<IkeSa> {
        self.reporter.keys(&new.wireshark_line());
        let old = std::mem::replace(&mut self.sessions.get_mut(&key)?.sa, new);
        self.reporter.event("rekeyed", &[("by", &by)]);
        self.tell(key, Event::Rekeyed);
        Some(old)
    }
}
