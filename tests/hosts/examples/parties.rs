//! The one host: what its client and its gateway do, and what the interoperability lab does not
//! show. Redirects as such are shown by the tour.

use std::net::{IpAddr, Ipv6Addr};

use ikev2_redirect::initiator::{Config, Moving};
use ikev2_redirect::responder::{self, Retransmission};
use ikev2_redirect::wire::ExchangeType;
use ikev2_redirect::{Fqdn, Target};

use super::book::Book;
use super::host::chain::Chain;
use super::host::{Allowed, Dns, Faults, Policy, Second, Settings, When};
use super::net::{A, B, C, D, Net, Weather, redirect, serve, settings};
use super::stand_ins::account;

// --- names, addresses, policy ---

#[test]
fn each_retry_of_a_redirected_request_names_the_gateway_that_redirected() {
    let by_name = Policy { targets: vec![name("b.example")], ..redirect(A, When::Init, B) };
    let asks_back = Policy { cookie: true, ..serve(B) };
    let net = Net::new(knowing(&[B]), [by_name, asks_back]).connected(A);
    net.client_reports(&["resolved", "redirected", "init-retry why=cookie", "established"]);
    let asked = "init-request supported=yes redirected-from=192.0.2.2";
    let with = |cookie| format!("{asked} cookie={cookie}");
    net.gateway_reports(1, &[&with("no"), &with("yes"), "established"]);
}

#[test]
fn a_group_that_the_gateway_does_not_take_is_exchanged() {
    let mut client = settings();
    client.common.groups = vec![19, 31];
    let net = Net::new(client, [serve(A)]).connected(A);
    net.client_reports(&["init-retry why=invalid-ke", "established"]);
}

#[test]
fn a_name_without_an_address_is_not_followed() {
    let by_name = Policy { targets: vec![name("b.example")], ..redirect(A, When::Init, B) };
    let net = Net::new(settings(), [by_name]).connected(A);
    net.client_reports(&["unresolved", "refused reason=unresolvable", "failed"]);
    assert_eq!(net.count("redirected"), 0);
}

/// F09.
#[test]
fn of_a_name_with_two_addresses_the_second_is_tried_when_the_first_is_dead() {
    let by_name = Policy { targets: vec![name("b.example")], ..redirect(A, When::Active(0), B) };
    let net = Net::new(knowing(&[D, B]), [by_name, serve(B)]).connected(A);
    net.client_reports(&[
        "redirected to=192.0.2.5 count=1",
        "init-sent to=192.0.2.5 redirected-from=192.0.2.2",
        "dropped peer=192.0.2.5",
        "init-sent to=192.0.2.3 redirected-from=192.0.2.2",
        "established peer=192.0.2.3",
        "deleted peer=192.0.2.2",
    ]);
    assert_eq!(net.client.redirects(net.now), 1);
}

/// F13: policy and DNS are asked once, however often the request is sent again.
#[test]
fn a_verdict_is_remembered_for_the_attempt() {
    let by_name = Policy { targets: vec![name("b.example")], ..redirect(A, When::Init, B) };
    let refusing = Settings { allowed: Allowed::AllBut(vec![B]), ..knowing(&[B]) };
    let net = Net::new(refusing, [by_name]).connected(A);
    net.client_reports(&["not-allowed", "refused reason=policy-refused", "remembered"]);
    assert_eq!(net.count("resolved"), 1);
    assert_eq!(net.count("not-allowed"), 1);
    assert_eq!(net.count("remembered"), 2);
}

#[test]
fn a_target_of_a_family_that_the_client_lacks_fails_at_once() {
    let to = Policy { targets: vec![Ipv6Addr::LOCALHOST.into()], ..redirect(A, When::Init, B) };
    let mut client = settings();
    client.redirects.targets.allow_loopback = true;
    let allowing = Policy { rules: client.redirects.targets, ..to };
    let net = Net::new(client, [allowing]).connected(A);
    net.client_reports(&["redirected to=::1", "init-sent to=::1", "failed reason=attempt-failed"]);
}

