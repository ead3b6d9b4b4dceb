//! Who takes part in the examples with threads and with futures: an anycast front door, two
//! gateways, and clients who prove who they are by EAP.

use std::net::IpAddr;

use ikev2_redirect::initiator::Config;
use ikev2_redirect::{Misuse, Target};

use super::host::{Allowed, Client, Common, Dns, Gateway, Policy, Settings, When};
use super::stand_ins::{LOOPBACK, account, common, loopback};

pub(crate) const DOOR: IpAddr = loopback(1);
pub(crate) const A: IpAddr = loopback(2);
pub(crate) const B: IpAddr = loopback(3);
pub(crate) const CLIENTS: u8 = 8;

/// Redirects everybody and keeps nothing.
pub(crate) fn door(target: impl Into<Target<'static>>) -> Gateway {
    let policy = Policy::redirect(eap(DOOR, "gateway.example"), When::Init, target);
    Gateway::new(Policy { anycast: vec![DOOR], rules: LOOPBACK, ..policy })
}

pub(crate) fn gateway(address: IpAddr) -> Gateway {
    Gateway::new(Policy::serve(eap(address, "gateway.example")))
}

pub(crate) fn client(number: u8, dns: Dns) -> Result<(IpAddr, Client), Misuse> {
    let address = loopback(100 + number);
    let client = Client::new(Settings {
        redirects: Config { targets: LOOPBACK, ..Config::default() },
        allowed: Allowed::Only(vec![A, B]),
        dns,
        ..Settings::new(eap(address, "client.example"))
    })?;
    Ok((address, client))
}

fn eap(address: IpAddr, id: &str) -> Common {
    Common { eap: Some(account()), ..common(address, id) }
}
