//! An entry of the list, as an operator writes it: `TARGET[=WEIGHT]`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ikev2_redirect::{Fqdn, Reason, Target};

use super::choice;

/// A target and how many clients it is to get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: Name,
    /// What the operator wrote: 0 is a target that gets no new clients.
    pub(crate) weight: u16,
    /// What the choice goes by: the weight times how much of it is given, in tenths.
    pub(crate) share: u32,
    /// What stands for the target in the choice; made of its name, not of its place in the list.
    pub(crate) key: u64,
}

/// What a target is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    Address(IpAddr),
    Fqdn(String),
}

impl Entry {
    /// The tenths that stand for the whole weight.
    pub(crate) const WHOLE: u8 = 10;

    /// Gives the target so many tenths of its weight.
    pub(crate) fn give(&mut self, tenths: u8) {
        self.share = u32::from(self.weight) * u32::from(tenths);
    }

    /// Whether new clients are sent there.
    pub(crate) fn takes_clients(&self) -> bool {
        self.share > 0
    }

    /// The identity that a REDIRECT carries.
    pub(crate) fn target(&self) -> Result<Target<'_>, Reason> {
        match &self.name {
            Name::Address(address) => Ok(Target::from(*address)),
            Name::Fqdn(name) => Fqdn::new(name).map(Target::Fqdn),
        }
    }

    /// The address, unless the target is known by name.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        match self.name {
            Name::Address(address) => Some(address),
            Name::Fqdn(_) => None,
        }
    }

    /// Whether it is known by a name that stands for the loopback addresses. What other names
    /// stand for, only the clients find out.
    pub(crate) fn has_loopback_name(&self) -> bool {
        matches!(&self.name, Name::Fqdn(name) if is_loopback(name))
    }

    /// Whether a client that came over IPv4, or IPv6, can surely go there.
    pub(crate) fn suits(&self, client: IpAddr) -> bool {
        self.address().is_none_or(|address| address.is_ipv4() == client.is_ipv4())
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.weight)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Address(address) => address.fmt(f),
            Name::Fqdn(name) => name.fmt(f),
        }
    }
}

impl FromStr for Entry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, weight) = match text.rsplit_once('=') {
            Some((name, weight)) => (name, parse_weight(weight)?),
            None => (text, 1),
        };
        let name = parse_name(name)?;
        let key = match &name {
            Name::Address(address) => choice::key_of_address(*address),
            Name::Fqdn(name) => choice::key_of_octets(name.as_bytes()),
        };
        let mut entry = Entry { name, weight, share: 0, key };
        entry.give(Entry::WHOLE);
        Ok(entry)
    }
}

fn parse_weight(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("the weight {text:?} is not a number from 0 to {}", u16::MAX))
}

fn parse_name(text: &str) -> Result<Name, String> {
    if let Ok(address) = text.parse() {
        return Ok(Name::Address(address));
    }
    if let Some(bare) = text.strip_suffix('.') {
        return Err(format!("{text:?} ends with a dot: write {bare:?}"));
    }
    // Names that differ only in case are one gateway. Those of hosts have no underscore.
    let name = text.to_ascii_lowercase();
    if name.contains('_') || Fqdn::new(&name).is_err() {
        Err(format!("{text:?} is neither an address nor a domain name (a port cannot be given)"))
    } else if !name.contains('.') && !is_loopback(&name) {
        Err(format!("{text:?} has no dot: clients need the whole domain name"))
    } else {
        Ok(Name::Fqdn(name))
    }
}

/// Whether a name in small letters stands for the loopback addresses (RFC 6761).
fn is_loopback(name: &str) -> bool {
    name.rsplit('.').next() == Some("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> Entry {
        text.parse().unwrap()
    }

    #[test]
    fn a_target_without_a_weight_weighs_one() {
        assert_eq!(entry("192.0.2.45").to_string(), "192.0.2.45=1");
    }

    #[test]
    fn each_kind_of_target_takes_a_weight() {
        for text in ["192.0.2.45=2", "2001:db8::45=3", "gw2.example.com=65535"] {
            assert_eq!(entry(text).to_string(), text);
        }
    }

    #[test]
    fn a_target_keeps_what_it_is() {
        let address = "2001:db8::45".parse::<IpAddr>().unwrap();
        assert_eq!(entry("2001:db8::45").target(), Ok(Target::from(address)));
        let name = Fqdn::new("gw2.example.com").unwrap();
        assert_eq!(entry("gw2.example.com").target(), Ok(Target::Fqdn(name)));
    }

    #[test]
    fn f32_a_target_with_weight_0_is_one_that_gets_no_new_clients() {
        let drained = entry("192.0.2.45=0");
        assert_eq!(
            (drained.to_string().as_str(), drained.takes_clients()),
            ("192.0.2.45=0", false)
        );
        assert!(entry("192.0.2.45=1").takes_clients());
    }

    #[test]
    fn weights_outside_their_range_are_refused() {
        for weight in ["65536", "-1", "", "1.5", "x"] {
            let refusal = format!("192.0.2.45={weight}").parse::<Entry>().unwrap_err();
            assert!(refusal.contains("0 to 65535"), "{refusal}");
        }
    }

    #[test]
    fn what_is_no_gateway_is_refused() {
        let overlong = format!("{}.example", ["a"; 125].join("."));
        let overlong_label = format!("{}.example", "a".repeat(64));
        for text in [
            "",
            "192.0.2.300",
            "192.0.2.45:500",
            "[2001:db8::45]",
            "gw 2.example.com",
            "gw2..example.com",
            "-gw.example.com",
            "gw_2.example.com",
            "gw2.example.1",
            "gw2.0x1f",
            "192.0.2",
            &overlong,
            &overlong_label,
        ] {
            assert!(text.parse::<Entry>().is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_name_that_is_not_taken_as_it_stands_is_refused_with_the_cause() {
        for (name, cause) in [
            ("gw2.example.com.", "ends with a dot: write \"gw2.example.com\""),
            ("192.0.2.45.", "ends with a dot: write \"192.0.2.45\""),
            ("gateway", "has no dot: clients need the whole domain name"),
        ] {
            assert_eq!(name.parse::<Entry>().unwrap_err(), format!("{name:?} {cause}"));
        }
    }

    #[test]
    fn a_domain_name_may_have_digits_anywhere() {
        for name in ["gw2.site1", "1.2.3.4.example", "9.xn--gwnze-kva", "gw.example.v6"] {
            assert_eq!(entry(name).name, Name::Fqdn(name.to_owned()));
        }
    }

    #[test]
    fn the_case_of_a_name_makes_no_other_gateway() {
        assert_eq!(entry("GW2.example.com"), entry("gw2.EXAMPLE.com"));
    }

    #[test]
    fn a_target_of_the_other_family_does_not_suit() {
        let client: IpAddr = "198.51.100.7".parse().unwrap();
        assert!(entry("192.0.2.45").suits(client));
        assert!(entry("gw2.example.com").suits(client));
        assert!(!entry("2001:db8::45").suits(client));
    }
}
