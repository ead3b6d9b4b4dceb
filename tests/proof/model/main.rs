//! Exhaustive exploration of the real machines, see `docs/verification.md`.

mod alone;
mod checker;
mod clock;
mod fleet;
mod front_door;
mod octets;
mod phases;
mod rows;
mod script;
mod suite;
mod watch;
mod worlds;

use checker::{Report, Rows};
use front_door::Door;

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
                if suite::is_small() {
                    report().assert_unbroken();
                } else {
                    report().assert_holds();
                }
            }

            #[test]
            fn has_as_many_states_as_ever() {
                let pinned: usize = $states;
                let other_bounds = suite::is_full() || suite::is_small();
                assert!(other_bounds || report().states == pinned, "{}", report());
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
    client_alone: worlds::client_alone(), 25_639;
    gateway_alone: worlds::gateway_alone(), 715;
    fleet_of_two: worlds::two_gateways(), 281_382;
    fleet_of_three: worlds::three_gateways(), 17_465;
    fleet_with_faults: worlds::faults(), 72_952;
    fleet_behind_anycast: worlds::anycast(), 83_155;
    fleet_with_eap: worlds::eap(), 25_356;
    fleet_under_on_path_attack: worlds::on_path(), 64_226;
    fleet_with_a_rogue_gateway: worlds::rogue_gateway(), 15_813;
    auth_phases: worlds::auth_phases(), 288_496;
}

#[test]
fn every_row_of_both_tables_is_covered() {
    let uncovered = rows::uncovered(&covered());
    assert!(suite::is_small() || uncovered.is_empty(), "no model exercises {uncovered:#?}");
}
