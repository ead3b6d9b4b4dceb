//! The progress of an IKE_AUTH phase, case by case.

use ikev2_redirect::auth::{AuthMessage, PeerAuth, Position, Progress};
use ikev2_redirect::wire::Contents;

pub(crate) const NOTHING: AuthMessage = AuthMessage::NOTHING;
pub(crate) const AUTH: AuthMessage = AuthMessage { auth: true, ..NOTHING };
pub(crate) const EAP: AuthMessage = AuthMessage { eap: true, ..NOTHING };
pub(crate) const AUTH_AND_EAP: AuthMessage = AuthMessage { auth: true, ..EAP };
/// The first request of a client that takes part in RFC 4739.
const WILLING: AuthMessage = AuthMessage { multiple_auth_supported: true, ..NOTHING };
const WILLING_AUTH: AuthMessage = AuthMessage { auth: true, ..WILLING };
const AUTH_AND_MORE: AuthMessage = AuthMessage { another_auth_follows: true, ..WILLING_AUTH };

/// Where each response of a phase stands, and the progress at its end.
fn run(offered: bool, rounds: &[(AuthMessage, AuthMessage)]) -> (Vec<Position>, Progress) {
    let mut progress = Progress::new(offered);
    let positions = rounds.iter().map(|(request, response)| {
        progress.request(*request);
        progress.response(*response)
    });
    (positions.collect(), progress)
}

#[test]
fn a_shared_key_or_a_certificate_takes_one_round() {
    let (positions, progress) = run(false, &[(AUTH, AUTH)]);
    assert_eq!(positions, [Position::Only]);
    assert!(progress.is_complete());
}

#[test]
fn eap_has_a_first_and_a_last_response_and_the_rest_is_intermediate() {
    // R6-9: a first request without AUTH.
    for trips in 0..=5 {
        let mut rounds = vec![(NOTHING, AUTH_AND_EAP)];
        rounds.extend(vec![(EAP, EAP); trips]);
        rounds.push((AUTH, AUTH));
        let (positions, progress) = run(false, &rounds);
        let mut expected = vec![Position::Intermediate; trips + 2];
        expected[0] = Position::First;
        expected[trips + 1] = Position::Last;
        assert_eq!(positions, expected);
        assert!(progress.is_complete());
    }
}

#[test]
fn eap_only_proves_the_gateway_at_the_end() {
    // RFC 5998
    let (_, before) = run(false, &[(NOTHING, EAP), (EAP, EAP)]);
    assert!(!before.gateway_authenticated());
    assert!(!before.owes_identity(), "IDr went out with the first response");
    let (positions, progress) = run(false, &[(NOTHING, EAP), (EAP, EAP), (AUTH, AUTH)]);
    assert_eq!(positions.last(), Some(&Position::Last));
    assert!(progress.is_complete());
}

#[test]
fn rfc_4739_example_1_two_eap_authentications() {
    let rounds = [
        (WILLING, AUTH_AND_EAP),
        (EAP, EAP),
        (EAP, EAP),
        (AUTH_AND_MORE, AUTH),
        (NOTHING, EAP),
        (EAP, EAP),
        (EAP, EAP),
        (AUTH, AUTH),
    ];
    let (positions, progress) = run(true, &rounds);
    assert_eq!(positions[0], Position::First);
    assert!(positions[1..7].iter().all(|position| *position == Position::Intermediate));
    assert_eq!(positions[7], Position::Last);
    assert!(progress.is_complete());
}

#[test]
fn rfc_4739_example_2_certificate_then_eap() {
    let rounds = [(AUTH_AND_MORE, AUTH), (NOTHING, EAP), (EAP, EAP), (EAP, EAP), (AUTH, AUTH)];
    let (positions, progress) = run(true, &rounds);
    assert_eq!((positions[0], positions[4]), (Position::First, Position::Last));
    assert!(positions[1..4].iter().all(|position| *position == Position::Intermediate));
    assert!(progress.is_complete());
}

#[test]
fn rfc_4739_example_3_the_last_response_has_no_auth() {
    let (positions, progress) = run(true, &[(AUTH_AND_MORE, AUTH), (AUTH, NOTHING)]);
    assert_eq!(positions, [Position::First, Position::Last]);
    assert!(progress.is_complete());
}

