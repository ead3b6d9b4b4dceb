//! IKE_SA_INIT: the crate's front door, cookies, and the way in.

use ikev2_redirect::Target;
use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
use ikev2_redirect::responder::{self, Client, Responder};
use ikev2_redirect::wire::{Flags, Header, InitRequest, NotifyType, PayloadType, Spi};

use super::super::handshake::{Handshake, KeyExchange};
use super::super::message::{
    CHILDLESS, asks_for_nat_detection, init_message, split_key_exchange, with_nat_detection,
};
use super::super::output::Path;
use super::super::payloads::{Chain, Parts};
use super::super::proposal::{Offer, ike_choose};
use super::super::sa::IkeSa;
use super::super::settings::{Common, Policy, When};
use super::login::Login;
use super::{FIRST_TARGET, Gateway, Session};

impl Gateway {
    pub(super) fn init_request(&mut self, path: Path, message: &[u8]) {
        let request = match InitRequest::parse(message) {
            Ok(request) => request,
            Err(reason) => return self.out.report("ignored", &[("reason", &reason)]),
        };
        self.report_request(&request, path);
        let began_with = |session: &&Session| session.init == (path, message.to_vec());
        if let Some(session) = self.sessions.values().find(began_with) {
            return self.out.send(path, &session.init_response);
        }
        let cookie = self.cookie(&request, path);
        let proven = request.cookie == Some(&cookie[..]);
        if self.policy.cookie && !proven {
            let answer = stateless(&request, NotifyType::COOKIE, &cookie);
            return self.out.send(path, &answer);
        }
        let arrival = Arrival { destination: path.local.ip(), source_proven: proven };
        if self.passes_the_door(&request, arrival, path) {
            self.open_session(&request, path, message);
        }
    }

    fn report_request(&mut self, request: &InitRequest<'_>, path: Path) {
        let yes = |holds| if holds { "yes" } else { "no" };
        let from = match request.redirected_from {
            None => "-".to_owned(),
            Some(Ok(address)) => address.to_string(),
            Some(Err(reason)) => reason.to_string(),
        };
        self.out.report(
            "init-request",
            &[
                ("from", &path.remote.ip()),
                ("supported", &yes(request.supports_redirect())),
                ("redirected-from", &from),
                ("spi", &request.initiator_spi),
                ("cookie", &yes(request.cookie.is_some())),
            ],
        );
    }

    /// Says whether the request is to be served.
    fn passes_the_door(&mut self, request: &InitRequest<'_>, arrival: Arrival, path: Path) -> bool {
        let anycast = self.policy.anycast.clone();
        let targets = self.policy.rules;
        let door = FrontDoor { anycast: &anycast, targets, ..FrontDoor::default() };
        let target = self.target_at_the_door(&door, request, arrival);
        let decision = target.map_or(Decision::Proceed, Decision::Redirect);
        let mut room = [0; FrontDoor::MAX_ANSWER];
        match door.answer(request, arrival, decision, &mut room).expect("MAX_ANSWER is enough") {
            Answer::Proceed => true,
            Answer::Refused(reason) => {
                self.out.report("ignored", &[("reason", &reason)]);
                false
            }
            Answer::Reply { from, message } => {
                assert_eq!(from, path.local.ip(), "answers leave from where they were asked");
                self.send_redirect_at_the_door(message.to_vec(), target, path);
                false
            }
        }
    }

