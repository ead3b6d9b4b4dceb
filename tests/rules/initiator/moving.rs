//! From the old gateway to the new one.

use ikev2_redirect::Reason;
use ikev2_redirect::initiator::{
    Action, Config, Event, Initiator, MobileIpv6, Moving, Phase, Provenance, Slot,
};
use ikev2_redirect::wire::Contents;

use super::support::*;

const A: Slot = Slot::A;
const B: Slot = Slot::B;

fn redirected() -> Action<'static> {
    let provenance = Provenance::Informational;
    Action::Redirected { from: gw(1), to: gw(2), provenance }
}

#[test]
fn make_before_break_keeps_the_old_sa_while_the_new_one_comes_up() {
    let mut machine = vetting_active(Config::default());
    assert_eq!(permit(&mut machine, 2), [redirected(), start(B, 2, Some(1))]);
    assert_eq!((machine.slot(), machine.kept()), (Some(B), Some(A)));
}

#[test]
fn make_before_break_deletes_the_old_sa_when_the_new_one_is_up() {
    // R5-7
    let mut machine = through_auth(moving(), B);
    let actions = machine.handle(NOW, Event::Established { slot: B });
    assert_eq!(actions, [Action::DeleteSa { slot: A }]);
    assert_eq!((machine.slot(), machine.kept()), (Some(B), None));
}

#[test]
fn break_before_make_deletes_first() {
    // R5-7
    let config = Config { moving: Moving::BreakBeforeMake, ..Config::default() };
    let mut machine = vetting_active(config);
    let expected = [Action::DeleteSa { slot: A }, redirected(), start(A, 2, Some(1))];
    assert_eq!(permit(&mut machine, 2), expected);
}

#[test]
fn break_before_make_has_nothing_to_go_back_to() {
    let config = Config { moving: Moving::BreakBeforeMake, ..Config::default() };
    let mut machine = vetting_active(config);
    let _ = permit(&mut machine, 2);
    let failed = Action::Failed { reason: Reason::AttemptFailed };
    assert_eq!(machine.handle(NOW, Event::AttemptFailed { slot: A }), [failed]);
}

#[test]
fn if_the_new_gateway_fails_the_old_sa_goes_on() {
    let mut machine = moving();
    let failed = Action::MoveFailed { reason: Reason::AttemptFailed };
    assert_eq!(machine.handle(NOW, Event::AttemptFailed { slot: B }), [failed]);
    let here = (machine.phase(), machine.gateway(), machine.kept());
    assert_eq!(here, (Phase::Established, Some(gw(1)), None));
}

#[test]
fn a_redirect_of_the_new_gateway_right_behind_its_last_response_ends_the_old_sa() {
    // R5-7: the client has arrived, if only to be sent on.
    let mut machine = through_auth(moving(), B);
    let vet = Action::Vet { target: gw(3).into(), provenance: Provenance::Informational };
    let actions = machine.handle(NOW, informational(B, redirect_to(3)));
    let expected = [Action::Acknowledge { slot: B }, vet, Action::DeleteSa { slot: A }];
    assert_eq!(actions, expected);
    assert_eq!(machine.kept(), None);
}

#[test]
fn an_attempt_given_up_during_vetting_deletes_its_sa_once() {
    let mut machine = vetting_active(Config::default());
    let actions = machine.handle(NOW, Event::AttemptFailed { slot: A });
    assert_eq!(actions, [Action::DeleteSa { slot: A }]);
    assert!(machine.handle(NOW, Event::AttemptFailed { slot: A }).is_empty());
    assert_eq!(permit(&mut machine, 2), [redirected(), start(A, 2, Some(1))]);
}

#[test]
fn if_the_new_gateway_proves_to_be_false_the_old_sa_goes_on() {
    use ikev2_redirect::auth::PeerAuth;
    let mut machine = in_auth(moving(), B);
    feed(&mut machine, [Event::AuthRequest { slot: B, sent: AUTH }]);
    let actions = machine.handle(NOW, auth_response(B, PeerAuth::Failed, redirect_to(3)));
    let failed = Action::MoveFailed { reason: Reason::GatewayAuthFailed };
    assert_eq!(actions, [Action::DropSa { slot: B }, failed]);
}

#[test]
fn another_redirect_of_the_old_gateway_is_acknowledged_and_ignored() {
    // R5-4
    let mut machine = moving();
    let before = machine;
    let ignored = Action::Ignored { reason: Reason::MoveInProgress };
    let actions = machine.handle(NOW, informational(A, redirect_to(3)));
    assert_eq!(actions, [Action::Acknowledge { slot: A }, ignored]);
    assert_eq!(machine, before);
}

