//! IKE_SA_INIT.

use ikev2_redirect::initiator::{
    Action, Config, Event, Phase, Provenance, Refusal, SentInit, Slot,
};
use ikev2_redirect::wire::{InitNotifies, InitResponse, Spi};
use ikev2_redirect::{Fqdn, Reason, Target};

use super::support::*;

#[test]
fn the_first_request_announces_support() {
    // R3-1, R7.1-1, D4-1: also towards an anycast address, which is an address like any other.
    let mut machine = client(Config::default());
    let actions = machine.connect(NOW, gw(1)).unwrap();
    assert_eq!(actions, [start(Slot::A, 1, None)]);
}

#[test]
fn a_client_with_redirects_off_announces_nothing() {
    let machine = connecting(redirects_off());
    let nothing = InitNotifies { redirect_supported: false, redirected_from: None };
    assert_eq!(machine.init_notifies(), Some(nothing));
}

#[test]
fn a_retry_repeats_the_notifies_of_its_attempt() {
    // R7.3-1: with a cookie, with another group.
    let mut machine = vetting_init();
    let _ = permit(&mut machine, 2);
    let first = machine.init_notifies();
    assert_eq!(first.unwrap().redirected_from, Some(gw(1)));
    let cookie = InitResponse { accepts: false, ..PLAIN_RESPONSE };
    assert_eq!(machine.handle(NOW, init_event(cookie)), [Action::PassOn]);
    assert_eq!(machine.init_notifies(), first);
}

#[test]
fn a_redirect_with_the_own_nonce_is_put_to_the_host() {
    // R3-8, R3-11, D3-3
    let mut machine = connecting(Config::default());
    let actions = machine.handle(NOW, init_redirect(2));
    let vet = Action::Vet { target: gw(2).into(), provenance: Provenance::Init };
    assert_eq!(actions, [vet]);
}

#[test]
fn the_next_gateway_gets_another_ni_and_key_than_the_former_one_has_seen() {
    // R3-10: strongSwan sends the same ones again. The machine asks for a new request, and an
    // answer that knows only the old Ni is none.
    const FRESH: SentInit<'static> = SentInit { spi: Spi([3; 8]), nonce: &[9; 32] };
    let mut machine = vetting_init();
    let actions = permit(&mut machine, 2);
    assert!(actions.iter().any(|action| matches!(action, Action::StartInit { .. })));
    let of_former = InitResponse { initiator_spi: FRESH.spi, ..redirecting(gw(6).into(), &NI) };
    let event = Event::InitResponse { slot: Slot::A, sent: FRESH, response: of_former };
    assert_eq!(machine.handle(NOW, event), ignored(Reason::NonceMismatch));
}

#[test]
fn a_permitted_redirect_starts_over_and_names_the_gateway_that_redirected() {
    // R3-10, R3-12, D3-4
    let mut machine = vetting_init();
    let redirected = Action::Redirected { from: gw(1), to: gw(2), provenance: Provenance::Init };
    assert_eq!(permit(&mut machine, 2), [redirected, start(Slot::A, 2, Some(1))]);
}

#[test]
fn in_a_chain_the_last_redirecting_gateway_is_named() {
    // R3-12, D3-5: A to B to C names B.
    let mut machine = vetting_init();
    let _ = permit(&mut machine, 2);
    feed(&mut machine, [init_redirect(3)]);
    let redirected = Action::Redirected { from: gw(2), to: gw(3), provenance: Provenance::Init };
    assert_eq!(permit(&mut machine, 3), [redirected, start(Slot::A, 3, Some(2))]);
}

#[test]
fn support_need_not_be_announced_again() {
    // D3-6
    let mut machine = client(Config { announce_again: false, ..Config::default() });
    let _ = machine.connect(NOW, gw(1)).unwrap();
    assert!(machine.init_notifies().unwrap().redirect_supported);
    feed(&mut machine, [init_redirect(2)]);
    let _ = permit(&mut machine, 2);
    assert!(!machine.init_notifies().unwrap().redirect_supported);
}

/// Nonces that an attacker who has not seen the request could send.
const FORGED: [&[u8]; 4] = [&[8; 32], &[7; 31], &[7; 33], &[7; 16]];

#[test]
fn a_forged_nonce_changes_nothing_and_a_good_response_still_counts() {
    // R3-8, R3-9: another one, shorter, longer, a prefix.
    for nonce in FORGED {
        let mut machine = connecting(Config::default());
        let before = machine;
        let actions = machine.handle(NOW, init_event(redirecting(gw(6).into(), nonce)));
        assert_eq!(actions, ignored(Reason::NonceMismatch));
        assert_eq!(machine, before);
        feed(&mut machine, [init_redirect(2)]);
        assert_eq!(machine.phase(), Phase::VettingInit);
    }
}

#[test]
fn a_forged_nonce_beside_sa_and_ke_makes_the_whole_message_worthless() {
    let mut machine = connecting(Config::default());
    let forged = InitResponse { accepts: true, ..redirecting(gw(6).into(), &[8; 32]) };
    assert_eq!(machine.handle(NOW, init_event(forged)), ignored(Reason::NonceMismatch));
}

