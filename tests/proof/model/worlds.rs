//! The worlds that are explored, and their bounds.

use ikev2_redirect::{initiator, responder};

use crate::alone::client::ClientAlone;
use crate::alone::gateway::GatewayAlone;
use crate::clock::TICK;
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
    let (limit, period, gateways) = if is_full() { (3, 4, 6) } else { (2, 2, 3) };
    ClientAlone {
        title: "client alone",
        configs: clients(limit, period),
        gateways,
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
