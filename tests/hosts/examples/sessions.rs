//! The one host over a bad network and in sessions that are up: what redirects need of its client
//! and its gateway, as far as neither the tour nor the interoperability matrix shows it.

use ikev2_redirect::initiator::{Config, Moving};
use ikev2_redirect::responder::{self, Retransmission};
use ikev2_redirect::wire::ExchangeType;

use super::host::payloads::Chain;
use super::host::{Allowed, Faults, Policy, Settings, When};
use super::net::{A, B, C, D, Net, Weather};
use super::parties::{redirect, serve, settings};
use super::stand_ins::account;

// --- forgeries and a bad network ---

#[test]
fn a_forged_nonce_is_ignored_and_the_right_one_still_counts() {
    for (forged_nonces, ends_at) in [(1, Some(B)), (u32::MAX, None)] {
        let faults = Faults { forged_nonces, ..Faults::default() };
        let forger = Policy { faults, ..redirect(A, When::Init, B) };
        let net = Net::new(settings(), [forger, serve(B)]).connected(A);
        net.client_reports(&["ignored reason=nonce-mismatch"]);
        assert_eq!(net.client.connected_to(), ends_at);
    }
}

#[test]
fn whichever_message_is_lost_is_sent_again() {
    for number in 0..8 {
        let mut net = Net::new(settings(), [redirect(A, When::Last, B), serve(B)]);
        net.weather.lost = Some(number);
        let net = net.connected(A);
        assert!(net.sent.len() > number);
        assert_eq!(net.client.connected_to(), Some(B), "message {number} lost");
        assert_eq!(net.gateways[0].1.session_count(), 0, "message {number} lost");
        assert_eq!(net.gateways[1].1.session_count(), 1, "message {number} lost");
    }
}

#[test]
fn whoever_retransmits_a_lost_redirect_comes_through() {
    for retransmission in [BY_MACHINE, Retransmission::BY_HOST] {
        let sessions = responder::Config { retransmission, ..responder::Config::default() };
        let gateway = Policy { sessions, ..redirect(A, When::Active(50), B) };
        let mut net = Net::new(settings(), [gateway, serve(B)]);
        net.weather = losing(false, false, 1);
        let net = net.connected(A);
        net.gateway_reports(0, &["redirect-sent", "redirect-sent again=yes", "acknowledged"]);
        assert_eq!(net.client.connected_to(), Some(B));
    }
}

#[test]
fn a_redirect_that_nobody_answers_is_given_up_by_whoever_retransmits() {
    for retransmission in [BY_MACHINE, Retransmission::BY_HOST] {
        let sessions = responder::Config { retransmission, ..responder::Config::default() };
        let gateway = Policy { sessions, ..redirect(A, When::Active(50), B) };
        let mut net = Net::new(settings(), [gateway]);
        net.weather = losing(false, false, 99);
        let net = net.connected(A);
        net.gateway_reports(0, &["redirect-sent again=yes", "failed reason=no-answer"]);
        assert_eq!(net.gateways[0].1.session_count(), 0);
        assert_eq!(net.count("acknowledged"), 0);
    }
}

#[test]
fn a_lost_acknowledgement_is_repeated_and_the_machine_hears_of_it_once() {
    let client = Settings { allowed: Allowed::Only(vec![A]), ..settings() };
    let mut net = Net::new(client, [redirect(A, When::Active(50), B)]);
    net.weather = losing(true, true, 1);
    let net = net.connected(A);
    net.gateway_reports(0, &["redirect-sent", "redirect-sent again=yes", "acknowledged"]);
    assert_eq!(net.count("acknowledged peer=192.0.2.2"), 1);
    assert_eq!(net.count("refused reason=policy-refused"), 1);
}

#[test]
fn without_an_acknowledgement_the_delete_will_do() {
    let mut net = Net::new(breaking(), [redirect(A, When::Active(50), B), serve(B)]);
    net.weather = losing(true, true, 99);
    let net = net.connected(A);
    net.client_reports(&["acknowledged", "redirected", "deleted by=us", "established"]);
    net.gateway_reports(0, &["redirect-sent", "client-left"]);
}

