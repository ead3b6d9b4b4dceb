//! From the first IKE_SA_INIT request to an IKE SA that is up.

use std::net::IpAddr;

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{Event, SentInit, Slot};
use ikev2_redirect::wire::{Contents, ExchangeType, InitNotifies, InitResponse};

use crate::message::{Chain, Parts};
use crate::sa::Opened;

use super::Client;
use super::attempt::{Attempt, Outcome};
use super::login::Next;
use super::tunnel::{Authenticating, Stage, Tunnel};

impl Client {
    pub(super) fn start(&mut self, slot: Slot, to: IpAddr, notifies: InitNotifies) {
        let from = notifies.redirected_from.map_or("-".to_owned(), |from| from.to_string());
        let supported = if notifies.redirect_supported { "yes" } else { "no" };
        self.reporter.event(
            "init-sent",
            &[("to", &to), ("redirected-from", &from), ("supported", &supported)],
        );
        let Some(path) = self.net.path_to(to) else {
            // No local address of that family: as good as no answer.
            self.reporter.note("no way to the gateway");
            self.tunnels.take(slot);
            self.tell(Event::AttemptFailed { slot });
            return;
        };
        let on_nat_port = self.options.start_on_nat_port;
        let path = if on_nat_port { self.net.floated(path) } else { path };
        let common = &self.options.common;
        let now = self.clock.now();
        let attempt = Attempt::start(now, path, notifies, &self.options.groups, common.patience);
        self.tunnels.put(slot, Tunnel { to, stage: Stage::Init(Box::new(attempt)) });
        self.send_in_flight(slot);
    }

    pub(super) fn init_response(&mut self, slot: Slot, message: &[u8]) {
        let response = match InitResponse::parse(message) {
            Ok(response) => response,
            Err(reason) => return self.report("ignored", reason),
        };
        let Some(Tunnel { stage: Stage::Init(attempt), .. }) = self.tunnels.get(slot) else {
            return;
        };
        let (spi, nonce) = attempt.sent();
        let sent = SentInit { spi, nonce: &nonce };
        if self.tell(Event::InitResponse { slot, sent, response }) {
            self.init_as_usual(slot, message, response.multiple_auth_supported);
        }
    }

    fn init_as_usual(&mut self, slot: Slot, message: &[u8], multiple: bool) {
        let now = self.clock.now();
        let Some(Tunnel { stage: Stage::Init(attempt), .. }) = self.tunnels.get_mut(slot) else {
            return;
        };
        match attempt.response(now, message, &self.net) {
            Outcome::Retry(why) => {
                self.reporter.event("init-retry", &[("why", &why)]);
                self.send_in_flight(slot);
            }
            Outcome::Useless(why) => self.reporter.note(&format!("useless response: {why}")),
            Outcome::Failed(why) => {
                self.reporter.note(&format!("IKE_SA_INIT failed: {why}"));
                self.lose(slot);
            }
            Outcome::Done(done) => {
                let (sa, handshake) = *done;
                self.reporter.keys(&sa.wireshark_line());
                self.tell(Event::InitCompleted { slot, multiple_auth_offered: multiple });
                let credentials = self.options.credentials();
                let authenticating = Authenticating::new(sa, &credentials, handshake, multiple);
                self.begin_auth(slot, authenticating);
            }
        }
    }

    fn begin_auth(&mut self, slot: Slot, mut authenticating: Authenticating) {
        let (chain, content) = authenticating.login.first_request();
        let Some(tunnel) = self.tunnels.get_mut(slot) else { return };
        tunnel.stage = Stage::Auth(Box::new(authenticating));
        self.auth_request(slot, &chain, content);
    }

    fn auth_request(&mut self, slot: Slot, chain: &Chain, content: AuthMessage) {
        let Some(Tunnel { stage: Stage::Auth(authenticating), .. }) = self.tunnels.get_mut(slot)
        else {
            return;
        };
        authenticating.progress.request(content);
        self.request(slot, ExchangeType::IKE_AUTH, chain);
        self.tell(Event::AuthRequest { slot, sent: content });
    }

    pub(super) fn auth_response(
        &mut self,
        slot: Slot,
        opened: &Opened,
        parts: &Parts<'_>,
        contents: Contents<'_>,
    ) {
        let Some(Tunnel { stage: Stage::Auth(authenticating), .. }) = self.tunnels.get_mut(slot)
        else {
            return;
        };
        let peer = authenticating.login.check(parts);
        let position = authenticating.progress.response(AuthMessage::of_peer(&contents, peer));
        let position = format!("{position:?}").to_lowercase();
        let id = opened.header.message_id;
        self.reporter.event("auth-response", &[("position", &position), ("id", &id)]);
        if self.tell(Event::AuthResponse { slot, peer, contents }) {
            self.auth_as_usual(slot, peer, parts);
        }
    }

    fn auth_as_usual(&mut self, slot: Slot, peer: PeerAuth, parts: &Parts<'_>) {
        let Some(Tunnel { stage: Stage::Auth(authenticating), .. }) = self.tunnels.get_mut(slot)
        else {
            return;
        };
        let next = match peer {
            PeerAuth::Failed => Next::Failed("gateway-auth"),
            PeerAuth::Verified | PeerAuth::Absent => authenticating.login.advance(parts),
        };
        match next {
            Next::Request(chain, content) => self.auth_request(slot, &chain, content),
            Next::Complete => self.established(slot),
            Next::Failed(why) => {
                self.reporter.note(&format!("IKE_AUTH failed: {why}"));
                self.lose(slot);
            }
        }
    }

    fn established(&mut self, slot: Slot) {
        let Some(Tunnel { to, stage: Stage::Auth(authenticating) }) = self.tunnels.take(slot)
        else {
            return;
        };
        self.tunnels.put(slot, Tunnel { to, stage: Stage::Up(Box::new(authenticating.sa)) });
        self.reporter.event("established", &[("peer", &to)]);
        self.hold();
        self.rekey_at =
            self.options.common.rekey_after_ms.take().map(|ms| self.clock.now().after(ms));
        self.tell(Event::Established { slot });
        self.redirect_back(slot);
    }

    /// What no client may do, and what the machine has no action for.
    fn redirect_back(&mut self, slot: Slot) {
        let Some(target) = &self.options.redirect_back else { return };
        let chain = Chain::new().with_encoded(&target.redirect_payload());
        self.request(slot, ExchangeType::INFORMATIONAL, &chain);
    }
}
