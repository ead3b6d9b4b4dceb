//! From the old gateway to the new one.

use ikev2_redirect::Reason;
use ikev2_redirect::auth::PeerAuth;
use ikev2_redirect::initiator::{
    Action, Config, Event, Initiator, MobileIpv6, Moving, Phase, Provenance,
};
use ikev2_redirect::wire::Contents;

use super::support::*;

const SESSION: Provenance = Provenance::Informational;

fn redirected_in_session() -> Action<'static> {
    redirected(1, 2, SESSION)
}

fn one_at_a_time() -> Config {
    Config { moving: Moving::BreakBeforeMake, ..Config::default() }
}

#[test]
fn make_before_break_keeps_the_old_sa_while_the_new_one_comes_up() {
    let mut machine = asked_in_session(Config::default());
    let old = sa(&machine);
    let actions = permit(&mut machine, 2);
    assert_eq!(actions, [redirected_in_session(), start(&machine, 2, Some(1))]);
    assert_eq!(machine.kept(), Some(old));
}

#[test]
fn make_before_break_deletes_the_old_sa_when_the_new_one_is_up() {
    // R5-7
    let mut machine = through_auth(moving());
    let old = kept(&machine);
    assert_eq!(tell(&mut machine, Event::Established), [delete(old)]);
    assert_eq!((machine.phase(), machine.kept()), (Phase::Up, None));
}

#[test]
fn break_before_make_deletes_first() {
    // R5-7: before the next one starts.
    let mut machine = asked_in_session(one_at_a_time());
    let old = sa(&machine);
    let actions = permit(&mut machine, 2);
    assert_eq!(actions, [redirected_in_session(), delete(old), start(&machine, 2, Some(1))]);
}

#[test]
fn break_before_make_has_nothing_to_go_back_to() {
    let mut machine = asked_in_session(one_at_a_time());
    let _ = permit(&mut machine, 2);
    assert_eq!(tell(&mut machine, Event::GivenUp), [failed(Reason::AttemptFailed)]);
}

#[test]
fn if_the_new_gateway_fails_the_old_sa_goes_on() {
    let mut machine = moving();
    let old = kept(&machine);
    assert_eq!(tell(&mut machine, Event::GivenUp), [move_failed(old, Reason::AttemptFailed)]);
    let here = (machine.phase(), machine.sa(), machine.gateway(), machine.kept());
    assert_eq!(here, (Phase::Up, Some(old), Some(gw(1)), None));
}

#[test]
fn if_the_new_gateway_proves_to_be_false_the_old_sa_goes_on() {
    let mut machine = in_auth(moving());
    let (old, new) = (kept(&machine), sa(&machine));
    let actions = round(&mut machine, AUTH, PeerAuth::Failed, redirect_to(3));
    assert_eq!(
        actions,
        [Action::RejectSa { sa: new }, move_failed(old, Reason::GatewayAuthFailed)]
    );
}

#[test]
fn a_redirect_of_the_new_gateway_leaves_the_working_sa_alone_until_another_works() {
    // F02: neither the question nor the refusal nor the failure costs the user the session.
    let mut machine = through_auth(moving());
    let old = kept(&machine);
    let actions = tell(&mut machine, informational(redirect_to(3)));
    assert_eq!(actions, [acknowledge(&machine), vet(&machine, 3, SESSION)]);
    assert_eq!(machine.kept(), Some(old));
    assert_eq!(refuse(&mut machine), [refused(&machine, Reason::PolicyRefused)]);
    let _ = tell(&mut machine, Event::GivenUp);
    assert_eq!((machine.phase(), machine.sa()), (Phase::Up, Some(old)));
}

#[test]
fn a_new_gateway_that_sends_the_client_on_before_it_is_up_is_deleted_and_the_old_one_kept() {
    // F02
    let mut machine = through_auth(moving());
    let (old, new) = (kept(&machine), sa(&machine));
    feed(&mut machine, [informational(redirect_to(3))]);
    let actions = permit(&mut machine, 3);
    assert_eq!(actions, [redirected(2, 3, SESSION), delete(new), start(&machine, 3, Some(2))]);
    assert_eq!(machine.kept(), Some(old));
}

#[test]
fn another_redirect_of_the_old_gateway_is_acknowledged_and_ignored() {
    // R5-4, F03, F24
    let mut machine = moving();
    let (before, old) = (machine, kept(&machine));
    let actions = machine.handle(NOW, old, informational(redirect_to(3)));
    let ignored = Action::Ignored { sa: old, reason: Reason::MoveInProgress };
    assert_eq!(actions, [Action::Acknowledge { sa: old }, ignored]);
    assert_eq!(machine, before);
}

