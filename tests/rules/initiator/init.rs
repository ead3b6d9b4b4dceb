//! IKE_SA_INIT, and IKE_SESSION_RESUME in its place.

use ikev2_redirect::Reason;
use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{Action, Config, Event, Initiator, Phase, Provenance, SentInit};
use ikev2_redirect::wire::{Contents, InitNotifies, InitResponse, Spi};

use super::support::*;
use crate::compose::ip;
use crate::values::{NO_HOSTS, OPT_IN};

const INIT: Provenance = Provenance::Init;

#[test]
fn the_first_request_announces_support() {
    // R3-1, R7.1-1, D4-1: also towards an anycast address, which is an address like any other.
    let mut machine = client(Config::default());
    let actions = machine.connect(NOW, gw(1)).unwrap();
    assert_eq!(actions, [start(&machine, 1, None)]);
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
    let mut machine = asked_in_init();
    let _ = permit(&mut machine, 2);
    let first = machine.init_notifies();
    assert_eq!(first.unwrap().redirected_from, Some(gw(1)));
    let cookie = InitResponse { accepts: false, ..PLAIN_RESPONSE };
    assert_eq!(tell(&mut machine, init_event(cookie)), [pass_on(&machine)]);
    assert_eq!(machine.init_notifies(), first);
}

#[test]
fn a_redirect_with_the_own_nonce_is_put_to_the_host() {
    // R3-8, R3-11, D3-3
    let mut machine = connecting(Config::default());
    let actions = tell(&mut machine, init_redirect(2));
    assert_eq!(actions, [vet(&machine, 2, INIT)]);
}

#[test]
fn the_next_gateway_gets_another_ni_and_key_than_the_former_one_has_seen() {
    // R3-10: strongSwan sends the same ones again. The machine asks for a new request, and an
    // answer that knows only the old Ni is none.
    const FRESH: SentInit<'static> = SentInit { spi: Spi([3; 8]), nonce: &[9; 32] };
    let mut machine = asked_in_init();
    let actions = permit(&mut machine, 2);
    assert!(actions.iter().any(|action| matches!(action, Action::StartInit { .. })));
    let of_former = InitResponse { initiator_spi: FRESH.spi, ..redirecting(gw(6).into(), &NI) };
    let event = Event::InitResponseReceived { sent: FRESH, response: of_former };
    assert_eq!(tell(&mut machine, event), [ignored(&machine, Reason::NonceMismatch)]);
}

#[test]
fn a_permitted_redirect_starts_over_and_names_the_gateway_that_redirected() {
    // R3-10, R3-12, D3-4
    let mut machine = asked_in_init();
    let left = sa(&machine);
    let actions = permit(&mut machine, 2);
    let expected = [redirected(1, 2, INIT), drop_sa(left), start(&machine, 2, Some(1))];
    assert_eq!(actions, expected);
}

#[test]
fn in_a_chain_the_last_redirecting_gateway_is_named() {
    // R3-12, D3-5: A to B to C names B.
    let mut machine = asked_in_init();
    let _ = permit(&mut machine, 2);
    feed(&mut machine, [init_redirect(3)]);
    let _ = permit(&mut machine, 3);
    assert_eq!(machine.init_notifies().unwrap().redirected_from, Some(gw(2)));
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
        let actions = unchanged_by(&machine, init_event(redirecting(gw(6).into(), nonce)));
        assert_eq!(actions, [ignored(&machine, Reason::NonceMismatch)]);
        feed(&mut machine, [init_redirect(2)]);
        assert!(machine.question().is_some());
    }
}

#[test]
fn a_forged_nonce_beside_sa_and_ke_makes_the_whole_message_worthless() {
    let mut machine = connecting(Config::default());
    let forged = InitResponse { accepts: true, ..redirecting(gw(6).into(), &[8; 32]) };
    let actions = tell(&mut machine, init_event(forged));
    assert_eq!(actions, [ignored(&machine, Reason::NonceMismatch)]);
}

#[test]
fn a_valid_redirect_beside_sa_and_ke_wins() {
    // R3-6: no IKE SA comes of it.
    let mut machine = connecting(Config::default());
    let both = InitResponse { accepts: true, ..redirecting(gw(2).into(), &NI) };
    let actions = tell(&mut machine, init_event(both));
    assert_eq!(actions, [vet(&machine, 2, INIT)]);
}

#[test]
fn a_refused_redirect_beside_sa_and_ke_is_not_passed_on() {
    // H14: a valid REDIRECT wins, also when its target is refused.
    let mut machine = connecting(Config::default());
    let both = InitResponse { accepts: true, ..redirecting(gw(1).into(), &NI) };
    let actions = tell(&mut machine, init_event(both));
    assert_eq!(actions, [refused(&machine, Reason::SelfRedirect)]);
}

