//! What a host and its gateways do next when all goes well, with some choice.

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{Event, Refusal, SaId};

use super::log::{Input, Log};
use super::step::{
    Beside, Extra, Form, Offer, USABLE, address, auth_response, informational, init_response,
    permit_asked,
};
use crate::auth::AuthPhase;

/// Throws that were made when the step was, so that it stays the same step.
struct Dice(u64);

impl Dice {
    /// Once in `n` times.
    fn once_in(&mut self, n: u64) -> bool {
        self.throw(n) == 0
    }

    /// A number below `n`.
    fn throw(&mut self, n: u64) -> u64 {
        let number = self.0 % n;
        self.0 /= n;
        number
    }

    fn gateway(&mut self) -> std::net::IpAddr {
        address(self.throw(USABLE as u64) as usize)
    }
}

const NOTHING: AuthMessage = AuthMessage::NOTHING;
const AUTH: AuthMessage = AuthMessage { auth: true, ..NOTHING };
const EAP: AuthMessage = AuthMessage { eap: true, ..NOTHING };

pub(super) fn next(log: &Log, dice: u64, redirect: Option<Offer>) -> Input {
    let mut dice = Dice(dice);
    if let Some(question) = log.question() {
        // A question about another IKE SA is one to forget for a while.
        let about_another = log.current().is_some_and(|current| current != question.sa);
        match dice.throw(if about_another { 20 } else { 6 }) {
            0..3 => return permit_asked(log, dice.gateway()),
            3 => return Input::Refuse(question.id, Refusal::Policy),
            _ if log.current().is_none() => return permit_asked(log, dice.gateway()),
            _ => {}
        }
    }
    match log.current() {
        None => Input::Connect(dice.gateway()),
        Some(sa) if log.is_up(sa) => in_session(log, sa, dice, redirect),
        Some(sa) if log.has_keys(sa) => in_auth(log, sa, dice, redirect),
        Some(sa) if redirect.is_some() => init_response(log, sa, redirect, Form::REDIRECT),
        Some(sa) => {
            let multiple_auth_offered = dice.once_in(2);
            Input::Event(sa, Event::InitCompleted { multiple_auth_offered })
        }
    }
}

fn in_session(log: &Log, sa: SaId, mut dice: Dice, redirect: Option<Offer>) -> Input {
    // While the host is asked, it may also think of another gateway.
    let renews = if log.question().is_some() { 3 } else { 10 };
    if dice.once_in(renews) {
        return Input::Renew(dice.gateway());
    }
    match dice.throw(7) {
        0 => Input::Event(sa, Event::Deleted),
        1 => Input::Event(sa, Event::GatewayMoved { to: dice.gateway() }),
        2 => Input::Event(sa, Event::Rekeyed),
        _ => {
            let beside = Beside { deletes: dice.once_in(8), ..Beside::NOTHING };
            informational(log, sa, redirect, beside, false)
        }
    }
}

fn in_auth(log: &Log, sa: SaId, mut dice: Dice, redirect: Option<Offer>) -> Input {
    let phase = log.auth_phase(sa);
    if phase.is_complete() {
        return match dice.throw(8) {
            0 => Input::Event(sa, Event::GivenUp),
            1 => informational(log, sa, redirect, Beside::NOTHING, false),
            2 => Input::Retry(dice.gateway()),
            _ => Input::Event(sa, Event::Established),
        };
    }
    if log.question().is_some() && dice.once_in(8) {
        return Input::Retry(dice.gateway());
    }
    if phase.awaits_response() {
        let (peer, carries) = answer(&phase, &mut dice);
        auth_response(log, sa, peer, carries, redirect, Extra::NONE)
    } else {
        Input::Event(sa, Event::AuthRequestSent { sent: request(&phase, &mut dice) })
    }
}

/// A request that makes sense after what was said so far.
fn request(phase: &AuthPhase, dice: &mut Dice) -> AuthMessage {
    let another_auth_follows = phase.offered && dice.once_in(4);
    let multiple_auth_supported = phase.messages.is_empty() && phase.offered && !dice.once_in(3);
    let auth = AuthMessage { another_auth_follows, multiple_auth_supported, ..AUTH };
    let identity = AuthMessage { multiple_auth_supported, ..NOTHING };
    if phase.client_done() {
        NOTHING
    } else if phase.client_in_eap() {
        if dice.once_in(3) { EAP } else { auth }
    } else if dice.once_in(2) {
        auth
    } else {
        identity
    }
}

/// A response that makes sense after what was said so far.
fn answer(phase: &AuthPhase, dice: &mut Dice) -> (PeerAuth, AuthMessage) {
    let another_auth_follows = phase.offered && dice.once_in(5);
    let plain = AuthMessage { another_auth_follows, ..NOTHING };
    let proves = match dice.throw(12) {
        0 => PeerAuth::Failed,
        1 | 2 => PeerAuth::Absent,
        _ => PeerAuth::Verified,
    };
    if !phase.client_done() && phase.client_in_eap() {
        (proves, AuthMessage { eap: true, ..plain })
    } else {
        (proves, plain)
    }
}
