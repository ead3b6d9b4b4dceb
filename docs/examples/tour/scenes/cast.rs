//! The parties of the scenes.

use std::net::IpAddr;

use ikev2_redirect::Target;
use ikev2_redirect::initiator::Config;

use super::super::world::{Fault, Role};
use crate::host::{Allowed, Client, Common, Dns, Gateway, Policy, Second, Settings, When};
use crate::stand_ins::{LOOPBACK, account, common, loopback};

pub(super) const CLIENT: IpAddr = loopback(9);
pub(super) const DOOR: IpAddr = loopback(1);
pub(super) const A: IpAddr = loopback(2);
pub(super) const B: IpAddr = loopback(3);
pub(super) const C: IpAddr = loopback(4);
pub(super) const ATTACKER: IpAddr = loopback(66);

/// A name, an address and a role.
pub(super) type Cast = (&'static str, IpAddr, Role);

/// How the client proves who it is.
#[derive(Clone, Copy)]
pub(super) enum Login {
    /// A shared key: one round.
    SharedKey,
    /// EAP: the gateway proves itself first.
    Eap,
    /// The device by a shared key, then its user by EAP (RFC 4739).
    DeviceThenUser,
}

impl Login {
    /// Client and gateway have to agree on it.
    pub(super) fn of(self, mut common: Common) -> Common {
        match self {
            Login::SharedKey => {}
            Login::Eap => common.eap = Some(account()),
            Login::DeviceThenUser => common.second = Some(Second::Eap(account())),
        }
        common
    }
}

pub(super) fn client(login: Login) -> Result<Cast, Fault> {
    let settings = Settings {
        redirects: Config { targets: LOOPBACK, ..Config::default() },
        allowed: Allowed::Only(vec![A, B, C]),
        dns: Dns::Table(vec![("gw-b.example".to_owned(), vec![B])]),
        ..Settings::new(login.of(common(CLIENT, "device.example.com")))
    };
    Ok(("client", CLIENT, Role::Client(Box::new(Client::new(settings)?))))
}

/// Serves everybody.
pub(super) fn serve(address: IpAddr) -> Policy {
    Policy { rules: LOOPBACK, ..Policy::serve(common(address, "vpn.example.com")) }
}

/// Sends everybody to `target` at that moment.
pub(super) fn redirect(address: IpAddr, when: When, target: impl Into<Target<'static>>) -> Policy {
    Policy { targets: vec![target.into()], redirect: Some(when), ..serve(address) }
}

pub(super) fn door(target: IpAddr) -> Cast {
    gateway("door", Policy { anycast: vec![DOOR], ..redirect(DOOR, When::Init, target) })
}

pub(super) fn gateway(name: &'static str, policy: Policy) -> Cast {
    (name, policy.common.listen[0], Role::Gateway(Box::new(Gateway::new(policy))))
}

/// A client, the first gateway with that policy, and a second one that serves everybody.
pub(super) fn client_and_two_gateways(login: Login, policy: Policy) -> Result<Vec<Cast>, Fault> {
    let multiple_auth = matches!(login, Login::DeviceThenUser);
    let both = [("gw-a", policy), ("gw-b", serve(B))].map(|(name, policy)| {
        let common = login.of(policy.common);
        gateway(name, Policy { common, multiple_auth, ..policy })
    });
    Ok([client(login)?].into_iter().chain(both).collect())
}