#[test]
fn a_malformed_or_contradictory_redirect_is_ignored_with_its_reason() {
    for reason in [Reason::NonceAbsent, Reason::GatewayLength, Reason::ConflictingNotifies] {
        let machine = connecting(Config::default());
        let response = InitResponse { redirect: Some(Err(reason)), ..PLAIN_RESPONSE };
        let actions = unchanged_by(&machine, init_event(response));
        assert_eq!(actions, [ignored(&machine, reason)]);
    }
}

#[test]
fn an_answer_to_an_earlier_request_is_ignored() {
    let mut machine = connecting(Config::default());
    let response = redirecting(gw(2).into(), &NI);
    let sent = SentInit { spi: Spi([9; 8]), ..SENT };
    let late = Event::InitResponseReceived { sent, response };
    assert_eq!(tell(&mut machine, late), [ignored(&machine, Reason::WrongInitiatorSpi)]);
}

#[test]
fn a_responder_spi_in_a_redirect_is_tolerated_and_reported() {
    // R3-7
    let mut machine = connecting(Config::default());
    let response = InitResponse { responder_spi: Spi([2; 8]), ..redirecting(gw(2).into(), &NI) };
    let actions = tell(&mut machine, init_event(response));
    let tolerated = Action::Tolerated { sa: sa(&machine), reason: Reason::NonzeroResponderSpi };
    assert_eq!(actions, [tolerated, vet(&machine, 2, INIT)]);
}

#[test]
fn while_the_host_is_asked_other_responses_are_ignored() {
    let machine = asked_in_init();
    for event in [init_redirect(3), init_event(PLAIN_RESPONSE)] {
        assert_eq!(unchanged_by(&machine, event), [ignored(&machine, Reason::QuestionOpen)]);
    }
}

#[test]
fn a_response_that_was_passed_on_before_the_redirect_came_is_the_first() {
    // The host computes keys while a duplicate, or an attacker on the path, redirects.
    let mut machine = connecting(Config::default());
    assert_eq!(tell(&mut machine, init_event(PLAIN_RESPONSE)), [pass_on(&machine)]);
    feed(&mut machine, [init_redirect(6)]);
    let question = question(&machine);
    assert_eq!(tell(&mut machine, KEYS), [Action::AbandonVet { question }]);
    assert_eq!((machine.phase(), machine.question()), (Phase::Auth, None));
}

#[test]
fn keys_end_the_question_of_the_address_before_too() {
    // What an unauthenticated gateway said does not count once there are keys, nor after a retry.
    let mut machine = connecting(Config::default());
    feed(&mut machine, [init_redirect(6)]);
    let question = question(&machine);
    let _ = machine.retry(NOW, gw(2)).unwrap();
    assert_eq!(tell(&mut machine, KEYS), [Action::AbandonVet { question }]);
}

#[test]
fn after_a_refusal_the_client_keeps_waiting() {
    // R3-11
    let mut machine = asked_in_init();
    assert_eq!(refuse(&mut machine), [refused(&machine, Reason::PolicyRefused)]);
    assert_eq!((machine.phase(), machine.question()), (Phase::Init, None));
    assert_eq!(tell(&mut machine, init_event(PLAIN_RESPONSE)), [pass_on(&machine)]);
}

#[test]
fn a_refused_redirect_that_comes_again_names_the_same_attempt_and_target() {
    // F13: a host that remembers its verdict knows it by these, and need not ask DNS again.
    let mut machine = asked_in_init();
    let (first, attempt) = (question(&machine), sa(&machine));
    let _ = refuse(&mut machine);
    let actions = tell(&mut machine, init_redirect(2));
    assert_eq!(actions, [vet(&machine, 2, INIT)]);
    assert_eq!(sa(&machine), attempt);
    assert_ne!(question(&machine), first);
}

#[test]
fn a_verdict_that_takes_too_long_counts_as_a_refusal() {
    let mut machine = asked_in_init();
    let (question, due) = (question(&machine), machine.next_deadline().unwrap().at);
    let actions = machine.timeout(due);
    let expected = [Action::AbandonVet { question }, refused(&machine, Reason::VetTimeout)];
    assert_eq!(actions, expected);
    assert_eq!(machine.phase(), Phase::Init);
}

#[test]
fn an_early_time_out_does_nothing() {
    let mut machine = asked_in_init();
    let before = machine;
    let due = machine.next_deadline().unwrap().at.as_millis();
    assert!(machine.timeout(at(due - 1)).is_empty());
    assert_eq!(machine, before);
}

#[test]
fn a_redirect_to_the_address_that_was_asked_is_refused() {
    let mut machine = connecting(Config::default());
    let actions = tell(&mut machine, init_redirect(1));
    assert_eq!(actions, [refused(&machine, Reason::SelfRedirect)]);
    assert_eq!(machine.phase(), Phase::Init);
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
    // A client that was sent away may ask there again.
    let _ = machine.close(NOW).unwrap();
    let actions = machine.connect(NOW, anycast).unwrap();
    assert!(matches!(actions.get(0), Some(Action::StartInit { to, .. }) if to == anycast));
}