#[test]
fn a_delete_of_the_old_sa_during_the_move_is_not_answered_by_another() {
    let delete = and_delete(Contents::default());
    for event in [Event::Deleted, informational(delete)] {
        let mut machine = moving();
        let old = kept(&machine);
        let _ = machine.handle(NOW, old, event);
        assert_eq!(machine.kept(), None);
        let mut machine = through_auth(machine);
        assert!(tell(&mut machine, Event::Established).is_empty());
    }
}

#[test]
fn once_the_old_sa_is_gone_a_failure_is_final() {
    // F01: also when it is the host that gave it up.
    for event in [Event::Deleted, Event::GivenUp] {
        let mut machine = moving();
        let old = kept(&machine);
        let _ = machine.handle(NOW, old, event);
        assert_eq!(tell(&mut machine, Event::GivenUp), [failed(Reason::AttemptFailed)]);
        assert_eq!(machine.phase(), Phase::Idle);
    }
}

#[test]
fn an_old_sa_that_the_host_gives_up_is_deleted() {
    // F01
    let mut machine = moving();
    let (old, new) = (kept(&machine), sa(&machine));
    assert_eq!(machine.handle(NOW, old, Event::GivenUp), [delete(old)]);
    assert_eq!((machine.kept(), machine.sa()), (None, Some(new)));
}

#[test]
fn the_client_is_never_up_over_what_its_host_has_given_up() {
    // F01, as it was found: redirected over a whole IKE SA before the host called it established.
    let mut machine = through_auth(connecting(Config::default()));
    let first = sa(&machine);
    feed(&mut machine, [informational(redirect_to(2))]);
    let _ = permit(&mut machine, 2);
    let gone = Action::Ignored { sa: first, reason: Reason::UnknownSa };
    assert_eq!(machine.handle(NOW, first, Event::GivenUp), [gone]);
    assert_eq!(tell(&mut machine, Event::GivenUp), [failed(Reason::AttemptFailed)]);
    assert_eq!(machine.phase(), Phase::Idle);
}

#[test]
fn a_rekey_of_the_old_sa_changes_nothing() {
    let mut machine = moving();
    let (before, old) = (machine, kept(&machine));
    assert!(machine.handle(NOW, old, Event::Rekeyed).is_empty());
    assert_eq!(machine, before);
}

#[test]
fn an_old_gateway_that_moves_is_found_again_when_the_new_one_fails() {
    // F10: and the redirect that it sent before named its address of then.
    let mut machine = moving();
    let old = kept(&machine);
    assert!(machine.handle(NOW, old, Event::GatewayMoved { to: gw(9) }).is_empty());
    assert_eq!(machine.init_notifies().unwrap().redirected_from, Some(gw(1)));
    assert_eq!(machine.gateway(), Some(gw(2)));
    feed(&mut machine, [Event::GivenUp]);
    assert_eq!(machine.gateway(), Some(gw(9)));
}

#[test]
fn on_the_way_the_new_gateway_may_redirect_on() {
    // Mixed phases: INFORMATIONAL, then IKE_SA_INIT. The old IKE SA is still the first one.
    let mut machine = moving();
    let (old, second) = (kept(&machine), sa(&machine));
    feed(&mut machine, [init_redirect(3)]);
    let actions = permit(&mut machine, 3);
    let expected =
        [redirected(2, 3, Provenance::Init), drop_sa(second), start(&machine, 3, Some(2))];
    assert_eq!(actions, expected);
    assert_eq!(machine.kept(), Some(old));
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
fn every_redirect_that_is_followed_is_told_with_where_to_and_how_it_came() {
    // R3-14: what Mobile IPv6 has to be told stands in the action.
    for (mut machine, provenance) in [
        (asked_in_init(), Provenance::Init),
        (asked_in_auth(), Provenance::Auth),
        (asked_in_session(Config::default()), Provenance::Informational),
    ] {
        assert_eq!(permit(&mut machine, 2).get(0), Some(redirected(1, 2, provenance)));
    }
}

#[test]
fn a_redirect_changes_the_gateway_and_the_record_and_nothing_else() {
    // R3-15, R3-16, R3-17, R9-2, D3-8: there is nothing of PAD, SPD or IDr in the machine to
    // change.
    let mut machine: Initiator = asked_in_init();
    let settings = *machine.config();
    let _ = permit(&mut machine, 2);
    assert_eq!((machine.gateway(), machine.followed(NOW)), (Some(gw(2)), 1));
    assert_eq!(machine.config(), &settings);
    assert_eq!((machine.phase(), machine.kept(), machine.question()), (Phase::Init, None, None));
}
