//! The worlds that are explored, and their bounds.

use ikev2_redirect::{initiator, responder};

use crate::alone::client::ClientAlone;
use crate::alone::gateway::GatewayAlone;
use crate::clock::TICK;
use crate::fleet::FleetGoal::{
    AnycastToSelf, GraceOver, NoAnswer, RedirectedByInit, RepeatedRequest,
};
use crate::fleet::{Attacker, Fleet, Place};
use crate::liars::client::LyingClient;
use crate::liars::gateway::LyingGateway;
use crate::phases::Phases;
use crate::script::{Exchange, Proof, Script};
use crate::suite::is_full;

/// Clients of every kind, with a window so short that it matters.
pub(crate) fn clients(max_redirects: u8, period: u32) -> Vec<initiator::Config> {
    let patient = initiator::Config {
        max_redirects,
        loop_detect_period: period * TICK,
        vet_timeout: TICK,
        ..initiator::Config::default()
    };
    let moving = initiator::Moving::BreakBeforeMake;
    vec![
        patient,
        initiator::Config { moving, ..patient },
        initiator::Config {
            announce_again: false,
            follow_on_resumption: true,
            max_redirects: 1,
            ..patient
        },
        initiator::Config { max_redirects: 0, ..patient },
    ]
}

/// Gateways of every kind.
pub(crate) fn gateways(grace: u32, tries: u8) -> Vec<responder::Config> {
    let retransmission = responder::Retransmission::ByMachine { first_pause: TICK, tries };
    let cautious =
        responder::Config { grace: grace * TICK, retransmission, redirect_unauthenticated: false };
    let retransmission = responder::Retransmission::ByHost { give_up_after: 2 * TICK };
    vec![
        cautious,
        responder::Config { redirect_unauthenticated: true, ..cautious },
        responder::Config { retransmission, grace: 0, ..cautious },
    ]
}

/// IKE_AUTH phases of every length that makes a difference: one exchange, EAP between a first and
/// a last response, and a last response without AUTH (RFC 4739). The model of the IKE_AUTH phase
/// has all others.
pub(crate) fn scripts() -> Vec<(Vec<Exchange>, bool)> {
    let twice = Script {
        client: [Some(Proof::Own), Some(Proof::Own), None],
        announced: true,
        ..Script::single(Proof::Own)
    };
    vec![
        (Script::single(Proof::Own).exchanges(), false),
        (Script::single(Proof::Eap(0)).exchanges(), false),
        (twice.exchanges(), true),
    ]
}

/// The client machine beside a host that knows.
pub(crate) fn client_alone() -> ClientAlone {
    let (limit, period, gateways) = if is_full() { (3, 4, 6) } else { (2, 2, 4) };
    ClientAlone {
        title: "client alone",
        configs: clients(limit, period),
        gateways,
        every_gateway: false,
        scripts: scripts(),
        beyond: vec![],
    }
}

/// The gateway machine beside a host that knows.
pub(crate) fn gateway_alone() -> GatewayAlone {
    let (grace, tries, ahead) = if is_full() { (6, 4, 4) } else { (2, 2, 2) };
    GatewayAlone {
        title: "gateway alone",
        configs: gateways(grace, tries),
        scripts: scripts(),
        ahead,
        targets: 2,
    }
}

/// Every IKE_AUTH phase of three authentications a side, EAP having up to four round trips, or as
/// many as EAP-TLS with a long chain of certificates.
pub(crate) fn auth_phases() -> Phases {
    Phases::new(3, if is_full() { 18 } else { 4 })
}

/// The smallest fleet, from which the others differ.
fn small() -> Fleet {
    Fleet {
        title: "",
        clients: clients(2, 2)[..1].to_vec(),
        gateway: gateways(1, 1)[0],
        gateways: 2,
        starts: vec![Some(Place::Gateway(0))],
        script: Script::single(Proof::Own).exchanges(),
        redirects: 1,
        faults: 0,
        attacks: 0,
        attacker: Attacker::Nobody,
        flaw: None,
        beyond: vec![AnycastToSelf],
    }
}

/// Two gateways that redirect to each other and to themselves.
pub(crate) fn two_gateways() -> Fleet {
    let title = "two gateways";
    let starts = vec![Some(Place::Gateway(0)), None];
    if is_full() {
        return Fleet { title, starts, redirects: 3, ..small() };
    }
    Fleet { title, starts, redirects: 2, ..small() }
}

/// Three gateways that redirect to each other and to themselves.
pub(crate) fn three_gateways() -> Fleet {
    let title = "three gateways";
    let redirects = if is_full() { 3 } else { 2 };
    Fleet { title, gateways: 3, redirects, ..small() }
}

/// Failures, deletions, rekeys and re-authentications at any moment, of clients that move one way
/// or the other.
pub(crate) fn faults() -> Fleet {
    let title = "faults";
    let clients = clients(2, 2)[..2].to_vec();
    let starts = vec![Some(Place::Gateway(0)), None];
    Fleet { title, starts, clients, faults: if is_full() { 2 } else { 1 }, ..small() }
}

/// Gateways that share an anycast address, and clients that know of redirects or not.
pub(crate) fn anycast() -> Fleet {
    let title = "anycast";
    let starts = vec![Some(Place::Anycast)];
    let (gateways, redirects) = if is_full() { (3, 2) } else { (2, 1) };
    Fleet { title, starts, clients: clients(2, 2), gateways, redirects, beyond: vec![], ..small() }
}

/// A client that goes through EAP, and gateways that redirect whoever claims an identity.
pub(crate) fn eap() -> Fleet {
    let title = "EAP";
    let gateway = gateways(1, 1)[1];
    let script = Script::single(Proof::Eap(1)).exchanges();
    let redirects = if is_full() { 3 } else { 2 };
    Fleet { title, gateway, script, redirects, ..small() }
}

/// Somebody reads IKE_SA_INIT requests and answers them first.
pub(crate) fn on_path() -> Fleet {
    let title = "on-path attacker";
    let (attacks, redirects) = if is_full() { (2, 2) } else { (1, 1) };
    Fleet { title, attacker: Attacker::OnPath, attacks, redirects, ..small() }
}

/// Gateway 0 is malicious.
pub(crate) fn rogue_gateway() -> Fleet {
    let title = "rogue gateway";
    let script = Script::single(Proof::Eap(1)).exchanges();
    let redirects = if is_full() { 1 } else { 0 };
    let beyond = match redirects {
        0 => vec![AnycastToSelf, GraceOver, NoAnswer, RedirectedByInit, RepeatedRequest],
        _ => vec![AnycastToSelf],
    };
    let attacker = Attacker::RogueGateway;
    let attacks = if is_full() { 3 } else { 2 };
    Fleet { title, script, attacker, attacks, redirects, beyond, ..small() }
}

/// Clients whose host lies.
pub(crate) fn lying_client() -> LyingClient {
    LyingClient { configs: if is_full() { clients(2, 3) } else { clients(1, 2)[..2].to_vec() } }
}

/// Gateways whose host lies.
pub(crate) fn lying_gateway() -> LyingGateway {
    LyingGateway { configs: if is_full() { gateways(6, 6) } else { gateways(2, 2) } }
}