#[test]
fn targets_that_nobody_can_reach_are_refused_before_anybody_is_asked() {
    // F22
    for (target, reason) in NO_HOSTS.into_iter().chain(OPT_IN) {
        let mut machine = connecting(Config::default());
        let redirect = redirecting(ip(target).into(), &NI);
        let actions = tell(&mut machine, init_event(redirect));
        assert_eq!(actions, [refused(&machine, reason)], "{target}");
        assert_eq!(machine.phase(), Phase::Init);
    }
}

#[test]
fn with_redirects_off_a_redirect_does_not_kill_the_attempt() {
    // strongSwan ends the attempt here.
    let mut machine = connecting(redirects_off());
    let actions = unchanged_by(&machine, init_redirect(2));
    assert_eq!(actions, [ignored(&machine, Reason::RedirectsOff)]);
    assert_eq!(tell(&mut machine, init_event(PLAIN_RESPONSE)), [pass_on(&machine)]);
}

#[test]
fn with_redirects_off_a_redirect_beside_sa_and_ke_does_not_count() {
    let mut machine = connecting(redirects_off());
    let both = InitResponse { accepts: true, ..redirecting(gw(2).into(), &NI) };
    let actions = tell(&mut machine, init_event(both));
    assert_eq!(actions, [ignored(&machine, Reason::RedirectsOff), pass_on(&machine)]);
}

#[test]
fn with_redirects_off_a_malformed_redirect_beside_sa_and_ke_does_not_kill_the_attempt() {
    // H14
    let mut machine = connecting(redirects_off());
    let redirect = Some(Err(Reason::GatewayLength));
    let both = InitResponse { redirect, accepts: true, ..PLAIN_RESPONSE };
    let actions = tell(&mut machine, init_event(both));
    assert_eq!(actions, [ignored(&machine, Reason::RedirectsOff), pass_on(&machine)]);
}

fn resuming(follow_on_resumption: bool) -> (Initiator, Event<'static, 'static>) {
    let machine = connecting(Config { follow_on_resumption, ..Config::default() });
    let response = InitResponse { resumption: true, ..redirecting(gw(2).into(), &NI) };
    (machine, init_event(response))
}

#[test]
fn a_resumption_is_not_redirected_unless_the_user_wants_it() {
    // F14
    let (mut machine, response) = resuming(false);
    let actions = tell(&mut machine, response);
    assert_eq!(actions, [ignored(&machine, Reason::ResumptionOff)]);
}

#[test]
fn a_resumption_is_redirected_if_the_user_wants_it() {
    // F14
    let (mut machine, response) = resuming(true);
    let actions = tell(&mut machine, response);
    assert_eq!(actions, [vet(&machine, 2, INIT)]);
}

#[test]
fn after_a_redirect_the_exchange_goes_on_as_with_any_gateway() {
    // R3-13
    let mut usual = client(Config::default());
    let _ = usual.connect(NOW, gw(2)).unwrap();
    let mut redirected = asked_in_init();
    let _ = permit(&mut redirected, 2);
    let verified = with_auth(Contents { another_auth_follows: true, ..Contents::default() });
    let both = AuthMessage { multiple_auth_supported: true, ..AUTH };
    for event in [
        init_event(PLAIN_RESPONSE),
        Event::InitCompleted { multiple_auth_offered: true },
        Event::AuthRequestSent { sent: both },
        auth_response(PeerAuth::Verified, verified),
        Event::AuthRequestSent { sent: NOTHING },
        auth_response(PeerAuth::Verified, with_auth(Contents::default())),
        Event::Established,
        informational(redirect_to(3)),
    ] {
        // They name the IKE SA, and the question, by different numbers.
        usual.renumber(1);
        redirected.renumber(1);
        assert_eq!(tell(&mut usual, event), tell(&mut redirected, event));
        assert_eq!((usual.phase(), usual.gateway()), (redirected.phase(), redirected.gateway()));
    }
    assert_eq!((redirected.phase(), redirected.gateway()), (Phase::Up, Some(gw(2))));
}

#[test]
fn the_nonce_of_the_request_may_live_shorter_than_the_actions() {
    // F25: with one lifetime for both this does not compile, and no host that keeps its nonce
    // beside its machine could carry the actions out.
    struct Host {
        ni: Vec<u8>,
        machine: Initiator,
        carried_out: usize,
    }
    impl Host {
        fn act(&mut self, action: Action<'_>) {
            self.ni.clear();
            self.carried_out += usize::from(matches!(action, Action::Vet { .. }));
        }
    }
    let mut host = Host { ni: NI.to_vec(), machine: connecting(Config::default()), carried_out: 0 };
    let response = redirecting(name(), &NI);
    let sent = SentInit { spi: SPI, nonce: &host.ni };
    let attempt = sa(&host.machine);
    let event = Event::InitResponseReceived { sent, response };
    for action in host.machine.handle(NOW, attempt, event) {
        host.act(action);
    }
    assert_eq!(host.carried_out, 1);
}