#[test]
fn a_valid_redirect_beside_sa_and_ke_wins() {
    // R3-6: no IKE SA comes of it.
    let mut machine = connecting(Config::default());
    let both = InitResponse { accepts: true, ..redirecting(gw(2).into(), &NI) };
    let actions = machine.handle(NOW, init_event(both));
    assert!(!actions.iter().any(|action| action == Action::PassOn));
    assert_eq!(machine.phase(), Phase::VettingInit);
}

#[test]
fn a_malformed_or_contradictory_redirect_is_ignored_with_its_reason() {
    for reason in [Reason::NonceAbsent, Reason::GatewayLength, Reason::ConflictingNotifies] {
        let mut machine = connecting(Config::default());
        let before = machine;
        let response = InitResponse { redirect: Some(Err(reason)), ..PLAIN_RESPONSE };
        assert_eq!(machine.handle(NOW, init_event(response)), ignored(reason));
        assert_eq!(machine, before);
    }
}

#[test]
fn an_answer_to_an_earlier_request_is_ignored() {
    let mut machine = connecting(Config::default());
    let response = redirecting(gw(2).into(), &NI);
    let sent = SentInit { spi: Spi([9; 8]), ..SENT };
    let late = Event::InitResponse { slot: Slot::A, sent, response };
    assert_eq!(machine.handle(NOW, late), ignored(Reason::WrongInitiatorSpi));
}

#[test]
fn a_responder_spi_in_a_redirect_is_tolerated_and_reported() {
    // R3-7
    let mut machine = connecting(Config::default());
    let response = InitResponse { responder_spi: Spi([2; 8]), ..redirecting(gw(2).into(), &NI) };
    let tolerated = Action::Tolerated { reason: Reason::NonzeroResponderSpi };
    let vet = Action::Vet { target: gw(2).into(), provenance: Provenance::Init };
    assert_eq!(machine.handle(NOW, init_event(response)), [tolerated, vet]);
}

#[test]
fn while_one_target_is_vetted_other_responses_are_ignored() {
    let mut machine = vetting_init();
    let before = machine;
    for event in [init_redirect(3), init_event(PLAIN_RESPONSE)] {
        assert_eq!(machine.handle(NOW, event), ignored(Reason::QuestionOpen));
    }
    assert_eq!(machine, before);
}

#[test]
fn a_response_that_was_passed_on_before_the_redirect_came_is_the_first() {
    // The host computes keys while a duplicate, or an attacker on the path, redirects.
    let mut machine = connecting(Config::default());
    assert_eq!(machine.handle(NOW, init_event(PLAIN_RESPONSE)), [Action::PassOn]);
    feed(&mut machine, [init_redirect(6)]);
    let done = Event::InitCompleted { slot: Slot::A, multiple_auth_offered: false };
    assert_eq!(machine.handle(NOW, done), [Action::AbandonVet]);
    assert_eq!(machine, in_auth(connecting(Config::default()), Slot::A));
}

#[test]
fn an_attempt_that_was_given_up_cannot_be_completed() {
    let mut machine = vetting_init();
    feed(&mut machine, [Event::AttemptFailed { slot: Slot::A }]);
    let done = Event::InitCompleted { slot: Slot::A, multiple_auth_offered: false };
    assert_eq!(machine.handle(NOW, done), ignored(Reason::QuestionOpen));
}

#[test]
fn after_a_refusal_the_client_keeps_waiting() {
    // R3-11
    let mut machine = vetting_init();
    assert_eq!(refuse(&mut machine), [Action::Refused { reason: Reason::PolicyRefused }]);
    assert_eq!(machine, connecting(Config::default()));
    assert_eq!(machine.handle(NOW, init_event(PLAIN_RESPONSE)), [Action::PassOn]);
}

#[test]
fn a_name_that_does_not_resolve_is_refused_with_that_reason() {
    let mut machine = vetting_init();
    let actions = machine.refuse(NOW, Refusal::Unresolvable).unwrap();
    assert_eq!(actions, [Action::Refused { reason: Reason::Unresolvable }]);
}

#[test]
fn a_verdict_that_takes_too_long_counts_as_a_refusal() {
    let mut machine = vetting_init();
    let due = machine.next_deadline().unwrap().at;
    let refused = Action::Refused { reason: Reason::VetTimeout };
    assert_eq!(machine.handle(due, Event::Timeout), [Action::AbandonVet, refused]);
    assert_eq!(machine.phase(), Phase::Connecting);
}

#[test]
fn an_early_time_out_does_nothing() {
    let mut machine = vetting_init();
    let before = machine;
    let due = machine.next_deadline().unwrap().at.as_millis();
    assert!(machine.handle(at(due - 1), Event::Timeout).is_empty());
    assert_eq!(machine, before);
}

