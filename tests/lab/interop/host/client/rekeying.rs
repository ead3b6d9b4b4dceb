//! A new IKE SA in place of the old one, in the same slot.

use ikev2_redirect::initiator::{Event, Slot};
use ikev2_redirect::wire::ExchangeType;

use crate::message::Parts;
use crate::sa::{IkeSa, answer_rekey, ask_rekey, finish_rekey};

use super::Client;
use super::tunnel::Tunnel;

impl Client {
    pub(super) fn ask_rekey(&mut self) {
        let Some(slot) = self.machine.slot() else { return };
        let Some(sa) = self.tunnels.sa_mut(slot) else { return };
        let chain = ask_rekey(sa, self.options.groups[0]);
        self.request(slot, ExchangeType::CREATE_CHILD_SA, &chain);
    }

    pub(super) fn finish_rekey(&mut self, slot: Slot, parts: &Parts<'_>) {
        let patience = self.options.common.patience;
        let Some(sa) = self.tunnels.sa_mut(slot) else { return };
        let Some(new) = finish_rekey(sa, parts, patience) else {
            return self.reporter.note("the peer does not rekey");
        };
        if let Some(old) = self.replace_sa(slot, new, "us") {
            self.departed.delete(old, self.clock.now(), &self.net);
        }
    }

    pub(super) fn answer_rekey(&mut self, slot: Slot, parts: &Parts<'_>) {
        let patience = self.options.common.patience;
        let Some(sa) = self.tunnels.get(slot).and_then(Tunnel::sa) else { return };
        let (chain, new) = answer_rekey(sa, parts, &self.options.groups, patience);
        self.respond(slot, ExchangeType::CREATE_CHILD_SA, &chain);
        if let Some(old) = new.and_then(|new| self.replace_sa(slot, new, "peer")) {
            self.departed.keep(old);
        }
    }

    /// Returns the old one.
    fn replace_sa(&mut self, slot: Slot, new: IkeSa, by: &str) -> Option<IkeSa> {
        self.reporter.keys(&new.wireshark_line());
        let old = std::mem::replace(self.tunnels.sa_mut(slot)?, new);
        self.reporter.event("rekeyed", &[("by", &by)]);
        self.tell(Event::Rekeyed { slot });
        Some(old)
    }
}
