//! What is shown, and how it has to end.

use std::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::initiator::Config;
use ikev2_redirect::responder::{self, Stage as AuthStage};
use ikev2_redirect::wire::{ExchangeType, Header, InitRequest, Nonce};
use ikev2_redirect::{Fqdn, TargetRules};

use super::stage::Stage;
use super::world::{Fault, Role, Sent, World};
use crate::peers::message::{self, Chain, Head};
use crate::peers::{Client, Gateway, Login, Moment, Policy, Settings};

/// Something to show.
pub(crate) struct Scene {
    pub(crate) title: &'static str,
    pub(crate) story: &'static str,
    /// Plays it; the outcome in words, or what went wrong.
    pub(crate) play: fn(&mut Stage<'_>) -> Result<String, Fault>,
}

/// Everything, in the order in which it is shown.
pub(crate) const SCENES: &[Scene] = &[
    Scene {
        title: "Through an anycast front door",
        story: "The client knows one address, shared by all gateways. Whoever answers there must not serve\n\
                it, but names a gateway, at the cost of one message and no state at all.",
        play: front_door,
    },
    Scene {
        title: "A chain, and a name",
        story: "The gateway is full and redirects once more, by name. REDIRECTED_FROM names the gateway\n\
                that redirected last, so that nobody sends the client back there.",
        play: chain,
    },
    Scene {
        title: "In the last IKE_AUTH response, after EAP",
        story: "The AAA server knows where the user belongs. It says so in the middle of EAP, where no\n\
                redirect is legal: the gateway's machine keeps it until both sides are authenticated.",
        play: after_eap,
    },
    Scene {
        title: "In the first IKE_AUTH response, on a claimed identity",
        story: "An operator may redirect before EAP has even begun. It is off unless opted in: whoever\n\
                claims to be a user learns where that user is sent.",
        play: claimed,
    },
    Scene {
        title: "After the second of two authentications (RFC 4739)",
        story: "First the device, then its user. Every response but the first and the last is an intermediate\n\
                one, where no REDIRECT counts. This gateway waits for the last.",
        play: two_authentications,
    },
    Scene {
        title: "In the middle of a session: maintenance",
        story: "The gateway redirects with an INFORMATIONAL request. The client makes before it breaks:\n\
                the old IKE SA goes only when the new one is up.",
        play: maintenance,
    },
    Scene {
        title: "In the middle of a session, towards a gateway that is down",
        story: "The same, but nobody answers. The client stays where it is.",
        play: target_down,
    },
    Scene {
        title: "Round and round, until the limit",
        story: "Three gateways redirect in a circle; none sends anybody back to where he comes from, so none\n\
                of them can see it. The client follows five redirects within 300 seconds, never a sixth.",
        play: circle,
    },
    Scene {
        title: "Forgeries",
        story: "An attacker who cannot read the client's messages answers faster than the front door, and\n\
                later speaks in the gateway's name. Neither impresses anybody.",
        play: forgeries,
    },
];

const CLIENT: IpAddr = loopback(9);
const DOOR: IpAddr = loopback(1);
const A: IpAddr = loopback(2);
const B: IpAddr = loopback(3);
const C: IpAddr = loopback(4);
const ATTACKER: IpAddr = loopback(66);

const fn loopback(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, last))
}

fn front_door(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let cast = vec![client(Login::SharedKey)?, door(A), gateway("gw-a", A, Policy::serve())];
    let mut world = World::new(stage, cast)?;
    world.connect(DOOR)?;
    settle(&mut world)?;
    ends_at(&world, A, 1)?;
    expect(world.gateway(DOOR).session_count() == 0, "the front door keeps no state")?;
    expect(redirected_from(&world, A) == Some(DOOR), "REDIRECTED_FROM names the address asked")?;
    Ok(format!("connected to {A} after one redirect; {DOOR} keeps no state"))
}

fn chain(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let by_name = Fqdn::new("gw-b.example")?;
    let cast = vec![
        client(Login::SharedKey)?,
        door(A),
        gateway("gw-a", A, Policy::redirect(Moment::Init, by_name)),
        gateway("gw-b", B, Policy::serve()),
    ];
    let mut world = World::new(stage, cast)?;
    world.connect(DOOR)?;
    settle(&mut world)?;
    ends_at(&world, B, 2)?;
    expect(redirected_from(&world, B) == Some(A), "REDIRECTED_FROM names the last gateway")?;
    Ok(format!("connected to {B} after two redirects; it was told about {A}, not about {DOOR}"))
}

