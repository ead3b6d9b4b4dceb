//! A new IKE SA in place of the old one: to the machine it is the same.

use ikev2_redirect::initiator::{Event, SaId};
use ikev2_redirect::wire::ExchangeType;

use super::super::parts::Parts;
use super::super::rekey::{answer_rekey, ask_rekey, finish_rekey};
use super::super::sa::IkeSa;
use super::stack::{Ike, Tunnel};

impl Ike {
    pub(super) fn rekey_if_due(&mut self) {
        let now = self.now;
        let Some((_, id)) = self.rekey_at.take_if(|(at, _)| *at <= now) else { return };
        let group = self.settings.common.groups[0];
        let Some(sa) = self.sa_mut(id) else { return };
        let chain = ask_rekey(sa, group);
        self.request(id, ExchangeType::CREATE_CHILD_SA, &chain);
    }

    pub(super) fn finish_rekey(&mut self, id: SaId, parts: &Parts<'_>) {
        let Some(sa) = self.sa_mut(id) else { return };
        let Some(new) = finish_rekey(sa, parts) else {
            return self.out.note("the peer does not rekey");
        };
        if let Some(old) = self.replace_sa(id, new, "us") {
            self.departed.delete(old, self.now, &mut self.out);
        }
    }

    pub(super) fn answer_rekey(&mut self, id: SaId, parts: &Parts<'_>) {
        let groups = self.settings.common.groups.clone();
        let Some(sa) = self.tunnels.get(&id).and_then(Tunnel::sa) else { return };
        let (chain, new) = answer_rekey(sa, parts, &groups);
        self.respond(id, ExchangeType::CREATE_CHILD_SA, &chain);
        if let Some(old) = new.and_then(|new| self.replace_sa(id, new, "peer")) {
            self.departed.keep(old);
        }
    }

    /// Returns the old one.
    fn replace_sa(&mut self, id: SaId, new: IkeSa, by: &str) -> Option<IkeSa> {
        self.out.keys(new.wireshark_line());
        let old = std::mem::replace(self.sa_mut(id)?, new);
        self.out.report("rekeyed", &[("by", &by)]);
        self.facts.push_back((id, Event::Rekeyed));
        Some(old)
    }

    /// A request that had to wait for the answer to the one before.
    pub(super) fn send_waiting(&mut self, id: SaId) {
        let now = self.now;
        let Some(sa) = self.tunnels.get_mut(&id).and_then(Tunnel::sa_mut) else { return };
        if let Some(message) = sa.next_waiting(now) {
            self.out.send(sa.path, &message);
        }
    }
}