#[test]
fn a_gateway_sends_clients_from_its_anycast_address_to_its_own() {
    let mut policy = Policy { anycast: vec![D], ..redirect(A, When::Init, A) };
    policy.common.listen.push(D);
    let net = Net::new(settings(), [policy]).connected(D);
    net.client_reports(&["redirected from=192.0.2.5 to=192.0.2.2", "established peer=192.0.2.2"]);
    net.gateway_reports(0, &["redirect-sent", "established"]);
}

#[test]
fn a_name_may_be_looked_up_while_others_are_served() {
    let by_name = Policy { targets: vec![name("b.example")], ..redirect(A, When::Init, B) };
    let mut net = Net::new(Settings { dns: Dns::Elsewhere, ..settings() }, [by_name, serve(B)]);
    net.order(|client, now| client.connect(now, A));
    net.go_on(100);
    net.order(|client, now| Ok(client.answer(now, "c.example", &[C])));
    assert_eq!(net.client.question(), Some("b.example"));
    net.order(|client, now| Ok(client.answer(now, "b.example", &[B])));
    net.go_on(100);
    assert_eq!(net.client.connected_to(), Some(B));
}

#[test]
fn the_answer_to_an_abandoned_question_changes_nothing() {
    let by_name = Policy { targets: vec![name("b.example")], ..redirect(A, When::Init, B) };
    let client = Settings { dns: Dns::Elsewhere, ..settings() };
    let mut net = Net::new(client, [by_name]).connected(A); // until the host has given up
    net.go_on(30_000);
    assert_eq!(net.client.question(), None);
    let sent = net.sent_to.len();
    net.order(|client, now| Ok(client.answer(now, "b.example", &[B])));
    assert_eq!(net.sent_to.len(), sent);
}

#[test]
fn a_circle_of_two_ends_where_the_latest_redirect_led() {
    // The second gateway sees REDIRECTED_FROM and serves.
    let gateways = [redirect(A, When::Init, B), redirect(B, When::Init, A)];
    let net = Net::new(settings(), gateways).connected(A);
    assert_eq!(net.client.connected_to(), Some(B));
}

// --- who proves what ---

#[test]
fn a_wrong_secret_of_eap_redirects_nobody() {
    let mut gateway = redirect(A, When::Last, B);
    gateway.common.eap = Some(account());
    let mut client = settings();
    client.common.eap = Some(super::host::crypto::Account { secret: "4321".into(), ..account() });
    let net = Net::new(client, [gateway]).connected(A);
    net.client_reports(&["failed reason=attempt-failed"]);
    net.gateway_reports(0, &["dropped", "failed reason=client-auth-failed"]);
    assert_eq!(net.count("redirect-sent") + net.count("established"), 0);
}

#[test]
fn a_client_without_proof_is_not_redirected() {
    let mut client = settings();
    client.common.psk = "a guess".to_owned();
    let net = Net::new(client, [redirect(A, When::First, B)]).connected(A);
    net.client_reports(&["failed reason=attempt-failed"]);
    net.gateway_reports(0, &["failed reason=client-auth-failed"]);
    assert_eq!(net.count("redirect-sent"), 0);
}

/// F15.
#[test]
fn a_gateway_without_proof_redirects_nobody_and_is_told() {
    let faults = Faults { wrong_psk: true, ..Faults::default() };
    let cheat = Policy { faults, ..redirect(A, When::First, B) };
    let net = Net::new(settings(), [cheat, serve(B)]).connected(A);
    net.client_reports(&["rejected peer=192.0.2.2", "failed reason=gateway-auth-failed"]);
    net.gateway_reports(0, &["redirect-sent phase=auth", "dropped", "failed"]);
    assert!(!net.sent_to.contains(&B));
}