    /// The target, if there is one and the client may be sent there; never back to where it was
    /// just sent from.
    fn target_at_the_door(
        &mut self,
        door: &FrontDoor<'_>,
        request: &InitRequest<'_>,
        arrival: Arrival,
    ) -> Option<Target<'static>> {
        if self.policy.redirect != Some(When::Init) {
            return None;
        }
        let target = self.policy.target(FIRST_TARGET);
        let came_from = request.redirected_from.and_then(Result::ok);
        if came_from.is_some() && came_from == target.address() {
            return None;
        }
        let allowed = door.may_redirect(request, arrival, target);
        allowed.map_err(|reason| self.out.report("ignored", &[("reason", &reason)])).ok()?;
        Some(target)
    }

    fn send_redirect_at_the_door(
        &mut self,
        mut message: Vec<u8>,
        target: Option<Target<'_>>,
        path: Path,
    ) {
        let forge = self.forgeries_left > 0;
        if let Some(last) = message.last_mut().filter(|_| forge) {
            *last ^= 1;
            self.forgeries_left -= 1;
        }
        let to = target.map_or("-".to_owned(), |target| target.to_string());
        let nonce = if forge { "forged" } else { "right" };
        self.out.report("redirect-sent", &[("phase", &"init"), ("to", &to), ("nonce", &nonce)]);
        self.out.send(path, &message);
    }

    fn cookie(&self, request: &InitRequest<'_>, path: Path) -> [u8; 32] {
        let source = path.remote.to_string();
        let parts = [request.nonce.octets(), source.as_bytes(), &request.initiator_spi.0];
        self.policy.common.crypto.prf(&self.cookie_secret, &parts)
    }

    fn open_session(&mut self, request: &InitRequest<'_>, path: Path, message: &[u8]) {
        let (sa, handshake) = match accept(&self.policy, request, message, path) {
            Ok(accepted) => accepted,
            Err(answer) => return self.out.send(path, &answer),
        };
        self.out.keys(sa.wireshark_line());
        self.out.send(path, &handshake.response);
        let multiple_auth_offered = self.policy.multiple_auth;
        let client = Client { multiple_auth_offered, ..Client::of(request) };
        let redirect_unauthenticated = self.policy.redirect == Some(When::Claimed);
        let config = responder::Config { redirect_unauthenticated, ..self.policy.sessions };
        let session = Session {
            machine: Responder::new(config, client),
            sa,
            rekey_at: None,
            init: (path, message.to_vec()),
            init_response: handshake.response.clone(),
            login: Login::new(&self.policy, handshake),
        };
        self.sessions.insert(self.next_key, session);
        self.next_key += 1;
    }
}

/// The IKE SA; or a response that says what is wrong with the request, and nothing is kept.
fn accept(
    policy: &Policy,
    request: &InitRequest<'_>,
    message: &[u8],
    path: Path,
) -> Result<(IkeSa, Handshake), Vec<u8>> {
    let Common { crypto, ref groups, patience, .. } = policy.common;
    let refuse = |kind, data: &[u8]| stateless(request, kind, data);
    let no_proposal = || refuse(NotifyType::NO_PROPOSAL_CHOSEN, &[]);
    let (parts, offer, group, public) = take_apart(message).ok_or_else(no_proposal)?;
    let known = if groups.contains(&group) { group } else { groups[0] };
    let ours = KeyExchange::fresh(crypto, known);
    let (chosen, answer) = match ike_choose(crypto.suite(), offer, group, groups, &[]) {
        Offer::Taken { chosen, answer } => (chosen, answer),
        Offer::OtherGroup(wanted) => {
            return Err(refuse(NotifyType::INVALID_KE_PAYLOAD, &wanted.to_be_bytes()));
        }
        Offer::Nothing => return Err(no_proposal()),
    };
    let spis = [request.initiator_spi, ours.spi];
    let nonces = [request.nonce.octets(), &ours.nonce[..]];
    let keys = ours.keys(chosen, public, nonces, spis, None).ok_or_else(no_proposal)?;
    let mut chain = Chain::new()
        .with(PayloadType::SA, &answer)
        .with(PayloadType::KE, &ours.payload())
        .with(PayloadType::NONCE, &ours.nonce);
    if asks_for_nat_detection(&parts) {
        chain = with_nat_detection(chain, crypto, spis, path);
    }
    if policy.multiple_auth {
        chain.push_notify(NotifyType::MULTIPLE_AUTH_SUPPORTED, &[]);
    }
    if policy.childless {
        chain.push_notify(CHILDLESS, &[]);
    }
    let handshake = Handshake {
        crypto,
        request: message.to_vec(),
        response: init_message(spis, Flags::RESPONSE, &chain),
        nonces: nonces.map(Vec::from),
        prove: keys.prove,
    };
    Ok((IkeSa::new(crypto, spis, false, keys, (path, patience), 1), handshake))
}

/// A response with one notification, for which no state is kept.
fn stateless(request: &InitRequest<'_>, kind: NotifyType, data: &[u8]) -> Vec<u8> {
    let chain = Chain::new().with_notify(kind, data);
    init_message([request.initiator_spi, Spi::ZERO], Flags::RESPONSE, &chain)
}

/// The payloads, the proposals, and the group and value of the key exchange.
fn take_apart(message: &[u8]) -> Option<(Parts<'_>, &[u8], u16, &[u8])> {
    let (header, body) = Header::parse(message).ok()?;
    let parts = Parts::parse(header.next_payload, body).ok()?;
    let offer = parts.first(PayloadType::SA)?;
    let (group, public) = split_key_exchange(parts.first(PayloadType::KE)?)?;
    Some((parts, offer, group, public))
}
