//! What comes in: the machine is told what the messages say. And IKE SAs that take over.

use ikev2_redirect::initiator::{Event, SaId, SentInit};
use ikev2_redirect::wire::{Contents, ExchangeType, Header, InitResponse, PayloadType};

use super::super::output::Path;
use super::super::payloads::Parts;
use super::super::rekey::{answer_rekey, ask_rekey, finish_rekey};
use super::super::sa::{IkeSa, Incoming, Opened};
use super::super::wrap::on_message;
use super::Client;
use super::stack::{Ike, Received, Stage, Tunnel};

impl Client {
    pub(super) fn message(&mut self, path: Path, message: &[u8]) {
        let Ok((header, payloads)) = Header::parse(message) else {
            return self.ike.out.note("not an IKE message");
        };
        if header.exchange == ExchangeType::IKE_SA_INIT {
            return self.init_response(&header, message);
        }
        let is_meant = |tunnel: &Tunnel| tunnel.sa().is_some_and(|sa| sa.is_named_by(&header));
        let found = self.ike.tunnels.iter().find(|(_, tunnel)| is_meant(tunnel));
        match found.map(|(id, _)| *id) {
            Some(sa) if header.next_payload != PayloadType::SK => {
                self.unprotected(sa, &header, payloads);
            }
            Some(sa) => self.protected(sa, path, message),
            None => {
                let ike = &mut self.ike;
                let datagram = (path, message);
                if !ike.departed.receive(ike.now, &header, datagram, &mut ike.out) {
                    ike.out.note("a message for none of our IKE SAs");
                }
            }
        }
    }

    fn init_response(&mut self, header: &Header, message: &[u8]) {
        let Client { machine, ike } = self;
        let is_meant = |tunnel: &Tunnel| match &tunnel.stage {
            Stage::Init(attempt) => attempt.spi() == header.initiator_spi,
            Stage::Auth(..) | Stage::Up(_) => false,
        };
        let found = ike.tunnels.iter().find(|(_, tunnel)| is_meant(tunnel));
        let Some((sa, Tunnel { stage: Stage::Init(attempt), .. })) = found else {
            return ike.out.note("an IKE_SA_INIT response for nobody");
        };
        let response = match InitResponse::parse(message) {
            Ok(response) => response,
            Err(reason) => return ike.out.report("ignored", &[("reason", &reason)]),
        };
        // Copied, because carrying out the actions may change the request.
        let (sa, spi, nonce) = (*sa, attempt.sent().spi, attempt.sent().nonce.to_vec());
        let sent = SentInit { spi, nonce: &nonce };
        let event = Event::InitResponseReceived { sent, response };
        on_message(machine, ike, (sa, event), &Received::Init(message.to_vec()));
    }

    /// Anybody can send this; nothing in it counts. A REDIRECT in it is worth a line in the log.
    fn unprotected(&mut self, sa: SaId, header: &Header, payloads: &[u8]) {
        let contents = Contents::parse(header.next_payload, payloads);
        if contents.is_ok_and(|contents| contents.redirect.is_some()) {
            self.ike.facts.push_back((sa, Event::MisplacedRedirect));
        }
    }

    fn protected(&mut self, id: SaId, path: Path, message: &[u8]) {
        let Some(sa) = self.ike.sa_mut(id) else { return };
        match sa.receive(message) {
            Incoming::Dropped(why) => self.ike.out.note(format!("dropped: {why}")),
            Incoming::Response(opened) => self.response(id, &opened),
            Incoming::Request(opened) => {
                // An answer goes to where the request came from.
                sa.path = path;
                self.request(id, &opened);
            }
            // The machine never learns of it: it gets the response that was given.
            Incoming::Repeated => {
                let response = sa.last_response().to_vec();
                self.ike.out.send(path, &response);
            }
        }
    }

    fn response(&mut self, id: SaId, opened: &Opened) {
        let Some((parts, contents)) = opened.read() else {
            return self.ike.out.note("a malformed response");
        };
        if opened.header.exchange == ExchangeType::IKE_AUTH {
            return self.auth_response(id, opened.clone(), &parts, contents);
        }
        if contents.redirect.is_some() {
            self.ike.facts.push_back((id, Event::MisplacedRedirect));
        }
        if opened.header.exchange == ExchangeType::CREATE_CHILD_SA {
            self.ike.finish_rekey(id, &parts);
        }
        self.ike.send_waiting(id);
    }

    fn auth_response(
        &mut self,
        id: SaId,
        opened: Opened,
        parts: &Parts<'_>,
        contents: Contents<'_>,
    ) {
        let Client { machine, ike } = self;
        let Some(Tunnel { stage: Stage::Auth(_, login), .. }) = ike.tunnels.get_mut(&id) else {
            return;
        };
        let peer = login.check(parts);
        ike.out.report("auth-response", &[("id", &opened.header.message_id)]);
        let event = Event::AuthResponseReceived { peer, contents };
        on_message(machine, ike, (id, event), &Received::Auth(opened));
    }

    fn request(&mut self, id: SaId, opened: &Opened) {
        let Some((parts, contents)) = opened.read() else {
            return self.ike.out.note("a malformed request");
        };
        match opened.header.exchange {
            ExchangeType::INFORMATIONAL => self.informational(id, opened.clone(), contents),
            ExchangeType::CREATE_CHILD_SA => {
                if contents.redirect.is_some() {
                    self.ike.facts.push_back((id, Event::MisplacedRedirect));
                }
                self.ike.answer_rekey(id, &parts);
            }
            _ => self.ike.out.note("a request that clients do not answer"),
        }
    }

    fn informational(&mut self, id: SaId, opened: Opened, contents: Contents<'_>) {
        let Client { machine, ike } = self;
        let event = Event::InformationalReceived { contents, repeated: false };
        on_message(machine, ike, (id, event), &Received::Informational(opened));
        if contents.deletes_ike_sa {
            // The machine knows it from the same message.
            ike.peer_left(id);
        } else if contents.fatal_error.is_some() {
            ike.peer_left(id);
            ike.facts.push_back((id, Event::Deleted));
        }
    }
}

/// A new IKE SA in place of the old one: to the machine it is the same.
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