fn after_eap(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let policy = Policy::redirect(Moment::MidEap, B);
    let mut world = World::new(stage, client_and_two_gateways(Login::Eap, policy)?)?;
    world.connect(A)?;
    settle(&mut world)?;
    ends_at(&world, B, 1)?;
    expect(deletes(&world, CLIENT, A), "a whole IKE SA is left with a DELETE")?;
    Ok(format!("connected to {B}; the whole IKE SA with {A} was deleted"))
}

fn claimed(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let mut policy = Policy::redirect(Moment::At(AuthStage::Claimed), B);
    policy.sessions = responder::Config { redirect_unauthenticated: true, ..policy.sessions };
    let mut world = World::new(stage, client_and_two_gateways(Login::Eap, policy)?)?;
    world.connect(A)?;
    settle(&mut world)?;
    ends_at(&world, B, 1)?;
    expect(!deletes(&world, CLIENT, A), "there is nothing to delete")?;
    Ok(format!("connected to {B}; nothing was left at {A} to delete"))
}

fn two_authentications(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let mut policy = Policy::redirect(Moment::At(AuthStage::Complete), B);
    policy.multiple_auth = true;
    let mut cast = client_and_two_gateways(Login::DeviceThenUser, policy)?;
    let next = Policy { multiple_auth: true, ..Policy::serve() };
    cast[2] = gateway("gw-b", B, next);
    let mut world = World::new(stage, cast)?;
    world.connect(A)?;
    settle(&mut world)?;
    ends_at(&world, B, 1)?;
    expect(deletes(&world, CLIENT, A), "a whole IKE SA is left with a DELETE")?;
    Ok(format!("connected to {B}; only the last of four responses redirected"))
}

fn maintenance(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let cast = client_and_two_gateways(Login::SharedKey, Policy::serve())?;
    let mut world = World::new(stage, cast)?;
    world.connect(A)?;
    world.deliver()?;
    world.remark(&format!("{A} is to go down for maintenance"))?;
    world.redirect_all(A, B)?;
    settle(&mut world)?;
    ends_at(&world, B, 1)?;
    let made = position(&world, |sent| sent.from == B && is(sent, ExchangeType::IKE_AUTH));
    let broke = position(&world, |sent| sent.to == A && is_delete(sent));
    expect(made.is_some() && made < broke, "the old IKE SA goes after the new one is up")?;
    Ok(format!("connected to {B}; the client was never without an IKE SA"))
}

fn target_down(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let mut cast = client_and_two_gateways(Login::SharedKey, Policy::serve())?;
    cast[2] = ("gw-b", B, Role::Silent);
    let mut world = World::new(stage, cast)?;
    world.connect(A)?;
    world.deliver()?;
    world.remark(&format!("{A} is to go down, and {B} is down already"))?;
    world.redirect_all(A, B)?;
    let before_grace_is_over = world.now().after(20_000);
    world.settle(before_grace_is_over)?;
    expect(world.client().connected_to() == Some(A), "the client stays with the old gateway")?;
    expect(world.client().sa_count() == 1, "one IKE SA is left")?;
    Ok(format!("still connected to {A}"))
}

fn circle(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let sends = |target| Policy::redirect(Moment::Init, target);
    let cast = vec![
        client(Login::SharedKey)?,
        gateway("gw-a", A, sends(B)),
        gateway("gw-b", B, sends(C)),
        gateway("gw-c", C, sends(A)),
    ];
    let mut world = World::new(stage, cast)?;
    world.connect(A)?;
    settle(&mut world)?;
    expect(world.client().connected_to().is_none(), "the client ends without a gateway")?;
    let followed = world.client().redirects(world.now());
    expect(followed == 5, "five redirects are followed")?;
    Ok("five redirects followed, the sixth refused; the user is told".to_owned())
}

fn forgeries(stage: &mut Stage<'_>) -> Result<String, Fault> {
    let cast = vec![
        client(Login::SharedKey)?,
        ("attacker", ATTACKER, Role::Silent),
        door(A),
        gateway("gw-a", A, Policy::serve()),
    ];
    let mut world = World::new(stage, cast)?;
    world.connect(DOOR)?;
    world.remark("the attacker knows the SPI, but not the nonce")?;
    let forged = forged_answer(&world, &[0x66; 32])?;
    world.inject(ATTACKER, CLIENT, &forged)?;
    settle(&mut world)?;
    world.remark("the attacker has no keys")?;
    let forged = forged_request(&world)?;
    world.inject(ATTACKER, CLIENT, &forged)?;
    settle(&mut world)?;
    ends_at(&world, A, 1)?;
    expect(!world.sent().iter().any(|sent| sent.to == ATTACKER), "nobody talks to the attacker")?;
    Ok(format!("connected to {A}, where the real front door wanted it"))
}