#[test]
fn what_comes_late_and_twice_is_followed_once() {
    let eap = |mut policy: Policy| {
        policy.common.eap = Some(account());
        policy
    };
    let mut client = settings();
    client.common.eap = Some(account());
    let gateways = [eap(redirect(A, When::Active(50), B)), eap(serve(B))];
    let mut net = Net::new(client, gateways);
    net.weather = Weather { twice: true, delay: 200, ..Weather::default() };
    let net = net.connected(A);
    assert_eq!(net.client.connected_to(), Some(B));
    assert_eq!(net.count("redirected"), 1);
    net.gateway_reports(0, &["acknowledged", "client-left"]);
}

// --- sessions ---

#[test]
fn a_chain_over_three_phases_stays_on_the_port_for_nats() {
    let client = Settings { start_on_nat_port: true, ..settings() };
    let gateways = [
        redirect(A, When::Init, B),
        redirect(B, When::Last, C),
        redirect(C, When::Active(50), D),
        serve(D),
    ];
    let net = Net::new(client, gateways).connected(A);
    net.client_reports(&[
        "redirected phase=init count=1",
        "redirected phase=auth count=2",
        "init-sent to=192.0.2.4 redirected-from=192.0.2.3",
        "redirected phase=active count=3",
        "established peer=192.0.2.5",
    ]);
    assert!(net.sent.iter().all(|path| path.remote.port() == 4500));
}

/// The REDIRECT is lost with the IKE SA that it was sent in; the machine sends it again.
#[test]
fn a_redirect_that_a_rekey_overtakes_is_followed() {
    for by_client in [true, false] {
        let (mut client, mut gateway) = (settings(), redirect(A, When::Active(50), B));
        let common = if by_client { &mut client.common } else { &mut gateway.common };
        common.rekey_after = Some(if by_client { 100 } else { 40 });
        let mut net = Net::new(client, [gateway, serve(B)]);
        net.weather = Weather { delay: 20, ..losing(false, false, u32::from(by_client)) };
        let net = net.connected(A);
        net.gateway_reports(0, &["rekeyed", "acknowledged", "client-left"]);
        assert_eq!(net.client.connected_to(), Some(B));
        assert_eq!(net.client.sa_count(), 1);
    }
}

#[test]
fn an_ike_sa_whose_gateway_is_dead_ends_without_a_delete() {
    let mut client = settings();
    client.common.rekey_after = Some(50);
    let mut net = Net::new(client, [serve(A)]);
    let rekeying = (true, ExchangeType::CREATE_CHILD_SA, false, u32::MAX);
    net.weather = Weather { losses: vec![rekeying], ..Weather::default() };
    let net = net.connected(A);
    net.client_reports(&["established", "failed reason=sa-lost"]);
    assert_eq!(net.count("deleted"), 0);
}

#[test]
fn a_client_without_support_stays_where_it_is() {
    let redirects = Config { max_redirects: 0, ..Config::default() };
    let client = Settings { redirects, ..settings() };
    let net = Net::new(client, [redirect(A, When::Active(50), B)]).connected(A);
    net.gateway_reports(0, &["established", "misuse what=client-unsupported"]);
    assert_eq!(net.client.connected_to(), Some(A));
}

#[test]
fn a_client_that_stays_is_deleted_after_the_grace() {
    let client = Settings { allowed: Allowed::Only(vec![A]), ..settings() };
    let sessions = responder::Config { grace: 200, ..responder::Config::default() };
    let gateway = Policy { sessions, ..redirect(A, When::Active(50), B) };
    let net = Net::new(client, [gateway]).connected(A);
    net.client_reports(&["acknowledged", "refused reason=policy-refused", "deleted by=peer"]);
    net.gateway_reports(0, &["acknowledged", "deleted by=us reason=grace"]);
    assert!(!net.sent_to(B));
}

#[test]
fn a_redirect_that_comes_with_a_delete_leaves_one_ike_sa_or_a_reason() {
    for (allowed, ends_at) in [(vec![A, B], Some(B)), (vec![A], None)] {
        for client in [settings(), breaking()] {
            let client = Settings { allowed: Allowed::Only(allowed.clone()), ..client };
            let faults = Faults { redirect_and_delete: true, ..Faults::default() };
            let gateway = Policy { faults, ..redirect(A, When::Active(50), B) };
            let net = Net::new(client, [gateway, serve(B)]).connected(A);
            net.client_reports(&["acknowledged", "deleted peer=192.0.2.2 by=peer"]);
            assert_eq!(net.client.connected_to(), ends_at);
            assert_eq!(net.client.sa_count(), usize::from(ends_at.is_some()));
            assert_eq!(net.count("failed reason=policy-refused"), usize::from(ends_at.is_none()));
            assert_eq!(net.count("deleted peer=192.0.2.2 by=us"), 0);
        }
    }
}

