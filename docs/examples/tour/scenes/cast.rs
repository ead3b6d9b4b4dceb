//! Who plays.

use std::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::TargetRules;
use ikev2_redirect::initiator::Config;

use super::super::world::{Fault, Role};
use crate::peers::{Client, Dns, Gateway, Login, Moment, Policy, Settings};

pub(super) const CLIENT: IpAddr = loopback(9);
pub(super) const DOOR: IpAddr = loopback(1);
pub(super) const A: IpAddr = loopback(2);
pub(super) const B: IpAddr = loopback(3);
pub(super) const C: IpAddr = loopback(4);
pub(super) const ATTACKER: IpAddr = loopback(66);

const fn loopback(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, last))
}

/// A name, an address and a role.
pub(super) type Cast = (&'static str, IpAddr, Role);

pub(super) fn client(login: Login) -> Result<Cast, Fault> {
    let settings = Settings {
        redirects: Config {
            targets: TargetRules { allow_loopback: true, ..TargetRules::default() },
            ..Config::default()
        },
        login,
        trusted: vec![A, B, C],
        dns: Dns::Table(vec![("gw-b.example", B)]),
    };
    Ok(("client", CLIENT, Role::Client(Box::new(Client::new(settings)?))))
}

pub(super) fn door(target: IpAddr) -> Cast {
    let policy = Policy::redirect(Moment::Init, target);
    gateway("door", DOOR, Policy { anycast: vec![DOOR], ..policy })
}

pub(super) fn gateway(name: &'static str, address: IpAddr, policy: Policy) -> Cast {
    (name, address, Role::Gateway(Gateway::new(address, policy)))
}

/// A client, the gateway with that policy, and one that serves everybody.
pub(super) fn client_and_two_gateways(login: Login, policy: Policy) -> Result<Vec<Cast>, Fault> {
    Ok(vec![client(login)?, gateway("gw-a", A, policy), gateway("gw-b", B, Policy::serve())])
}
