//! Exhaustive exploration of the real machines, see `docs/verification.md`.

mod alone;
mod beyond;
mod checker;
mod clock;
mod comparisons;
mod fleet;
mod front_door;
mod kinds;
mod liars;
mod octets;
mod phases;
mod rows;
mod script;
mod suite;
mod tag;
mod tale;
mod truth;
mod watch;
mod worlds;

use checker::{Report, Rows};
use front_door::Door;

/// Each model is explored once, however many tests ask for it.
macro_rules! models {
    ($($name:ident: $model:expr;)+) => {
        $(mod $name {
            use super::*;

            pub(super) fn report() -> &'static Report {
                static REPORT: std::sync::OnceLock<Report> = std::sync::OnceLock::new();
                REPORT.get_or_init(|| suite::run(&$model))
            }

            #[test]
            fn holds() {
                if suite::is_small() {
                    report().assert_unbroken();
                } else {
                    report().assert_holds();
                }
            }
        })+

        /// The rows of both tables whose outcome some model has judged.
        fn covered() -> Rows {
            let mut covered = Rows::default();
            $(covered.merge(&$name::report().rows);)+
            covered
        }
    };
}

models! {
    client_alone: worlds::client_alone();
    front_door_strict: Door { serve_unsupported: false };
    front_door_serving_all: Door { serve_unsupported: true };
    auth_phases: worlds::auth_phases();
    gateway_alone: worlds::gateway_alone();
    client_of_a_liar: worlds::lying_client();
    gateway_of_a_liar: worlds::lying_gateway();
    fleet_of_two: worlds::two_gateways();
    fleet_of_three: worlds::three_gateways();
    fleet_with_faults: worlds::faults();
    fleet_behind_anycast: worlds::anycast();
    fleet_with_eap: worlds::eap();
    fleet_under_on_path_attack: worlds::on_path();
    fleet_with_a_rogue_gateway: worlds::rogue_gateway();
}

#[test]
fn every_row_of_both_tables_is_covered() {
    let uncovered = rows::uncovered(&covered());
    assert!(suite::is_small() || uncovered.is_empty(), "no model exercises {uncovered:#?}");
}

#[test]
fn fleets_bring_no_new_kind_of_step() {
    let alone = [client_alone::report(), gateway_alone::report(), auth_phases::report()];
    for (found, fleet) in [
        (fleet_of_two::report(), worlds::two_gateways()),
        (fleet_of_three::report(), worlds::three_gateways()),
        (fleet_with_faults::report(), worlds::faults()),
        (fleet_behind_anycast::report(), worlds::anycast()),
        (fleet_with_eap::report(), worlds::eap()),
        (fleet_under_on_path_attack::report(), worlds::on_path()),
        (fleet_with_a_rogue_gateway::report(), worlds::rogue_gateway()),
    ] {
        beyond::no_kind_but(&alone, found, &fleet);
    }
}
