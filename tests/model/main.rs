//! Exhaustive exploration of the real machines, see `docs/verification.md`.

mod alone;
mod checker;
mod clock;
mod front_door;
mod octets;
mod phases;
mod rows;
mod script;
mod suite;

use alone::client::ClientAlone;
use alone::gateway::GatewayAlone;
use checker::{Report, Rows};
use clock::TICK;
use front_door::Door;
use ikev2_redirect::{initiator, responder};
use phases::Phases;

/// Each model is explored once, however many tests ask for it. With the usual bounds the number
/// of its states is pinned, so that a change of behaviour is seen: whoever changes the machines
/// knowingly changes the number as well.
macro_rules! models {
    ($($name:ident: $model:expr, $states:expr;)+) => {
        $(mod $name {
            use super::*;

            pub(super) fn report() -> &'static Report {
                static REPORT: std::sync::OnceLock<Report> = std::sync::OnceLock::new();
                REPORT.get_or_init(|| suite::run(&$model))
            }

            #[test]
            fn holds() {
                report().assert_holds();
            }

            #[test]
            fn has_as_many_states_as_ever() {
                let pinned: usize = $states;
                assert!(suite::is_full() || report().states == pinned, "{}", report());
            }
        })+

        /// The rows of both tables that some model exercises.
        fn covered() -> Rows {
            let mut covered = Rows::default();
            $(covered.merge(&$name::report().rows);)+
            covered
        }
    };
}

models! {
    front_door_strict: Door { serve_unsupported: false }, 301;
    front_door_serving_all: Door { serve_unsupported: true }, 307;
    client_alone: ClientAlone { title: "", configs: clients(2, 3), gateways: 2 }, 25_639;
    gateway_alone: GatewayAlone { title: "", configs: gateways(2, 2) }, 715;
    auth_phases: Phases::new(3, 4), 288_496;
}

#[test]
fn every_row_of_both_tables_is_covered() {
    let uncovered = rows::uncovered(&covered());
    assert!(uncovered.is_empty(), "no model exercises {uncovered:#?}");
}

/// Clients of every kind, with a window so short that it matters.
fn clients(max_redirects: u8, period: u32) -> Vec<initiator::Config> {
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
fn gateways(grace: u32, tries: u8) -> Vec<responder::Config> {
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
