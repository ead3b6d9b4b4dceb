//! Client and gateway with real cryptography, one message after the other, without a socket: before
//! any foreign daemon is met. What redirects need of a host is tested with stand-ins, in
//! `tests/hosts`; here it is what they cannot show: keys, ciphers, EAP methods, NATs.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::Instant;

use crate::crypto::OpenSsl;
use crate::eap;
use crate::host::crypto::Account;
use crate::host::{Client, Common, Gateway, Host, Output, Path, Policy, Settings, When};

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 9));
const A: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));
const B: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 3));

#[test]
fn both_ends_have_the_same_keys_and_move_over_a_rekeyed_session() {
    let mut client = Settings::new(common(CLIENT));
    client.common.rekey_after = Some(10);
    let active = Policy::redirect(common(A), When::Active(20), B);
    let told = play(client, active, Policy::serve(common(B)));
    assert_tells(&told, &["rekeyed by=us", "acknowledged", "established peer=192.0.2.3"]);
}

#[test]
fn another_group_is_agreed_on() {
    let mut gateway = Policy::serve(common(A));
    gateway.common.groups = vec![19];
    let told = play(Settings::new(common(CLIENT)), gateway, Policy::serve(common(B)));
    assert_tells(&told, &["init-retry why=invalid-ke", "established peer=192.0.2.2"]);
}

#[test]
fn each_method_of_eap_ends_with_a_redirect_in_the_last_response() {
    for method in [eap::MD5, eap::MSCHAPV2] {
        let told = play_eap(method, false);
        assert_tells(&told, &["redirected phase=auth", "established peer=192.0.2.3"]);
    }
}

/// RFC 5998: the gateway proves itself by the key of EAP, and in the last response only.
#[test]
fn a_gateway_that_is_proven_by_eap_alone_redirects_at_last() {
    let told = play_eap(eap::MSCHAPV2, true);
    assert_tells(&told, &["auth-response id=5", "redirected phase=auth", "established"]);
}

#[test]
fn behind_a_nat_the_client_goes_on_at_the_port_for_it() {
    let settings = Settings::new(common(CLIENT));
    let mut client = Client::new(settings).expect("good settings");
    let mut gateway = Gateway::new(Policy::serve(common(A)));
    let now = Instant::from_millis(0);
    let behind_nat = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
    let [request] = &messages(client.connect(now, A).expect("it can"))[..] else { panic!() };
    let as_seen = Path::between(A, behind_nat);
    let [response] = &messages(gateway.receive(now, as_seen, &request.1))[..] else { panic!() };
    let next = messages(client.receive(now, Path::between(CLIENT, A), &response.1));
    assert_eq!(next[0].0.remote.port(), 4500);
}

#[test]
fn what_anybody_has_changed_or_sent_back_is_nobodys_message() {
    let mut client = Client::new(Settings::new(common(CLIENT))).expect("good settings");
    let mut gateway = Gateway::new(Policy::serve(common(A)));
    let now = Instant::from_millis(0);
    let (there, back) = (Path::between(A, CLIENT), Path::between(CLIENT, A));
    let request = messages(client.connect(now, A).expect("it can")).remove(0).1;
    let response = messages(gateway.receive(now, there, &request)).remove(0).1;
    let auth = messages(client.receive(now, back, &response)).remove(0).1;
    for at in (0..auth.len()).step_by(7) {
        let mut changed = auth.clone();
        changed[at] ^= 0x80;
        assert!(messages(gateway.receive(now, there, &changed)).is_empty(), "octet {at}");
    }
    assert!(messages(client.receive(now, back, &auth)).is_empty());
    assert_eq!(messages(gateway.receive(now, there, &auth)).len(), 1);
}

fn common(address: IpAddr) -> Common {
    Common::new(&OpenSsl, vec![address], "party.example.test")
}

fn play_eap(method: u8, eap_only: bool) -> Vec<String> {
    let account = Account { user: "user".into(), secret: "word".into(), method };
    let with = |address| Common { eap: Some(account.clone()), eap_only, ..common(address) };
    let last = Policy::redirect(with(A), When::Last, B);
    play(Settings::new(with(CLIENT)), last, Policy::serve(with(B)))
}

/// Connects to the first gateway; what the client tells until nobody has anything to do.
fn play(settings: Settings, a: Policy, b: Policy) -> Vec<String> {
    let mut client = Client::new(settings).expect("good settings");
    let mut gateways = [(A, Gateway::new(a)), (B, Gateway::new(b))];
    let (mut now, mut told, mut queue) = (Instant::from_millis(0), Vec::new(), VecDeque::new());
    let outputs = client.connect(now, A).expect("it can");
    note(&mut told, &outputs);
    queue.extend(messages(outputs));
    for _ in 0..100 {
        if let Some((path, message)) = queue.pop_front() {
            let arrived = Path { local: path.remote, remote: path.local };
            if arrived.local.ip() == CLIENT {
                let outputs = client.receive(now, arrived, &message);
                note(&mut told, &outputs);
                queue.extend(messages(outputs));
            } else if let Some((_, gateway)) =
                gateways.iter_mut().find(|(address, _)| *address == arrived.local.ip())
            {
                queue.extend(messages(gateway.receive(now, arrived, &message)));
            }
        } else {
            now = now.after(10);
            let outputs = client.wake(now);
            note(&mut told, &outputs);
            queue.extend(messages(outputs));
            for (_, gateway) in &mut gateways {
                queue.extend(messages(gateway.wake(now)));
            }
        }
    }
    told
}

fn note(told: &mut Vec<String>, outputs: &[Output]) {
    told.extend(outputs.iter().filter_map(|output| match output {
        Output::Report(report) => Some(report.to_string()),
        _ => None,
    }));
}

fn messages(outputs: Vec<Output>) -> Vec<(Path, Vec<u8>)> {
    let message = |output| match output {
        Output::Send { path, message } => Some((path, message)),
        _ => None,
    };
    outputs.into_iter().filter_map(message).collect()
}

#[track_caller]
fn assert_tells(told: &[String], expected: &[&str]) {
    let mut lines = told.iter();
    for event in expected {
        let says = |line: &String| event.split(' ').all(|word| line.split(' ').any(|w| w == word));
        assert!(lines.any(says), "no `{event}` in its place:\n{told:#?}");
    }
}
