//! What comes in: responses to where they belong, requests answered.

use ikev2_redirect::initiator::{Event, Slot};
use ikev2_redirect::wire::{Contents, ExchangeType, Header, PayloadType};

use crate::message::Parts;
use crate::net::Inbound;
use crate::sa::{Incoming, Opened};

use super::Client;
use super::tunnel::{Stage, Tunnel};

impl Client {
    pub(super) fn receive(&mut self, inbound: &Inbound) {
        let Ok((header, payloads)) = Header::parse(&inbound.message) else {
            return self.reporter.note("not an IKE message");
        };
        if header.exchange == ExchangeType::IKE_SA_INIT {
            let named = |tunnel: &Tunnel| match &tunnel.stage {
                Stage::Init(attempt) => {
                    attempt.spi() == header.initiator_spi
                        && attempt.path().remote == inbound.path.remote
                }
                Stage::Auth(_) | Stage::Up(_) => false,
            };
            return match self.tunnels.find(named) {
                Some(slot) => self.init_response(slot, &inbound.message),
                None => self.reporter.note("IKE_SA_INIT response for nobody"),
            };
        }
        let named = |tunnel: &Tunnel| tunnel.sa().is_some_and(|sa| sa.is_named_by(&header));
        match self.tunnels.find(named) {
            Some(slot) if header.next_payload != PayloadType::SK => {
                self.unprotected(slot, &header, payloads);
            }
            Some(slot) => self.protected(slot, inbound),
            None => {
                let now = self.clock.now();
                if !self.departed.receive(&header, inbound, now, &self.net) {
                    self.reporter.note("message for no SA of ours");
                }
            }
        }
    }

    /// Anybody can send this; nothing in it counts.
    fn unprotected(&mut self, slot: Slot, header: &Header, payloads: &[u8]) {
        let contents = Contents::parse(header.next_payload, payloads);
        if contents.is_ok_and(|contents| contents.redirect.is_some()) {
            self.tell(Event::MisplacedRedirect { slot });
        }
    }

    fn protected(&mut self, slot: Slot, inbound: &Inbound) {
        let Some(sa) = self.tunnels.sa_mut(slot) else { return };
        let (opened, repeated) = match sa.receive(&inbound.message) {
            Incoming::Dropped(why) => return self.reporter.note(&format!("dropped: {why}")),
            Incoming::Response(opened) => return self.response(slot, &opened),
            Incoming::Request(opened) => (opened, false),
            Incoming::Repeated(opened) => (opened, true),
        };
        // An answer goes to where the request came from.
        sa.path = inbound.path;
        self.request_from_peer(slot, &opened, repeated);
    }

    pub(super) fn response(&mut self, slot: Slot, opened: &Opened) {
        let (Ok(parts), Ok(contents)) = (
            Parts::parse(opened.first, &opened.chain),
            Contents::parse(opened.first, &opened.chain),
        ) else {
            return self.reporter.note("malformed response");
        };
        if opened.header.exchange == ExchangeType::IKE_AUTH {
            return self.auth_response(slot, opened, &parts, contents);
        }
        if contents.redirect.is_some() {
            self.tell(Event::MisplacedRedirect { slot });
        }
        if opened.header.exchange == ExchangeType::CREATE_CHILD_SA {
            self.finish_rekey(slot, &parts);
        }
        self.send_waiting(slot);
    }

    fn request_from_peer(&mut self, slot: Slot, opened: &Opened, repeated: bool) {
        let (Ok(parts), Ok(contents)) = (
            Parts::parse(opened.first, &opened.chain),
            Contents::parse(opened.first, &opened.chain),
        ) else {
            return self.reporter.note("malformed request");
        };
        match opened.header.exchange {
            ExchangeType::INFORMATIONAL => self.informational(slot, &parts, contents, repeated),
            _ if repeated => self.resend_response(slot),
            ExchangeType::CREATE_CHILD_SA => {
                if contents.redirect.is_some() {
                    self.tell(Event::MisplacedRedirect { slot });
                }
                self.answer_rekey(slot, &parts);
            }
            _ => self.reporter.note("a request that clients do not answer"),
        }
    }

    fn informational(
        &mut self,
        slot: Slot,
        parts: &Parts<'_>,
        contents: Contents<'_>,
        repeated: bool,
    ) {
        if contents.redirect.is_none() {
            self.respond_empty(slot);
            if parts.says_farewell() {
                self.peer_left(slot);
                self.tell(Event::SaDeleted { slot });
            }
            return;
        }
        let event = Event::Informational { slot, contents, repeated };
        let actions = self.machine.handle(self.clock.now(), event);
        let todo = self.carry_out(actions);
        // Before the verdict, which may put another SA into the slot. The machine knows that the
        // old one is gone.
        if contents.deletes_ike_sa {
            self.peer_left(slot);
        }
        self.vet(todo.question);
    }

    fn peer_left(&mut self, slot: Slot) {
        let Some(tunnel) = self.tunnels.take(slot) else { return };
        self.reporter.event("deleted", &[("peer", &tunnel.to), ("by", &"peer")]);
        if let Some(sa) = tunnel.into_sa() {
            self.departed.keep(sa);
        }
    }
}
