//! From the first IKE_SA_INIT request to an IKE SA that is up.

use std::net::{IpAddr, SocketAddr};

use ikev2_redirect::auth::AuthMessage;
use ikev2_redirect::initiator::{Event, SaId};
use ikev2_redirect::wire::{ExchangeType, InitNotifies};

use super::super::output::Path;
use super::super::payloads::{Chain, Parts};
use super::super::sa::Opened;
use super::attempt::{Attempt, Outcome};
use super::login::{Login, Next};
use super::stack::{Ike, Stage, Tunnel};

impl Ike {
    pub(super) fn start(&mut self, sa: SaId, to: IpAddr, notifies: InitNotifies) {
        let from = notifies.redirected_from.map_or("-".to_owned(), |from| from.to_string());
        let supported = if notifies.redirect_supported { "yes" } else { "no" };
        self.out.report(
            "init-sent",
            &[("to", &to), ("redirected-from", &from), ("supported", &supported)],
        );
        let Some(path) = self.path_to(to) else {
            // No local address of that family: as good as no answer.
            self.out.note("no way to the gateway");
            return self.lose(sa);
        };
        let attempt = Attempt::start(self.now, path, notifies, &self.settings.common);
        self.tunnels.insert(sa, Tunnel { to, stage: Stage::Init(Box::new(attempt)) });
        self.resend(sa);
    }

    fn path_to(&self, to: IpAddr) -> Option<Path> {
        let common = &self.settings.common;
        let local = common.listen.iter().find(|local| local.is_ipv4() == to.is_ipv4())?;
        let on_nat_port = self.settings.start_on_nat_port;
        let port = if on_nat_port { common.ports.nat } else { common.ports.ike };
        Some(Path { local: SocketAddr::new(*local, port), remote: SocketAddr::new(to, port) })
    }

    /// The machine has seen the response, and leaves it to the host.
    pub(super) fn init_as_usual(&mut self, id: SaId, message: &[u8]) {
        let now = self.now;
        let Some(Tunnel { to, stage: Stage::Init(attempt) }) = self.tunnels.get_mut(&id) else {
            return;
        };
        let to = *to;
        match attempt.response(now, message) {
            Outcome::Retry(why) => {
                self.out.report("init-retry", &[("why", &why)]);
                self.resend(id);
            }
            Outcome::Useless(why) => self.out.note(format!("a response of no use: {why}")),
            Outcome::Failed(why) => {
                self.out.note(format!("IKE_SA_INIT failed: {why}"));
                self.lose(id);
            }
            Outcome::Done(done) => {
                let (sa, handshake) = *done;
                self.out.keys(sa.wireshark_line());
                let multiple_auth_offered = handshake.offers_multiple_auth();
                self.facts.push_back((id, Event::InitCompleted { multiple_auth_offered }));
                let common = self.settings.common.clone();
                let childless = self.settings.childless;
                let mut login = Login::new(common, childless, handshake, multiple_auth_offered);
                let (chain, sent) = login.first_request();
                let stage = Stage::Auth(Box::new(sa), Box::new(login));
                self.tunnels.insert(id, Tunnel { to, stage });
                self.auth_request(id, &chain, sent);
            }
        }
    }

    fn auth_request(&mut self, id: SaId, chain: &Chain, sent: AuthMessage) {
        self.request(id, ExchangeType::IKE_AUTH, chain);
        self.facts.push_back((id, Event::AuthRequestSent { sent }));
    }

    /// The machine has seen the response, and leaves it to the host.
    pub(super) fn auth_as_usual(&mut self, id: SaId, opened: &Opened) {
        let Ok(parts) = Parts::parse(opened.first, &opened.chain) else { return };
        let Some(Tunnel { stage: Stage::Auth(_, login), .. }) = self.tunnels.get_mut(&id) else {
            return;
        };
        match login.advance(&parts) {
            Next::Request(chain, sent) => self.auth_request(id, &chain, sent),
            Next::Complete => self.established(id),
            Next::Failed(why) => {
                self.out.note(format!("IKE_AUTH failed: {why}"));
                self.lose(id);
            }
        }
    }

    fn established(&mut self, id: SaId) {
        let Some(Tunnel { to, stage: Stage::Auth(sa, _) }) = self.tunnels.remove(&id) else {
            return;
        };
        self.tunnels.insert(id, Tunnel { to, stage: Stage::Up(sa) });
        self.out.report("established", &[("peer", &to)]);
        self.addresses.clear();
        let rekey_after = self.settings.common.rekey_after.take();
        self.rekey_at = rekey_after.map(|pause| (self.now.after(pause), id));
        self.facts.push_back((id, Event::Established));
    }
}
