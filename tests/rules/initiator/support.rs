//! A client in every stage, and the messages that gateways send it.

use std::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{
    Action, Config, Event, Initiator, Provenance, QuestionId, Refusal, SaId, SentInit,
};
use ikev2_redirect::wire::{
    Contents, InitNotifies, InitRedirect, InitResponse, Nonce, Redirect, Spi,
};
use ikev2_redirect::{Actions, Fqdn, Instant, Misuse, Reason, Target};

pub(crate) use crate::auth::{AUTH, EAP, NOTHING};

pub const NI: [u8; 32] = [7; 32];
pub const SPI: Spi = Spi([1; 8]);
pub const SENT: SentInit<'static> = SentInit { spi: SPI, nonce: &NI };

/// Gateways, by the last octet of their address.
pub fn gw(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
}

/// A gateway known by name.
pub fn name() -> Target<'static> {
    Target::Fqdn(Fqdn::new("gw2.example.com").unwrap())
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

/// The IKE SA in use or being set up.
pub fn sa(machine: &Initiator) -> SaId {
    machine.sa().unwrap()
}

pub fn kept(machine: &Initiator) -> SaId {
    machine.kept().unwrap()
}

pub fn question(machine: &Initiator) -> QuestionId {
    machine.question().unwrap()
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

pub fn init_event(response: InitResponse<'static>) -> Event<'static, 'static> {
    Event::InitResponseReceived { sent: SENT, response }
}

/// An IKE_SA_INIT response that sends the client to gateway `last`.
pub fn init_redirect(last: u8) -> Event<'static, 'static> {
    init_event(redirecting(gw(last).into(), &NI))
}

/// An IKE_SA_INIT response that sends the client to a name.
pub fn init_redirect_to_name() -> Event<'static, 'static> {
    init_event(redirecting(name(), &NI))
}

/// Decrypted payloads that hold a REDIRECT to gateway `last`.
pub fn redirect_to(last: u8) -> Contents<'static> {
    redirect(gw(last).into())
}

/// Decrypted payloads that hold a REDIRECT.
pub fn redirect(target: Target<'static>) -> Contents<'static> {
    Contents { redirect: Some(Ok(Redirect { target })), ..Contents::default() }
}

pub fn with_auth(contents: Contents<'static>) -> Contents<'static> {
    Contents { auth: true, ..contents }
}

pub fn and_delete(contents: Contents<'static>) -> Contents<'static> {
    Contents { deletes_ike_sa: true, ..contents }
}

pub fn auth_response(peer: PeerAuth, contents: Contents<'static>) -> Event<'static, 'static> {
    Event::AuthResponseReceived { peer, contents }
}

pub fn informational(contents: Contents<'static>) -> Event<'static, 'static> {
    Event::InformationalReceived { contents, repeated: false }
}

pub const KEYS: Event<'static, 'static> = Event::InitCompleted { multiple_auth_offered: false };
pub const EAP_REQUEST: Contents<'static> = Contents { eap: true, ..Contents::EMPTY };
pub const VERIFIED: PeerAuth = PeerAuth::Verified;

/// Tells the machine of the current IKE SA.
pub fn tell(machine: &mut Initiator, event: Event<'static, 'static>) -> Actions<Action<'static>> {
    let current = sa(machine);
    machine.handle(NOW, current, event)
}

/// What the machine does about an event of the current IKE SA that leaves it as it was.
#[track_caller]
pub fn unchanged_by(
    machine: &Initiator,
    event: Event<'static, 'static>,
) -> Actions<Action<'static>> {
    let mut after = *machine;
    let actions = tell(&mut after, event);
    assert_eq!(after, *machine);
    actions
}

/// Tells events of the current IKE SA, of which nothing is expected.
pub fn feed<const N: usize>(machine: &mut Initiator, events: [Event<'static, 'static>; N]) {
    for event in events {
        let _ = tell(machine, event);
    }
}

/// How the machine has just started its current IKE SA: towards gateway `to`, sent by `from`.
pub fn start(machine: &Initiator, to: u8, from: Option<u8>) -> Action<'static> {
    let redirected_from = from.map(gw);
    let notifies = InitNotifies { redirect_supported: true, redirected_from };
    Action::StartInit { sa: sa(machine), to: gw(to), notifies }
}

/// How the machine has just asked about gateway `last`.
pub fn vet(machine: &Initiator, last: u8, provenance: Provenance) -> Action<'static> {
    let target = gw(last).into();
    Action::Vet { question: question(machine), sa: sa(machine), target, provenance }
}

/// How the machine has just asked about gateway 2, which an IKE_AUTH response named.
pub fn vet_2(machine: &Initiator) -> Action<'static> {
    vet(machine, 2, Provenance::Auth)
}

pub fn redirected(from: u8, to: u8, provenance: Provenance) -> Action<'static> {
    Action::Redirected { from: gw(from), to: gw(to), provenance }
}

pub fn ignored(machine: &Initiator, reason: Reason) -> Action<'static> {
    Action::Ignored { sa: sa(machine), reason }
}

pub fn refused(machine: &Initiator, reason: Reason) -> Action<'static> {
    Action::Refused { sa: sa(machine), reason }
}

