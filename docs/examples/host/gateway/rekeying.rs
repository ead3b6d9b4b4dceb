//! A new IKE SA in place of the old one: to the machine it is the same.

use ikev2_redirect::responder::Event;
use ikev2_redirect::wire::ExchangeType;

use super::super::parts::Parts;
use super::super::rekey::{answer_rekey, ask_rekey, finish_rekey};
use super::super::sa::IkeSa;
use super::{Gateway, Key};

impl Gateway {
    pub(super) fn rekey_if_due(&mut self, key: Key) {
        let now = self.now;
        let Some(session) = self.sessions.get_mut(&key) else { return };
        if session.rekey_at.take_if(|at| *at <= now).is_none() {
            return;
        }
        let chain = ask_rekey(&mut session.sa, self.policy.common.groups[0]);
        if let Some(message) = session.sa.request(now, ExchangeType::CREATE_CHILD_SA, &chain) {
            self.out.send(session.sa.path, &message);
        }
    }

    pub(super) fn finish_rekey(&mut self, key: Key, parts: &Parts<'_>) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let Some(new) = finish_rekey(&mut session.sa, parts) else {
            return self.out.note("the peer does not rekey");
        };
        if let Some(old) = self.replace_sa(key, new, "us") {
            self.departed.delete(old, self.now, &mut self.out);
        }
    }

    pub(super) fn answer_rekey(&mut self, key: Key, parts: &Parts<'_>) {
        let Some(session) = self.sessions.get(&key) else { return };
        let (chain, new) = answer_rekey(&session.sa, parts, &self.policy.common.groups);
        self.respond(key, ExchangeType::CREATE_CHILD_SA, &chain);
        if let Some(old) = new.and_then(|new| self.replace_sa(key, new, "peer")) {
            self.departed.keep(old);
        }
    }

    /// Returns the old one.
    fn replace_sa(&mut self, key: Key, new: IkeSa, by: &str) -> Option<IkeSa> {
        self.out.keys(new.wireshark_line());
        let old = std::mem::replace(&mut self.sessions.get_mut(&key)?.sa, new);
        self.out.report("rekeyed", &[("by", &by)]);
        self.tell(key, Event::Rekeyed);
        Some(old)
    }
}