/// The answer to the client's request as far as somebody can write it who has not seen its
/// nonce.
fn forged_answer(world: &World<'_, '_>, nonce: &[u8]) -> Result<Vec<u8>, Fault> {
    let latest = world.sent().last().ok_or("nothing was sent")?;
    let request = InitRequest::parse(&latest.octets)?;
    let guessed = InitRequest { nonce: Nonce::new(nonce)?, ..request };
    let mut octets = vec![0; guessed.redirect_len(ATTACKER.into())];
    guessed.write_redirect(ATTACKER.into(), &mut octets)?;
    Ok(octets)
}

/// An INFORMATIONAL request with a REDIRECT, in clear.
fn forged_request(world: &World<'_, '_>) -> Result<Vec<u8>, Fault> {
    let latest = world.sent().last().ok_or("nothing was sent")?;
    let (header, _) = Header::parse(&latest.octets)?;
    let mut chain = Chain::new();
    chain.push_redirect(ATTACKER.into());
    Ok(chain.message(Head {
        initiator_spi: header.initiator_spi,
        responder_spi: header.responder_spi,
        exchange: ExchangeType::INFORMATIONAL,
        flags: message::GATEWAY,
        message_id: 0,
    }))
}

type Cast = (&'static str, IpAddr, Role);

fn client(login: Login) -> Result<Cast, Fault> {
    let settings = Settings {
        redirects: Config {
            targets: TargetRules { allow_loopback: true, ..TargetRules::default() },
            ..Config::default()
        },
        login,
        trusted: vec![A, B, C],
        names: vec![("gw-b.example", B)],
    };
    Ok(("client", CLIENT, Role::Client(Box::new(Client::new(settings)?))))
}

fn door(target: IpAddr) -> Cast {
    let policy = Policy::redirect(Moment::Init, target);
    gateway("door", DOOR, Policy { anycast: vec![DOOR], ..policy })
}

fn gateway(name: &'static str, address: IpAddr, policy: Policy) -> Cast {
    (name, address, Role::Gateway(Gateway::new(address, policy)))
}

/// A client, the gateway with that policy, and one that serves everybody.
fn client_and_two_gateways(login: Login, policy: Policy) -> Result<Vec<Cast>, Fault> {
    Ok(vec![client(login)?, gateway("gw-a", A, policy), gateway("gw-b", B, Policy::serve())])
}

/// Lets everything happen; no scene is longer than an hour of its time.
fn settle(world: &mut World<'_, '_>) -> Result<(), Fault> {
    world.settle(world.now().after(3_600_000))
}

fn ends_at(world: &World<'_, '_>, gateway: IpAddr, redirects: usize) -> Result<(), Fault> {
    let client = world.client();
    expect(client.connected_to() == Some(gateway), "the client is connected where it should be")?;
    expect(client.redirects(world.now()) == redirects, "the redirects are counted")?;
    expect(client.sa_count() == 1, "the client has one IKE SA")?;
    expect(world.gateway(gateway).session_count() == 1, "the gateway has one IKE SA")
}

fn expect(holds: bool, what: &str) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(format!("it does not hold that {what}").into()) }
}

/// The REDIRECTED_FROM in the first request to a gateway.
fn redirected_from(world: &World<'_, '_>, gateway: IpAddr) -> Option<IpAddr> {
    let first = world.sent().iter().find(|sent| sent.to == gateway)?;
    InitRequest::parse(&first.octets).ok()?.redirected_from?.ok()
}

fn deletes(world: &World<'_, '_>, from: IpAddr, to: IpAddr) -> bool {
    world.sent().iter().any(|sent| sent.from == from && sent.to == to && is_delete(sent))
}

fn is_delete(sent: &Sent) -> bool {
    let Ok((header, payloads)) = Header::parse(&sent.octets) else { return false };
    message::contents(&header, payloads).is_ok_and(|contents| contents.deletes_ike_sa)
}

fn is(sent: &Sent, exchange: ExchangeType) -> bool {
    Header::parse(&sent.octets).is_ok_and(|(header, _)| header.exchange == exchange)
}

fn position(world: &World<'_, '_>, found: impl Fn(&Sent) -> bool) -> Option<usize> {
    world.sent().iter().position(found)
}