#[test]
fn a_refusal_after_the_host_has_given_up_ends_the_connection() {
    let mut machine = vetting_init();
    feed(&mut machine, [Event::AttemptFailed { slot: Slot::A }]);
    let reason = Reason::PolicyRefused;
    assert_eq!(refuse(&mut machine), [Action::Refused { reason }, Action::Failed { reason }]);
    assert_eq!(machine.phase(), Phase::Idle);
}

#[test]
fn a_permit_after_the_host_has_given_up_still_counts() {
    let mut machine = vetting_init();
    feed(&mut machine, [Event::AttemptFailed { slot: Slot::A }]);
    let _ = permit(&mut machine, 2);
    assert_eq!(machine.phase(), Phase::Connecting);
}

#[test]
fn a_name_reaches_the_host_as_it_came_and_is_followed_by_address() {
    // R7.2-2: the name itself is never stored.
    let mut machine = connecting(Config::default());
    let name = Target::Fqdn(Fqdn::new("gw2.example.com").unwrap());
    let actions = machine.handle(NOW, init_event(redirecting(name, &NI)));
    assert_eq!(actions, [Action::Vet { target: name, provenance: Provenance::Init }]);
    let _ = permit(&mut machine, 2);
    assert_eq!(machine.gateway(), Some(gw(2)));
}

#[test]
fn a_redirect_to_the_address_that_was_asked_is_refused() {
    let mut machine = connecting(Config::default());
    let actions = machine.handle(NOW, init_redirect(1));
    assert_eq!(actions, [Action::Refused { reason: Reason::SelfRedirect }]);
    assert_eq!(machine.phase(), Phase::Connecting);
}

#[test]
fn a_name_that_resolves_to_the_address_that_was_asked_is_refused() {
    let mut machine = vetting_init();
    assert_eq!(permit(&mut machine, 1), [Action::Refused { reason: Reason::SelfRedirect }]);
    assert_eq!(machine.phase(), Phase::Connecting);
}

#[test]
fn from_an_anycast_address_the_same_gateways_unicast_address_is_followed() {
    // R4-1, R4-4, D9.3-1: another address, and REDIRECTED_FROM names the anycast one.
    let anycast = "203.0.113.1".parse().unwrap();
    let mut machine = client(Config::default());
    let _ = machine.connect(NOW, anycast).unwrap();
    feed(&mut machine, [init_redirect(2)]);
    let _ = permit(&mut machine, 2);
    assert_eq!(machine.init_notifies().unwrap().redirected_from, Some(anycast));
}

#[test]
fn targets_that_nobody_can_reach_are_refused_before_anybody_is_asked() {
    let cases = [
        ("0.0.0.0", Reason::UnspecifiedTarget),
        ("224.0.0.1", Reason::MulticastTarget),
        ("255.255.255.255", Reason::BroadcastTarget),
        ("::ffff:192.0.2.2", Reason::MappedTarget),
        ("127.0.0.1", Reason::LoopbackTarget),
        ("fe80::1", Reason::LinkLocalTarget),
    ];
    for (target, reason) in cases {
        let mut machine = connecting(Config::default());
        let target = target.parse::<std::net::IpAddr>().unwrap();
        let actions = machine.handle(NOW, init_event(redirecting(target.into(), &NI)));
        assert_eq!(actions, [Action::Refused { reason }], "{target}");
        assert_eq!(machine.phase(), Phase::Connecting);
    }
}

#[test]
fn a_name_that_resolves_to_an_unusable_address_is_refused() {
    let mut machine = vetting_init();
    let actions = machine.permit(NOW, "127.0.0.1".parse().unwrap()).unwrap();
    assert_eq!(actions, [Action::Refused { reason: Reason::LoopbackTarget }]);
}

#[test]
fn with_redirects_off_a_redirect_does_not_kill_the_attempt() {
    // strongSwan ends the attempt here.
    let mut machine = connecting(redirects_off());
    let before = machine;
    assert_eq!(machine.handle(NOW, init_redirect(2)), ignored(Reason::RedirectsOff));
    assert_eq!(machine, before);
    assert_eq!(machine.handle(NOW, init_event(PLAIN_RESPONSE)), [Action::PassOn]);
}

#[test]
fn with_redirects_off_a_redirect_beside_sa_and_ke_does_not_count() {
    let mut machine = connecting(redirects_off());
    let both = InitResponse { accepts: true, ..redirecting(gw(2).into(), &NI) };
    let off = Action::Ignored { reason: Reason::RedirectsOff };
    assert_eq!(machine.handle(NOW, init_event(both)), [off, Action::PassOn]);
}

#[test]
fn after_a_redirect_the_exchange_goes_on_as_with_any_gateway() {
    // R3-13
    let mut machine = vetting_init();
    let _ = permit(&mut machine, 2);
    let mut machine = through_auth(machine, Slot::A);
    feed(&mut machine, [Event::Established { slot: Slot::A }]);
    assert_eq!((machine.phase(), machine.gateway()), (Phase::Established, Some(gw(2))));
}