#[test]
fn a_delete_of_the_old_sa_during_the_move_is_not_answered_by_another() {
    let delete = Contents { deletes_ike_sa: true, ..Contents::default() };
    for event in [Event::SaDeleted { slot: A }, informational(A, delete)] {
        let mut machine = moving();
        feed(&mut machine, [event]);
        assert_eq!(machine.kept(), None);
        let mut machine = through_auth(machine, B);
        assert!(machine.handle(NOW, Event::Established { slot: B }).is_empty());
    }
}

#[test]
fn once_the_old_sa_is_gone_a_failure_is_final() {
    let mut machine = moving();
    feed(&mut machine, [Event::SaDeleted { slot: A }]);
    let failed = Action::Failed { reason: Reason::AttemptFailed };
    assert_eq!(machine.handle(NOW, Event::AttemptFailed { slot: B }), [failed]);
}

#[test]
fn a_rekey_of_the_old_sa_changes_nothing() {
    let mut machine = moving();
    let before = machine;
    assert!(machine.handle(NOW, Event::Rekeyed { slot: A }).is_empty());
    assert_eq!(machine, before);
}

#[test]
fn the_old_sa_knows_no_set_up_events() {
    let mut machine = moving();
    let before = machine;
    for event in [Event::Established { slot: A }, Event::AttemptFailed { slot: A }] {
        assert_eq!(machine.handle(NOW, event), ignored(Reason::OutOfTurn));
    }
    let misplaced = Event::MisplacedRedirect { slot: A };
    assert_eq!(machine.handle(NOW, misplaced), ignored(Reason::MisplacedRedirect));
    assert_eq!(machine, before);
}

#[test]
fn on_the_way_the_new_gateway_may_redirect_on() {
    // Mixed phases: INFORMATIONAL, then IKE_SA_INIT. The old IKE SA is still the first one.
    let mut machine = moving();
    let response = redirecting(gw(3).into(), &NI);
    feed(&mut machine, [Event::InitResponse { slot: B, sent: SENT, response }]);
    let provenance = Provenance::Init;
    let redirected = Action::Redirected { from: gw(2), to: gw(3), provenance };
    assert_eq!(permit(&mut machine, 3), [redirected, start(B, 3, Some(2))]);
    assert_eq!(machine.kept(), Some(A));
}

#[test]
fn closing_on_the_way_ends_both() {
    let mut machine = moving();
    let expected = [Action::DropSa { slot: B }, Action::DeleteSa { slot: A }];
    assert_eq!(machine.close(NOW).unwrap(), expected);
    assert_eq!(machine.kept(), None);
}

#[test]
fn after_a_move_the_next_one_uses_the_other_slot() {
    let mut machine = through_auth(moving(), B);
    feed(&mut machine, [Event::Established { slot: B }]);
    feed(&mut machine, [informational(B, redirect_to(3))]);
    let _ = permit(&mut machine, 3);
    assert_eq!((machine.slot(), machine.kept()), (Some(A), Some(B)));
}

#[test]
fn every_redirect_says_what_mobile_ipv6_may_do_with_it() {
    // R3-14, R3-18, R3-19, R3-20, R3-21, R9-3
    let cases = [
        (Provenance::Init, MobileIpv6::LikeUnauthenticatedDiscovery, true, false),
        (Provenance::Auth, MobileIpv6::LikeHomeAgentSwitch, true, true),
        (Provenance::Informational, MobileIpv6::Nothing, false, false),
    ];
    for (provenance, allowed, over_unauthenticated, over_authenticated) in cases {
        assert_eq!(provenance.mobile_ipv6(), allowed);
        assert_eq!(allowed.may_update(false), over_unauthenticated);
        assert_eq!(allowed.may_update(true), over_authenticated);
    }
}

#[test]
fn a_redirect_changes_the_gateway_and_the_record_and_nothing_else() {
    // R3-15, R3-16, R3-17, R9-2, D3-8: there is nothing of PAD, SPD or IDr in the machine to change.
    let mut machine: Initiator = vetting_init();
    let _ = permit(&mut machine, 2);
    assert_eq!(machine.gateway(), Some(gw(2)));
    assert_eq!(machine.loop_limit().followed(NOW), 1);
    assert_eq!(
        (machine.phase(), machine.slot(), machine.kept()),
        (Phase::Connecting, Some(A), None)
    );
}