pub fn misused(machine: &Initiator, misuse: Misuse) -> Action<'static> {
    Action::Misused { sa: sa(machine), misuse }
}

pub fn failed(reason: Reason) -> Action<'static> {
    Action::Failed { reason }
}

pub fn move_failed(sa: SaId, reason: Reason) -> Action<'static> {
    Action::MoveFailed { sa, reason }
}

pub fn delete(sa: SaId) -> Action<'static> {
    Action::DeleteSa { sa }
}

pub fn drop_sa(sa: SaId) -> Action<'static> {
    Action::DropSa { sa }
}

pub fn pass_on(machine: &Initiator) -> Action<'static> {
    Action::PassOn { sa: sa(machine) }
}

pub fn acknowledge(machine: &Initiator) -> Action<'static> {
    Action::Acknowledge { sa: sa(machine) }
}

/// A client that has just asked gateway 1.
pub fn connecting(config: Config) -> Initiator {
    let mut machine = client(config);
    let _ = machine.connect(NOW, gw(1)).unwrap();
    machine
}

/// In the IKE_AUTH phase, with nothing sent yet, at gateway 1.
pub fn authenticating() -> Initiator {
    in_auth(connecting(Config::default()))
}

/// The same, wherever the machine is on its way to.
pub fn in_auth(mut machine: Initiator) -> Initiator {
    feed(&mut machine, [KEYS]);
    machine
}

/// Goes through IKE_AUTH with a shared key.
pub fn through_auth(machine: Initiator) -> Initiator {
    let mut machine = in_auth(machine);
    let verified = with_auth(Contents { sa: true, ..Contents::default() });
    let response = auth_response(VERIFIED, verified);
    feed(&mut machine, [Event::AuthRequestSent { sent: AUTH }, response]);
    machine
}

/// From the request of IKE_SA_INIT on until the host calls the IKE SA established.
pub fn up(machine: Initiator) -> Initiator {
    let mut machine = through_auth(machine);
    feed(&mut machine, [Event::Established]);
    machine
}

pub fn established(config: Config) -> Initiator {
    up(connecting(config))
}

/// Asked whether to leave gateway 1 for gateway 2, in each of the three phases.
pub fn asked_in_init() -> Initiator {
    let mut machine = connecting(Config::default());
    feed(&mut machine, [init_redirect(2)]);
    machine
}

/// Whether the phase is complete: the IKE SA is whole.
pub fn asked_in_auth() -> Initiator {
    let mut machine = authenticating();
    let response = auth_response(VERIFIED, with_auth(redirect_to(2)));
    feed(&mut machine, [Event::AuthRequestSent { sent: AUTH }, response]);
    machine
}

pub fn asked_in_session(config: Config) -> Initiator {
    let mut machine = established(config);
    feed(&mut machine, [informational(redirect_to(2))]);
    machine
}

/// On the way from gateway 1, whose IKE SA is kept, to gateway 2.
pub fn moving() -> Initiator {
    let mut machine = asked_in_session(Config::default());
    let _ = permit(&mut machine, 2);
    machine
}

/// On the way to gateway 2, which sends the client to gateway 3 in IKE_AUTH: a question is open
/// and an IKE SA is kept.
pub fn moving_and_asked() -> Initiator {
    let mut machine = in_auth(moving());
    let response = auth_response(VERIFIED, with_auth(redirect_to(3)));
    feed(&mut machine, [Event::AuthRequestSent { sent: AUTH }, response]);
    machine
}

/// One machine for each stage, with a question and without, alone and with a kept IKE SA.
pub fn every_stage() -> Vec<(&'static str, Initiator)> {
    vec![
        ("idle", client(Config::default())),
        ("in IKE_SA_INIT", connecting(Config::default())),
        ("asked in IKE_SA_INIT", asked_in_init()),
        ("in IKE_AUTH", authenticating()),
        ("whole", through_auth(connecting(Config::default()))),
        ("asked in IKE_AUTH", asked_in_auth()),
        ("up", established(Config::default())),
        ("asked in a session", asked_in_session(Config::default())),
        ("moving, in IKE_SA_INIT", moving()),
        ("moving, in IKE_AUTH", in_auth(moving())),
        ("moving, asked in IKE_AUTH", moving_and_asked()),
        ("asked, nothing left", asked_and_given_up()),
    ]
}

/// Asked in IKE_SA_INIT; the host has given up the attempt since.
pub fn asked_and_given_up() -> Initiator {
    let mut machine = asked_in_init();
    feed(&mut machine, [Event::GivenUp]);
    machine
}

/// The machine's answer to a permit that it must accept.
pub fn permit(machine: &mut Initiator, last: u8) -> Actions<Action<'static>> {
    machine.permit(NOW, question(machine), gw(last)).unwrap()
}

pub fn refuse(machine: &mut Initiator) -> Actions<Action<'static>> {
    machine.refuse(NOW, question(machine), Refusal::Policy).unwrap()
}

/// Sends a request and takes the response to it.
pub fn round(
    machine: &mut Initiator,
    sent: AuthMessage,
    peer: PeerAuth,
    contents: Contents<'static>,
) -> Vec<Action<'static>> {
    assert!(tell(machine, Event::AuthRequestSent { sent }).is_empty());
    tell(machine, auth_response(peer, contents)).into_iter().collect()
}
