//! Client and gateway with real cryptography and without a socket, before any foreign daemon is
//! met. What redirects need of a host is tested with stand-ins, in `tests/hosts`; here it is what
//! these cannot show: keys, ciphers, groups, NATs.

use std::net::IpAddr;

use ikev2_redirect::Instant;

use crate::crypto::OpenSsl;
use crate::host::crypto::Account;
use crate::host::{Client, Common, Gateway, Host, Output, Path, Policy, Settings, When};
use crate::net_of_tests::{A, B, CLIENT, Net};

#[test]
fn a_session_with_keys_from_eap_and_a_rekey_moves() {
    let account = Account { user: "user".into(), secret: "word".into() };
    let with = |address| Common { eap: Some(account.clone()), ..common(address) };
    let mut client = Settings::new(with(CLIENT));
    client.common.rekey_after = Some(10);
    let active = Policy::redirect(with(A), When::Active(400), B);
    let net = Net::new(client, [active, Policy::serve(with(B))]).connected(A);
    net.client_reports(&["auth-response id=4", "rekeyed by=us", "acknowledged", "established"]);
    assert_eq!(net.client.connected_to(), Some(B));
}

#[test]
fn another_group_is_agreed_on() {
    let mut gateway = Policy::serve(common(A));
    gateway.common.groups = vec![19];
    let net = Net::new(Settings::new(common(CLIENT)), [gateway]).connected(A);
    net.client_reports(&["init-retry why=invalid-ke", "established peer=192.0.2.2"]);
}

#[test]
fn behind_a_nat_the_client_goes_on_at_the_port_for_it() {
    let behind_nat = "198.51.100.1".parse().expect("an address");
    let (_, _, auth) = until_auth(behind_nat);
    assert_eq!(auth.0.remote.port(), 4500);
}

#[test]
fn what_anybody_has_changed_or_sent_back_is_nobodys_message() {
    let (mut client, mut gateway, (path, auth)) = until_auth(CLIENT);
    let (now, there) = (Instant::from_millis(0), Path { local: path.remote, remote: path.local });
    for at in (0..auth.len()).step_by(7) {
        let mut changed = auth.clone();
        changed[at] ^= 0x80;
        assert!(messages(gateway.receive(now, there, &changed)).is_empty(), "octet {at}");
    }
    assert!(messages(client.receive(now, path, &auth)).is_empty());
    assert_eq!(messages(gateway.receive(now, there, &auth)).len(), 1);
}

fn common(address: IpAddr) -> Common {
    Common::new(&OpenSsl, vec![address], "party.example.test")
}

/// Up to the first IKE_AUTH request of a client that the gateway sees at that address.
fn until_auth(seen_at: IpAddr) -> (Client, Gateway, (Path, Vec<u8>)) {
    let mut client = Client::new(Settings::new(common(CLIENT))).expect("good settings");
    let mut gateway = Gateway::new(Policy::serve(common(A)));
    let now = Instant::from_millis(0);
    let request = messages(client.connect(now, A).expect("it can")).remove(0).1;
    let as_seen = Path::between(A, seen_at);
    let response = messages(gateway.receive(now, as_seen, &request)).remove(0).1;
    let auth = messages(client.receive(now, Path::between(CLIENT, A), &response)).remove(0);
    (client, gateway, auth)
}

fn messages(outputs: Vec<Output>) -> Vec<(Path, Vec<u8>)> {
    let message = |output| match output {
        Output::Send { path, message } => Some((path, message)),
        _ => None,
    };
    outputs.into_iter().filter_map(message).collect()
}