#[test]
fn a_client_redirects_nobody() {
    let mut net = Net::new(settings(), [serve(A)]).connected(A);
    net.order(|client, now| Ok(client.ask(now, &Chain::new().with_redirect(B.into()))));
    net.go_on(1_000);
    net.gateway_reports(0, &["ignored reason=wrong-direction"]);
    assert!(!net.sent_to(B));
}

/// F11.
#[test]
fn a_renewed_connection_is_never_without_an_ike_sa() {
    let mut net = Net::new(settings(), [serve(A)]).connected(A);
    net.order(|client, now| client.renew(now, A));
    net.go_on(1_000);
    net.client_reports(&["established", "init-sent redirected-from=-", "established", "deleted"]);
    assert_eq!((net.client.sa_count(), net.gateways[0].1.session_count()), (1, 1));
}

/// F10.
#[test]
fn a_gateway_that_has_moved_is_named_by_its_new_address() {
    let mut gateway = serve(A);
    gateway.common.listen.push(D);
    let mut net = Net::new(settings(), [gateway, serve(B)]).connected(A);
    net.order(|client, now| Ok(client.gateway_moved(now, D)));
    net.operate(0, |gateway, now| gateway.redirect_all(now, B.into()));
    net.go_on(1_000);
    net.client_reports(&["redirected from=192.0.2.5", "init-sent redirected-from=192.0.2.5"]);
}

// --- verdicts that take their time ---

#[test]
fn responses_that_come_while_a_target_is_vetted_are_ignored() {
    let client = Settings { vet_after: 800, ..settings() };
    let net = Net::new(client, [redirect(A, When::Init, B), serve(B)]).connected(A);
    net.client_reports(&["ignored reason=question-open", "redirected", "established"]);
}

#[test]
fn a_verdict_that_comes_too_late_is_a_refusal() {
    let redirects = Config { vet_timeout: 200, ..Config::default() };
    let client = Settings { vet_after: 500, redirects, ..settings() };
    let net = Net::new(client, [redirect(A, When::Active(50), B)]).connected(A);
    net.client_reports(&["acknowledged", "refused reason=vet-timeout"]);
    assert_eq!(net.client.connected_to(), Some(A));
}

#[test]
fn a_gateway_that_leaves_while_its_redirect_is_vetted_is_followed() {
    let client = Settings { vet_after: 500, ..settings() };
    let sessions = responder::Config { grace: 100, ..responder::Config::default() };
    let gateway = Policy { sessions, ..redirect(A, When::Active(50), B) };
    let net = Net::new(client, [gateway, serve(B)]).connected(A);
    net.client_reports(&["acknowledged", "deleted by=peer", "redirected", "established"]);
}

#[test]
fn a_connection_may_be_closed_while_its_redirect_is_vetted() {
    let client = Settings { vet_after: 5_000, ..settings() };
    let mut net = Net::new(client, [redirect(A, When::Active(0), B)]);
    net.order(|client, now| client.connect(now, A));
    net.go_on(1_000);
    net.order(|client, now| client.close(now));
    net.go_on(10_000);
    net.client_reports(&["acknowledged", "deleted by=us"]);
    net.gateway_reports(0, &["acknowledged", "client-left"]);
    assert!(net.client.is_idle());
    assert_eq!(net.count("redirected"), 0);
}

const BY_MACHINE: Retransmission = Retransmission::ByMachine { first_pause: 500, tries: 2 };

fn breaking() -> Settings {
    let redirects = Config { moving: Moving::BreakBeforeMake, ..Config::default() };
    Settings { redirects, ..settings() }
}

/// INFORMATIONAL messages get lost.
fn losing(from_client: bool, response: bool, count: u32) -> Weather {
    let loss = (from_client, ExchangeType::INFORMATIONAL, response, count);
    Weather { losses: vec![loss], ..Weather::default() }
}
