//! The parties of these tests: the one host with stand-ins for cryptography.

use std::net::IpAddr;

use super::host::{Patience, Policy, Settings, When};
use super::net::CLIENT;
use super::stand_ins;

pub(crate) fn settings() -> Settings {
    let mut common = stand_ins::common(CLIENT, "client.example");
    common.patience = Patience { retries: 2, first: 500 };
    Settings::new(common)
}

pub(crate) fn serve(address: IpAddr) -> Policy {
    Policy::serve(stand_ins::common(address, "gateway.example"))
}

pub(crate) fn redirect(address: IpAddr, when: When, to: IpAddr) -> Policy {
    Policy::redirect(stand_ins::common(address, "gateway.example"), when, to)
}
