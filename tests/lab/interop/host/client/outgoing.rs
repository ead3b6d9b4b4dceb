//! What goes out, and the ends of IKE SAs.

use ikev2_redirect::initiator::{Event, Slot};
use ikev2_redirect::wire::ExchangeType;

use crate::message::Chain;

use super::Client;
use super::tunnel::Stage;

impl Client {
    pub(super) fn request(&mut self, slot: Slot, exchange: ExchangeType, chain: &Chain) {
        let now = self.clock.now();
        let Some(sa) = self.tunnels.sa_mut(slot) else { return };
        let path = sa.path;
        if let Some(message) = sa.request(now, exchange, chain) {
            self.net.send(path, &message);
        }
    }

    /// A request that had to wait for the answer to the one before.
    pub(super) fn send_waiting(&mut self, slot: Slot) {
        let now = self.clock.now();
        let Some(sa) = self.tunnels.sa_mut(slot) else { return };
        if let Some(message) = sa.next_waiting(now) {
            self.net.send(sa.path, &message);
        }
    }

    pub(super) fn respond(&mut self, slot: Slot, exchange: ExchangeType, chain: &Chain) {
        let Some(sa) = self.tunnels.sa_mut(slot) else { return };
        let (path, message) = (sa.path, sa.respond(exchange, chain));
        self.net.send(path, &message);
    }

    pub(super) fn resend_response(&mut self, slot: Slot) {
        let Some(sa) = self.tunnels.sa_mut(slot) else { return };
        let (path, message) = (sa.path, sa.last_response().to_vec());
        self.net.send(path, &message);
    }

    pub(super) fn acknowledge(&mut self, slot: Slot) {
        let Some(tunnel) = self.tunnels.get(slot) else { return };
        let peer = tunnel.to;
        self.reporter.event("acknowledged", &[("peer", &peer)]);
        self.respond_empty(slot);
    }

    /// Answers the latest request, or a repetition of it, with an empty response.
    pub(super) fn respond_empty(&mut self, slot: Slot) {
        if self.tunnels.sa_mut(slot).is_some_and(|sa| sa.last_response().is_empty()) {
            self.respond(slot, ExchangeType::INFORMATIONAL, &Chain::new());
        } else {
            self.resend_response(slot);
        }
    }

    pub(super) fn send_in_flight(&mut self, slot: Slot) {
        let Some(tunnel) = self.tunnels.get(slot) else { return };
        let (path, message) = tunnel.in_flight();
        self.net.send(path, &message);
    }

    pub(super) fn delete(&mut self, slot: Slot) {
        let now = self.clock.now();
        let Some(tunnel) = self.tunnels.take(slot) else { return };
        self.reporter.event("deleted", &[("peer", &tunnel.to), ("by", &"us")]);
        if let Some(sa) = tunnel.into_sa() {
            self.departed.delete(sa, now, &self.net);
        }
    }

    pub(super) fn drop_sa(&mut self, slot: Slot) {
        if let Some(tunnel) = self.tunnels.take(slot) {
            self.reporter.event("dropped", &[("peer", &tunnel.to)]);
        }
    }

    /// The SA in this slot is dead, or the attempt to set one up has failed.
    pub(super) fn lose(&mut self, slot: Slot) {
        let Some(tunnel) = self.tunnels.take(slot) else { return };
        match tunnel.stage {
            Stage::Init(_) | Stage::Auth(_) => self.tell(Event::AttemptFailed { slot }),
            Stage::Up(_) => self.tell(Event::SaDeleted { slot }),
        };
    }
}
