//! A client in every state, and the messages that gateways send it.

use std::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{Action, Config, Event, Initiator, Phase, Refusal, SentInit, Slot};
use ikev2_redirect::wire::{
    Contents, InitNotifies, InitRedirect, InitResponse, Nonce, Redirect, Spi,
};
use ikev2_redirect::{Actions, Instant, Reason, Target};

pub const NI: [u8; 32] = [7; 32];
pub const SPI: Spi = Spi([1; 8]);
pub const SENT: SentInit<'static> = SentInit { spi: SPI, nonce: &NI };

/// Gateways, by the last octet of their address.
pub fn gw(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
}

pub fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

/// The one moment at which most tests happen.
pub const NOW: Instant = Instant::from_millis(1_000_000);

pub fn client(config: Config) -> Initiator {
    Initiator::new(config).unwrap()
}

pub fn redirects_off() -> Config {
    Config { max_redirects: 0, ..Config::default() }
}

pub const PLAIN_RESPONSE: InitResponse<'static> = InitResponse {
    initiator_spi: SPI,
    responder_spi: Spi([2; 8]),
    redirect: None,
    accepts: true,
    multiple_auth_supported: false,
    resumption: false,
};

/// An IKE_SA_INIT response that redirects to `target` and carries `nonce`.
pub fn redirecting(target: Target<'static>, nonce: &'static [u8]) -> InitResponse<'static> {
    let redirect = InitRedirect { target, nonce: Nonce::new(nonce).unwrap() };
    InitResponse {
        responder_spi: Spi::ZERO,
        redirect: Some(Ok(redirect)),
        accepts: false,
        ..PLAIN_RESPONSE
    }
}

pub fn init_event(response: InitResponse<'static>) -> Event<'static> {
    Event::InitResponse { slot: Slot::A, sent: SENT, response }
}

/// An IKE_SA_INIT response that sends the client to gateway `last`.
pub fn init_redirect(last: u8) -> Event<'static> {
    init_event(redirecting(gw(last).into(), &NI))
}

/// Decrypted payloads that hold a REDIRECT to gateway `last`.
pub fn redirect_to(last: u8) -> Contents<'static> {
    let target = gw(last).into();
    Contents { redirect: Some(Ok(Redirect { target })), ..Contents::default() }
}

pub fn with_auth(contents: Contents<'static>) -> Contents<'static> {
    Contents { auth: true, ..contents }
}

pub fn auth_response(slot: Slot, peer: PeerAuth, contents: Contents<'static>) -> Event<'static> {
    Event::AuthResponse { slot, peer, contents }
}

pub fn informational(slot: Slot, contents: Contents<'static>) -> Event<'static> {
    Event::Informational { slot, contents, repeated: false }
}

pub const EMPTY: AuthMessage = AuthMessage::NOTHING;
pub const AUTH: AuthMessage = AuthMessage { auth: true, ..EMPTY };
pub const EAP: AuthMessage = AuthMessage { eap: true, ..EMPTY };

/// What the machine wants to be sent to gateway `to` after `from` redirected.
pub fn start(slot: Slot, to: u8, from: Option<u8>) -> Action<'static> {
    let redirected_from = from.map(gw);
    let notifies = InitNotifies { redirect_supported: true, redirected_from };
    Action::StartInit { slot, to: gw(to), notifies }
}

pub fn ignored(reason: Reason) -> [Action<'static>; 1] {
    [Action::Ignored { reason }]
}

/// Feeds events of which nothing is expected.
pub fn feed(machine: &mut Initiator, events: impl IntoIterator<Item = Event<'static>>) {
    for event in events {
        let _ = machine.handle(NOW, event);
    }
}

/// A client that has just asked gateway 1.
pub fn connecting(config: Config) -> Initiator {
    let mut machine = client(config);
    assert_eq!(machine.connect(NOW, gw(1)).unwrap().len(), 1);
    machine
}

/// A client in the IKE_AUTH phase with the gateway in `slot`, with nothing sent yet.
pub fn in_auth(mut machine: Initiator, slot: Slot) -> Initiator {
    feed(&mut machine, [Event::InitCompleted { slot, multiple_auth_offered: false }]);
    machine
}

/// Goes through IKE_AUTH with a shared key.
pub fn through_auth(machine: Initiator, slot: Slot) -> Initiator {
    let mut machine = in_auth(machine, slot);
    let verified = with_auth(Contents { sa: true, ..Contents::default() });
    feed(
        &mut machine,
        [
            Event::AuthRequest { slot, sent: AUTH },
            auth_response(slot, PeerAuth::Verified, verified),
        ],
    );
    machine
}

pub fn established(config: Config) -> Initiator {
    let mut machine = through_auth(connecting(config), Slot::A);
    feed(&mut machine, [Event::Established { slot: Slot::A }]);
    machine
}

/// Asked whether to leave gateway 1 for gateway 2 in each of the three phases.
pub fn vetting_init() -> Initiator {
    let mut machine = connecting(Config::default());
    feed(&mut machine, [init_redirect(2)]);
    machine
}

pub fn vetting_auth() -> Initiator {
    let mut machine = in_auth(connecting(Config::default()), Slot::A);
    let contents = with_auth(redirect_to(2));
    feed(
        &mut machine,
        [
            Event::AuthRequest { slot: Slot::A, sent: AUTH },
            auth_response(Slot::A, PeerAuth::Verified, contents),
        ],
    );
    machine
}

pub fn vetting_active(config: Config) -> Initiator {
    let mut machine = established(config);
    feed(&mut machine, [informational(Slot::A, redirect_to(2))]);
    machine
}

/// On the way from gateway 1 (kept in slot A) to gateway 2 (slot B).
pub fn moving() -> Initiator {
    let mut machine = vetting_active(Config::default());
    let _ = machine.permit(NOW, gw(2)).unwrap();
    machine
}

/// One machine for each phase.
pub fn every_phase() -> Vec<(Phase, Initiator)> {
    let machines = [
        client(Config::default()),
        connecting(Config::default()),
        vetting_init(),
        in_auth(connecting(Config::default()), Slot::A),
        vetting_auth(),
        established(Config::default()),
        vetting_active(Config::default()),
    ];
    machines.into_iter().map(|machine| (machine.phase(), machine)).collect()
}

/// The machine's answer to a command that must be accepted.
pub fn permit(machine: &mut Initiator, last: u8) -> Actions<Action<'static>> {
    machine.permit(NOW, gw(last)).unwrap()
}

pub fn refuse(machine: &mut Initiator) -> Actions<Action<'static>> {
    machine.refuse(NOW, Refusal::Policy).unwrap()
}
