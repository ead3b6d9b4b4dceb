//! The one host, until an IKE SA is up: what redirects need of its client and its gateway, as far
//! as neither the tour nor the interoperability matrix shows it.

use std::net::{IpAddr, Ipv6Addr};

use ikev2_redirect::{Fqdn, Target};

use super::host::crypto::Account;
use super::host::{Allowed, Common, Dns, Faults, Policy, Second, Settings, When};
use super::net::{A, B, C, D, Net};
use super::parties::{redirect, serve, settings};
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
    let sent = net.sent.len();
    net.order(|client, now| Ok(client.answer(now, "b.example", &[B])));
    assert_eq!(net.sent.len(), sent);
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
    client.common.eap = Some(Account { secret: "4321".into(), ..account() });
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
    assert!(!net.sent_to(B));
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

/// RFC 5998: no AUTH in the first response.
#[test]
fn a_gateway_that_is_proven_by_eap_alone_redirects_at_last() {
    let eap_only = |common: &mut Common| {
        common.eap = Some(account());
        common.eap_only = true;
    };
    let (mut client, mut a, mut b) = (settings(), redirect(A, When::Last, B), serve(B));
    [&mut client.common, &mut a.common, &mut b.common].into_iter().for_each(eap_only);
    let net = Net::new(client, [a, b]).connected(A);
    net.client_reports(&["auth-response id=3", "redirected phase=auth", "deleted by=us"]);
    assert_eq!(net.client.connected_to(), Some(B));
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

/// A client whose DNS knows b.example.
fn knowing(addresses: &[IpAddr]) -> Settings {
    let table = vec![("b.example".to_owned(), addresses.to_vec())];
    Settings { dns: Dns::Table(table), ..settings() }
}

fn name(name: &'static str) -> Target<'static> {
    Fqdn::new(name).expect("a name").into()
}