#[test]
fn rfc_4739_example_4_the_gateway_authenticates_twice() {
    let (positions, progress) = run(true, &[(WILLING_AUTH, AUTH_AND_MORE), (NOTHING, AUTH)]);
    assert_eq!(positions, [Position::First, Position::Last]);
    assert!(progress.is_complete());
}

#[test]
fn a_gateway_that_announced_another_identity_owes_it_after_the_next_request() {
    let (_, mut progress) = run(true, &[(WILLING_AUTH, AUTH_AND_MORE)]);
    assert!(progress.gateway_authenticated(), "all that it owed so far is paid");
    assert!(!progress.is_complete());
    assert!(progress.owes_identity(), "in its next response");
    progress.request(NOTHING);
    assert!(!progress.gateway_authenticated());
    assert!(progress.owes_identity());
}

#[test]
fn both_sides_may_authenticate_twice_at_once() {
    let (positions, progress) = run(true, &[(AUTH_AND_MORE, AUTH_AND_MORE), (AUTH, AUTH)]);
    assert_eq!(positions, [Position::First, Position::Last]);
    assert!(progress.is_complete());
}

#[test]
fn another_auth_follows_counts_only_when_both_have_announced_it() {
    let unwilling = AuthMessage { multiple_auth_supported: false, ..AUTH_AND_MORE };
    assert_eq!(run(false, &[(AUTH_AND_MORE, AUTH)]).0, [Position::Only]);
    assert_eq!(run(true, &[(unwilling, AUTH)]).0, [Position::Only]);
}

#[test]
fn support_announced_after_the_first_request_is_too_late() {
    let (positions, _) = run(true, &[(NOTHING, AUTH_AND_EAP), (AUTH_AND_MORE, AUTH)]);
    assert_eq!(positions, [Position::First, Position::Last]);
}

#[test]
fn another_auth_follows_counts_only_beside_an_auth() {
    let without_auth = AuthMessage { auth: false, ..AUTH_AND_MORE };
    assert_eq!(run(true, &[(WILLING_AUTH, without_auth)]).0, [Position::Only]);
}

#[test]
fn the_auth_that_ends_eap_is_owed_an_answer() {
    let (_, progress) = run(false, &[(NOTHING, AUTH_AND_EAP), (AUTH, NOTHING)]);
    assert!(progress.client_authenticated());
    assert!(!progress.gateway_authenticated());
    assert!(!progress.is_complete());
}

#[test]
fn a_gateway_without_auth_completes_nothing() {
    let (positions, progress) = run(false, &[(AUTH, NOTHING)]);
    assert_eq!(positions, [Position::Only]);
    assert!(!progress.is_complete());
}

#[test]
fn a_request_alone_completes_nothing() {
    let mut progress = Progress::new(false);
    assert!(progress.owes_identity());
    progress.request(AUTH);
    assert!(!progress.is_complete());
}

#[test]
fn a_further_request_completes_nothing_before_its_response() {
    let (_, mut progress) = run(true, &[(AUTH_AND_MORE, AUTH)]);
    progress.request(AUTH);
    assert!(!progress.is_complete());
    assert_eq!(progress.response(NOTHING), Position::Last);
    assert!(progress.is_complete());
}

#[test]
fn an_empty_request_of_a_finished_client_starts_nothing() {
    let (_, mut progress) = run(true, &[(WILLING_AUTH, AUTH_AND_MORE)]);
    progress.request(NOTHING);
    assert!(progress.client_authenticated());
}

#[test]
fn what_would_end_the_phase_can_be_asked_without_ending_it() {
    let mut progress = Progress::new(false);
    progress.request(AUTH);
    let before = progress;
    assert_eq!(progress.position_if_ended(), Position::Only);
    assert_eq!(progress, before);
}

#[test]
fn an_auth_payload_counts_only_when_verified() {
    let contents = Contents { auth: true, eap: true, ..Contents::default() };
    assert!(!AuthMessage::of_peer(&contents, PeerAuth::Absent).auth);
    assert!(!AuthMessage::of_peer(&contents, PeerAuth::Failed).auth);
    assert_eq!(AuthMessage::of_peer(&contents, PeerAuth::Verified), AUTH_AND_EAP);
}
