//! Targets that are names: the host resolves them.

use ikev2_redirect::initiator::{Action, Config, Initiator, Phase, Provenance, Refusal};
use ikev2_redirect::{Misuse, Reason};

use super::support::*;

/// Gateway 1 sends the client to a name in IKE_SA_INIT.
fn asked_for_a_name() -> Initiator {
    let mut machine = connecting(Config::default());
    feed(&mut machine, [init_redirect_to_name()]);
    machine
}

/// And its first address is gateway 2.
fn at_the_first_address() -> Initiator {
    let mut machine = asked_for_a_name();
    let _ = permit(&mut machine, 2);
    machine
}

#[test]
fn a_name_reaches_the_host_as_it_came_and_is_followed_by_address() {
    // R7.2-2: the name itself is never stored.
    let mut machine = connecting(Config::default());
    let actions = tell(&mut machine, init_redirect_to_name());
    let (question, sa) = (question(&machine), sa(&machine));
    let provenance = Provenance::Init;
    assert_eq!(actions, [Action::Vet { question, sa, target: name(), provenance }]);
    let _ = permit(&mut machine, 2);
    assert_eq!(machine.gateway(), Some(gw(2)));
}

#[test]
fn a_name_that_does_not_resolve_is_refused_with_that_reason() {
    let mut machine = asked_for_a_name();
    let actions = machine.refuse(NOW, question(&machine), Refusal::Unresolvable).unwrap();
    assert_eq!(actions, [refused(&machine, Reason::Unresolvable)]);
}

#[test]
fn a_name_that_resolves_to_the_address_that_was_asked_is_refused() {
    let mut machine = asked_for_a_name();
    assert_eq!(permit(&mut machine, 1), [refused(&machine, Reason::SelfRedirect)]);
    assert_eq!((machine.phase(), machine.question()), (Phase::Init, None));
}

#[test]
fn a_name_that_resolves_to_an_unusable_address_is_refused() {
    let mut machine = asked_for_a_name();
    let actions = machine.permit(NOW, question(&machine), "127.0.0.1".parse().unwrap()).unwrap();
    assert_eq!(actions, [refused(&machine, Reason::LoopbackTarget)]);
}

#[test]
fn another_address_of_the_name_is_told_the_same_redirected_from_and_does_not_count() {
    // F09
    let mut machine = at_the_first_address();
    let left = sa(&machine);
    let actions = machine.retry(NOW, gw(3)).unwrap();
    assert_eq!(actions, [drop_sa(left), start(&machine, 3, Some(1))]);
    assert_eq!(machine.followed(NOW), 1);
}

#[test]
fn another_address_keeps_what_make_before_break_keeps() {
    // F09
    let mut machine = established(Config::default());
    let old = sa(&machine);
    feed(&mut machine, [informational(redirect(name()))]);
    let _ = permit(&mut machine, 2);
    let left = sa(&machine);
    let actions = machine.retry(NOW, gw(3)).unwrap();
    assert_eq!(actions, [drop_sa(left), start(&machine, 3, Some(1))]);
    assert_eq!(machine.kept(), Some(old));
}

#[test]
fn another_address_is_tried_when_only_the_child_sa_failed_and_the_ike_sa_is_deleted() {
    let mut machine = through_auth(at_the_first_address());
    let left = sa(&machine);
    let actions = machine.retry(NOW, gw(3)).unwrap();
    assert_eq!(actions, [delete(left), start(&machine, 3, Some(1))]);
}

#[test]
fn a_target_that_was_an_address_has_no_other() {
    let mut machine = asked_in_init();
    let _ = permit(&mut machine, 2);
    let before = machine;
    assert_eq!(machine.retry(NOW, gw(3)), Err(Misuse::LiteralTarget));
    assert_eq!(machine, before);
}

#[test]
fn no_address_of_the_name_may_lead_back_to_the_gateway_that_gave_it() {
    let mut machine = at_the_first_address();
    let before = machine;
    assert_eq!(machine.retry(NOW, gw(1)), Err(Misuse::UnusableAddress));
    assert_eq!(machine, before);
}

#[test]
fn the_users_own_name_may_have_other_addresses_too() {
    let mut machine = connecting(Config::default());
    let left = sa(&machine);
    let actions = machine.retry(NOW, gw(2)).unwrap();
    assert_eq!(actions, [drop_sa(left), start(&machine, 2, None)]);
}

#[test]
fn what_is_up_has_nothing_to_retry() {
    let mut machine = established(Config::default());
    assert_eq!(machine.retry(NOW, gw(2)), Err(Misuse::NothingToRetry));
}

#[test]
fn an_address_that_was_refused_leaves_the_gateway_of_ike_auth() {
    // An unfit address is the peer's doing, so that it is a refusal and no misuse.
    let mut machine = authenticating();
    let _ = round(&mut machine, AUTH, VERIFIED, with_auth(redirect(name())));
    let left = sa(&machine);
    let reason = Reason::SelfRedirect;
    let expected = [Action::Refused { sa: left, reason }, delete(left), failed(reason)];
    assert_eq!(permit(&mut machine, 1), expected);
}