#[test]
fn a_redirect_between_two_authentications_leaves_nothing_to_delete() {
    let two = |mut policy: Policy| {
        policy.common.second = Some(Second::Eap(account()));
        Policy { multiple_auth: true, ..policy }
    };
    let mut client = settings();
    client.common.second = Some(Second::Eap(account()));
    let net = Net::new(client, [two(redirect(A, When::First, B)), two(serve(B))]).connected(A);
    net.client_reports(&["redirected phase=auth", "dropped peer=192.0.2.2", "established"]);
    net.gateway_reports(0, &["redirect-sent phase=auth", "dropped"]);
    assert_eq!(net.count("deleted peer=192.0.2.2"), 0);
}

#[test]
fn a_gateway_that_proves_two_names_redirects_after_the_second() {
    let twice = |policy| Policy {
        multiple_auth: true,
        own_second: Some("other.example".to_owned()),
        ..policy
    };
    let gateways = [twice(redirect(A, When::Last, B)), twice(serve(B))];
    let net = Net::new(settings(), gateways).connected(A);
    net.client_reports(&["auth-response id=2", "redirected phase=auth", "deleted by=us"]);
    net.gateway_reports(0, &["redirect-sent phase=auth", "client-left"]);
}

#[test]
fn both_may_authenticate_twice() {
    let mut gateway = serve(A);
    gateway.common.second = Some(Second::Eap(account()));
    let own_second = Some("other.example".to_owned());
    let gateway = Policy { multiple_auth: true, own_second, ..gateway };
    let mut client = settings();
    client.common.second = Some(Second::Eap(account()));
    let net = Net::new(client, [gateway]).connected(A);
    net.client_reports(&["auth-response id=4", "established"]);
}

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
        assert!(net.sent_to.len() > number);
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
}

#[test]
fn a_redirect_in_the_middle_of_a_rekey_is_followed() {
    for by_client in [true, false] {
        let (mut client, mut gateway) = (settings(), redirect(A, When::Active(50), B));
        let common = if by_client { &mut client.common } else { &mut gateway.common };
        common.rekey_after = Some(50);
        let mut net = Net::new(client, [gateway, serve(B)]);
        net.weather.delay = 20;
        let net = net.connected(A);
        net.gateway_reports(0, &["acknowledged", "client-left"]);
        assert_eq!(net.count("rekeyed"), 2);
        assert_eq!(net.client.connected_to(), Some(B));
        assert_eq!(net.client.sa_count(), 1);
    }
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
    assert!(!net.sent_to.contains(&B));
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
    assert!(!net.sent_to.contains(&B));
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

// --- sockets ---

#[test]
fn where_only_one_address_is_left_parties_differ_by_port() {
    let mut book = Book::default();
    // Documentation addresses are nobody's.
    let (a, b) = (book.open(A).expect("a socket"), book.open(B).expect("a socket"));
    assert!(book.crowded);
    assert_eq!(book.party_at(a.local_addr().expect("bound")), Some(A));
    assert_eq!(book.party_at(b.local_addr().expect("bound")), Some(B));
}

const BY_MACHINE: Retransmission = Retransmission::ByMachine { first_pause: 500, tries: 2 };

fn breaking() -> Settings {
    let redirects = Config { moving: Moving::BreakBeforeMake, ..Config::default() };
    Settings { redirects, ..settings() }
}

/// A client whose DNS knows b.example.
fn knowing(addresses: &[IpAddr]) -> Settings {
    let table = vec![("b.example".to_owned(), addresses.to_vec())];
    Settings { dns: Dns::Table(table), ..settings() }
}

fn name(name: &'static str) -> Target<'static> {
    Fqdn::new(name).expect("a name").into()
}

/// INFORMATIONAL messages get lost.
fn losing(from_client: bool, response: bool, count: u32) -> Weather {
    let loss = (from_client, ExchangeType::INFORMATIONAL, response, count);
    Weather { losses: vec![loss], ..Weather::default() }
}
