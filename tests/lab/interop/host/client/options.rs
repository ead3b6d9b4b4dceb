//! The client's part of the command line.

use std::net::IpAddr;

use ikev2_redirect::initiator::{Config, Moving, Refusal};

use crate::crypto::Group;
use crate::options::{Arguments, Common, Parsed, Target, address, target};

use super::login::Credentials;

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) common: Common,
    pub(crate) peer: IpAddr,
    /// In the order in which they are offered.
    pub(crate) groups: Vec<Group>,
    pub(crate) machine: Config,
    pub(crate) hold_ms: u32,
    pub(crate) vet_after_ms: u32,
    pub(crate) redirect_back: Option<Target>,
    pub(crate) start_on_nat_port: bool,
    childless: bool,
    eap_only: bool,
    names: Vec<(String, IpAddr)>,
    refused: Vec<IpAddr>,
}

impl Options {
    pub(crate) fn read(arguments: &mut Arguments) -> Parsed<Self> {
        let common = Common::read(arguments)?;
        let preferred = common.groups.first().copied().unwrap_or(Group::X25519);
        let other = if preferred == Group::X25519 { Group::Ecp256 } else { Group::X25519 };
        Ok(Self {
            peer: arguments.required("peer", address)?,
            groups: vec![preferred, other],
            machine: machine(arguments, &common)?,
            vet_after_ms: arguments.number("vet-after", 0)?,
            hold_ms: arguments.number("hold", 1000)?,
            start_on_nat_port: arguments.flag("start-on-nat-port"),
            redirect_back: arguments.optional("redirect-back", target)?,
            childless: arguments.flag("childless"),
            eap_only: arguments.flag("eap-only"),
            names: arguments.all("resolve", name)?,
            refused: arguments.all("refuse", address)?,
            common,
        })
    }

    pub(crate) fn credentials(&self) -> Credentials {
        Credentials {
            id: self.common.id.clone(),
            peer_id: self.common.peer_id.clone(),
            psk: self.common.psk.clone(),
            eap: self.common.eap.clone(),
            second: self.common.second.clone(),
            childless: self.childless,
            eap_only: self.eap_only,
        }
    }

    /// Policy and DNS of the test.
    pub(crate) fn verdict(&self, target: &Target) -> Result<IpAddr, Refusal> {
        let address = match target {
            Target::Address(address) => *address,
            Target::Name(name) => self.resolve(name).ok_or(Refusal::Unresolvable)?,
        };
        if self.refused.contains(&address) { Err(Refusal::Policy) } else { Ok(address) }
    }

    fn resolve(&self, wanted: &str) -> Option<IpAddr> {
        self.names.iter().find(|(name, _)| name == wanted).map(|(_, address)| *address)
    }
}

fn machine(arguments: &mut Arguments, common: &Common) -> Parsed<Config> {
    let default = Config::default();
    let moving = if arguments.flag("break-before-make") {
        Moving::BreakBeforeMake
    } else {
        Moving::MakeBeforeBreak
    };
    let limit = arguments.optional("max-redirects", |value| value.parse().ok())?;
    Ok(Config {
        max_redirects: limit.unwrap_or(default.max_redirects),
        loop_detect_period: arguments.number("loop-period-ms", default.loop_detect_period)?,
        moving,
        targets: common.targets,
        announce_again: !arguments.flag("announce-once"),
        vet_timeout: arguments.number("vet-timeout-ms", default.vet_timeout)?,
    })
}

fn name(value: &str) -> Option<(String, IpAddr)> {
    let (name, address) = value.split_once('=')?;
    Some((name.to_owned(), address.parse().ok()?))
}
