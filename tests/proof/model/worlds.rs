//! The worlds that are explored, and their bounds.

use ikev2_redirect::{initiator, responder};

use crate::alone::client::ClientAlone;
use crate::alone::gateway::GatewayAlone;
use crate::clock::TICK;
use crate::fleet::FleetGoal::{
    AnycastToSelf, GraceOver, LimitReached, MoveFailed, NoAnswer, RedirectedByInit,
    RedirectedTwice, RepeatedRequest,
};
use crate::fleet::{Attacker, Fleet, Place};
use crate::phases::Phases;
use crate::script::{Proof, Script};
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
        initiator::Config { announce_again: false, max_redirects: 1, ..patient },
        initiator::Config { max_redirects: 0, ..patient },
    ]
}

/// Gateways of every kind.
pub(crate) fn gateways(grace: u32, tries: u8) -> Vec<responder::Config> {
    let retransmission = responder::Retransmission::ByMachine { first_pause: TICK, tries };
    let cautious =
        responder::Config { grace: grace * TICK, retransmission, redirect_unauthenticated: false };
    let retransmission = responder::Retransmission::ByHost;
    vec![
        cautious,
        responder::Config { redirect_unauthenticated: true, ..cautious },
        responder::Config { retransmission, grace: 0, ..cautious },
    ]
}

/// The client machine under everything.
pub(crate) fn client_alone() -> ClientAlone {
    if is_full() {
        return ClientAlone { configs: clients(3, 4), gateways: 3 };
    }
    ClientAlone { configs: clients(2, 3), gateways: 2 }
}

/// The gateway machine under everything.
pub(crate) fn gateway_alone() -> GatewayAlone {
    let (grace, tries) = if is_full() { (6, 6) } else { (2, 2) };
    GatewayAlone { configs: gateways(grace, tries) }
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
        clients: clients(1, 2)[..1].to_vec(),
        gateway: gateways(1, 1)[0],
        gateways: 2,
        starts: vec![Place::Gateway(0)],
        exchanges: Script::single(Proof::Own).exchanges(),
        packets: 2,
        redirects: 1,
        faults: 0,
        attacks: 0,
        attacker: Attacker::Nobody,
        states: usize::MAX,
        beyond: vec![RedirectedTwice, LimitReached, AnycastToSelf],
    }
}

/// A fleet with larger bounds, some of which no search gets to the end of.
fn large() -> Fleet {
    Fleet {
        states: 4_000_000,
        clients: clients(2, 2)[..1].to_vec(),
        redirects: 2,
        beyond: vec![LimitReached, AnycastToSelf],
        ..small()
    }
}

/// Two gateways that redirect to each other and to themselves.
pub(crate) fn two_gateways() -> Fleet {
    let title = "two gateways";
    if is_full() {
        let beyond = vec![AnycastToSelf];
        return Fleet { title, redirects: 3, packets: 2, beyond, ..large() };
    }
    Fleet { title, redirects: 2, beyond: vec![RedirectedTwice, AnycastToSelf], ..small() }
}

/// Three gateways that redirect to each other and to themselves.
pub(crate) fn three_gateways() -> Fleet {
    let title = "three gateways";
    if is_full() {
        return Fleet { title, gateways: 3, packets: 3, ..large() };
    }
    let beyond = vec![RedirectedTwice, LimitReached, AnycastToSelf, MoveFailed];
    Fleet { title, gateways: 3, beyond, ..small() }
}

/// Failures, deletions and rekeys at any moment, of clients that move one way or the other.
pub(crate) fn faults() -> Fleet {
    let title = "faults";
    if is_full() {
        let clients = clients(2, 2)[..2].to_vec();
        // A gateway that is rekeyed before the acknowledgement redirects once more.
        let beyond = vec![AnycastToSelf];
        return Fleet { title, clients, faults: 2, beyond, ..large() };
    }
    Fleet { title, clients: clients(1, 2)[..2].to_vec(), faults: 1, ..small() }
}

/// Three gateways that share an anycast address, and clients that know of redirects or not.
pub(crate) fn anycast() -> Fleet {
    let title = "anycast";
    let starts = vec![Place::Anycast];
    if is_full() {
        let clients = clients(2, 2);
        let beyond = vec![];
        return Fleet { title, starts, clients, gateways: 3, packets: 2, beyond, ..large() };
    }
    let beyond = vec![MoveFailed];
    Fleet { title, starts, clients: clients(2, 2), gateways: 2, beyond, ..small() }
}

/// A client that goes through EAP, and gateways that redirect whoever claims an identity.
pub(crate) fn eap() -> Fleet {
    let title = "EAP";
    let gateway = gateways(1, 1)[1];
    let exchanges = Script::single(Proof::Eap(1)).exchanges();
    if is_full() {
        return Fleet { title, gateway, exchanges, packets: 3, faults: 1, ..large() };
    }
    let beyond = vec![RedirectedTwice, LimitReached, AnycastToSelf, MoveFailed];
    Fleet { title, gateway, exchanges, beyond, ..small() }
}

/// Somebody reads IKE_SA_INIT requests and answers them first.
pub(crate) fn on_path() -> Fleet {
    let title = "on-path attacker";
    let attacker = Attacker::OnPath;
    if is_full() {
        let beyond = vec![AnycastToSelf];
        return Fleet { title, attacker, attacks: 2, beyond, ..large() };
    }
    let beyond = vec![RedirectedTwice, AnycastToSelf, MoveFailed];
    Fleet { title, attacker, attacks: 1, beyond, ..small() }
}

/// Gateway 0 is malicious.
pub(crate) fn rogue_gateway() -> Fleet {
    let title = "rogue gateway";
    let exchanges = Script::single(Proof::Eap(1)).exchanges();
    let attacker = Attacker::RogueGateway;
    if is_full() {
        let beyond = vec![AnycastToSelf];
        return Fleet { title, exchanges, attacker, attacks: 2, beyond, ..large() };
    }
    let beyond = vec![
        RedirectedTwice,
        RedirectedByInit,
        RepeatedRequest,
        GraceOver,
        NoAnswer,
        LimitReached,
        MoveFailed,
        AnycastToSelf,
    ];
    Fleet { title, exchanges, attacker, redirects: 0, attacks: 2, beyond, ..small() }
}
