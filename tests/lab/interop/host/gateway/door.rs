//! IKE_SA_INIT: the crate's front door, cookies, and the way in.

use std::fmt::Display;

use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
use ikev2_redirect::responder::{self, Client, Responder, Retransmission};
use ikev2_redirect::wire::{InitRequest, NotifyType};

use crate::crypto::prf;
use crate::net::{Inbound, Path};
use crate::options::Target;

use super::Gateway;
use super::accept::{Accepted, accept, stateless};
use super::login::Login;
use super::options::{Forgery, When};
use super::session::Session;

impl Gateway {
    pub(super) fn init_request(&mut self, inbound: &Inbound) {
        let Inbound { path, message } = inbound;
        let request = match InitRequest::parse(message) {
            Ok(request) => request,
            Err(reason) => return self.reporter.event("ignored", &[("reason", &reason)]),
        };
        self.report_request(&request, *path);
        let known = self.sessions.values().find(|session| session.began_with(*path, message));
        if let Some(session) = known {
            return self.net.send(*path, &session.init_response);
        }
        let cookie = self.cookie(&request, *path);
        let proven = request.cookie == Some(&cookie[..]);
        if self.options.cookie && !proven {
            let answer = stateless(&request, NotifyType::COOKIE, &cookie);
            return self.net.send(*path, &answer);
        }
        let arrival = Arrival { destination: path.local.ip(), source_proven: proven };
        if self.passes_the_door(&request, arrival, *path) {
            self.accept(&request, inbound);
        }
    }

    fn report_request(&mut self, request: &InitRequest<'_>, path: Path) {
        let supported = if request.supports_redirect() { "yes" } else { "no" };
        let from = match request.redirected_from {
            None => "-".to_owned(),
            Some(Ok(address)) => address.to_string(),
            Some(Err(reason)) => reason.to_string(),
        };
        self.reporter.event(
            "init-request",
            &[
                ("from", &path.remote.ip()),
                ("supported", &supported),
                ("redirected-from", &from),
                ("spi", &request.initiator_spi),
                ("cookie", &if request.cookie.is_some() { "yes" } else { "no" }),
            ],
        );
    }

    /// Says whether the request is to be served.
    fn passes_the_door(&mut self, request: &InitRequest<'_>, arrival: Arrival, path: Path) -> bool {
        let anycast = self.options.anycast.clone();
        let targets = self.options.common.targets;
        let door = FrontDoor { anycast: &anycast, targets, ..FrontDoor::default() };
        let target = self.target_at_the_door(&door, request, arrival);
        let decision = match &target {
            Some(target) => Decision::Redirect(target.gateway()),
            None => Decision::Proceed,
        };
        let mut out = [0; 1024];
        match door.answer(request, arrival, decision, &mut out).expect("1024 octets are enough") {
            Answer::Proceed => true,
            Answer::Refused(reason) => {
                self.reporter.event("ignored", &[("reason", &reason)]);
                false
            }
            Answer::Reply { from, message } => {
                assert_eq!(from, path.local.ip(), "answers leave from where they were asked");
                self.send_redirect_or_forgery(message, &target, path);
                self.options.forgery == Forgery::Once
            }
        }
    }

    /// The target, if there is one and the client may be sent there.
    fn target_at_the_door(
        &mut self,
        door: &FrontDoor<'_>,
        request: &InitRequest<'_>,
        arrival: Arrival,
    ) -> Option<Target> {
        let forged = self.forged && self.options.forgery == Forgery::Once;
        let target = self.options.target_when(When::Init).filter(|_| !forged)?.clone();
        match door.may_redirect(request, arrival, target.gateway()) {
            Ok(()) => Some(target),
            Err(reason) => {
                self.reporter.event("ignored", &[("reason", &reason)]);
                None
            }
        }
    }

    fn send_redirect_or_forgery(&mut self, message: &[u8], target: &Option<Target>, path: Path) {
        let mut message = message.to_vec();
        let mut nonce = "right";
        if let (Forgery::Once | Forgery::Always, Some(last)) =
            (self.options.forgery, message.last_mut())
        {
            *last ^= 1;
            self.forged = true;
            nonce = "forged";
        }
        self.net.send(path, &message);
        let to = target.as_ref().map_or("-".to_owned(), |target| target.gateway().to_string());
        let fields: [(&str, &dyn Display); 3] =
            [("phase", &"init"), ("to", &to), ("nonce", &nonce)];
        self.reporter.event("redirect-sent", &fields);
    }

    fn cookie(&self, request: &InitRequest<'_>, path: Path) -> [u8; 32] {
        let source = path.remote.to_string();
        let parts = [request.nonce.octets(), source.as_bytes(), &request.initiator_spi.0];
        prf(&self.cookie_secret, &parts)
    }

    fn accept(&mut self, request: &InitRequest<'_>, inbound: &Inbound) {
        let Inbound { path, message } = inbound;
        let patience = self.options.common.patience;
        let (sa, handshake) = match accept(request, message, *path, &self.options.groups, patience)
        {
            Accepted::Not(answer) => return self.net.send(*path, &answer),
            Accepted::Sa(accepted) => *accepted,
        };
        self.reporter.keys(&sa.wireshark_line());
        self.net.send(*path, &handshake.response);
        let client =
            Client { supports_redirect: request.supports_redirect(), multiple_auth_offered: true };
        let machine = Responder::new(self.machine_config(), client);
        let login = Login::new(&self.options.credentials(), handshake.clone());
        self.sessions.insert(self.next_key, Session::new(machine, sa, &handshake, login));
        self.next_key += 1;
    }

    fn machine_config(&self) -> responder::Config {
        let patience = self.options.common.patience;
        let by_machine = Retransmission::ByMachine {
            first_pause: patience.first_ms,
            tries: u8::try_from(patience.retries).unwrap_or(u8::MAX),
        };
        let by_host = self.options.host_retransmits;
        responder::Config {
            grace: self.options.grace_ms,
            retransmission: if by_host { Retransmission::ByHost } else { by_machine },
            redirect_unauthenticated: self.options.when == Some(When::EapFirst),
        }
    }
}
