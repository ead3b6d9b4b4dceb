//! The targets in use.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use ikev2_redirect::{Reason, TargetRules};

use super::target::Target;

/// What every list of targets has to keep.
pub(crate) struct Rules<'c> {
    /// Given on the command line: part of every list.
    pub(crate) fixed: &'c [Target],
    /// Where nobody may be sent.
    pub(crate) anycast: &'c [IpAddr],
    /// Which addresses are usable.
    pub(crate) addresses: TargetRules,
}

impl Rules<'_> {
    /// The fixed targets and those of the file, if there is one, checked.
    pub(crate) fn load(&self, file: Option<&Path>) -> Result<Vec<Target>, String> {
        let mut targets = Vec::new();
        for target in self.fixed {
            self.add(target.clone(), &mut targets).map_err(|fault| format!("--to: {fault}"))?;
        }
        if let Some(path) = file {
            let name = path.display();
            let text = fs::read_to_string(path).map_err(|fault| format!("{name}: {fault}"))?;
            self.add_lines(&text, &mut targets).map_err(|fault| format!("{name}:{fault}"))?;
        }
        match file {
            _ if !targets.is_empty() => Ok(targets),
            Some(path) => Err(format!("{}: there is no target in it", path.display())),
            None => Err("there is no target".to_owned()),
        }
    }

    /// Adds one target a line; what follows a # is a comment.
    fn add_lines(&self, text: &str, targets: &mut Vec<Target>) -> Result<(), String> {
        for (line, number) in text.lines().zip(1..) {
            let entry = line.split('#').next().unwrap_or_default().trim();
            if !entry.is_empty() {
                let added = entry.parse().and_then(|target| self.add(target, targets));
                added.map_err(|fault| format!("{number}: {fault}"))?;
            }
        }
        Ok(())
    }

    fn add(&self, target: Target, targets: &mut Vec<Target>) -> Result<(), String> {
        if let Some(address) = target.address() {
            self.addresses
                .check(address)
                .map_err(|reason| format!("{address} {}", predicate(reason)))?;
            if self.anycast.contains(&address) {
                return Err(format!("{address} is an anycast address"));
            }
        }
        if target.has_loopback_name() && !self.addresses.allow_loopback {
            return Err(format!("{target} is a name for loopback; --allow-loopback takes it"));
        }
        if targets.iter().any(|other| other.is_same_gateway(&target)) {
            return Err(format!("{target} is given twice"));
        }
        targets.push(target);
        Ok(())
    }
}

/// What is wrong with an address, as the rest of a sentence.
fn predicate(reason: Reason) -> String {
    let text = match reason {
        Reason::UnspecifiedTarget => "is an unspecified address",
        Reason::MulticastTarget => "is a multicast address",
        Reason::BroadcastTarget => "is the broadcast address",
        Reason::MappedTarget => "is an IPv4 address wrapped in an IPv6 one: write it as IPv4",
        Reason::LoopbackTarget => "is a loopback address; --allow-loopback takes it",
        Reason::LinkLocalTarget => "is a link-local address; --allow-link-local takes it",
        other => return format!("cannot be a target ({other})"),
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, String> {
        let rules = Rules {
            fixed: &[],
            anycast: &["203.0.113.1".parse().unwrap()],
            addresses: TargetRules::default(),
        };
        let mut targets = Vec::new();
        rules.add_lines(text, &mut targets)?;
        Ok(targets.iter().map(Target::to_string).collect())
    }

    #[test]
    fn a_list_has_comments_and_empty_lines() {
        let text = "# the fleet\n192.0.2.1=3\n\n  gw2.example.com # new\r\n2001:db8::3=2";
        assert_eq!(read(text).unwrap(), ["192.0.2.1=3", "gw2.example.com=1", "2001:db8::3=2"]);
    }

    #[test]
    fn a_fault_is_reported_with_its_line() {
        assert!(read("192.0.2.1\n192.0.2.300\n").unwrap_err().starts_with("2: \"192.0.2.300\""));
    }

    #[test]
    fn r4_3_an_anycast_address_is_no_target() {
        assert_eq!(read("203.0.113.1").unwrap_err(), "1: 203.0.113.1 is an anycast address");
    }

    #[test]
    fn addresses_that_nobody_can_be_sent_to_are_refused_when_the_list_is_read() {
        for (address, predicate) in [
            ("0.0.0.0", "is an unspecified address"),
            ("224.0.0.1", "is a multicast address"),
            ("255.255.255.255", "is the broadcast address"),
            ("::ffff:192.0.2.1", "is an IPv4 address wrapped in an IPv6 one: write it as IPv4"),
            ("127.0.0.1", "is a loopback address; --allow-loopback takes it"),
            ("fe80::1", "is a link-local address; --allow-link-local takes it"),
        ] {
            assert_eq!(read(address).unwrap_err(), format!("1: {address} {predicate}"));
        }
    }

    #[test]
    fn names_for_loopback_keep_the_rule_for_loopback() {
        for name in ["localhost", "LocalHost", "gw2.localhost"] {
            let fault = read(name).unwrap_err();
            assert!(
                fault.ends_with("is a name for loopback; --allow-loopback takes it"),
                "{fault}"
            );
            let addresses = TargetRules { allow_loopback: true, ..TargetRules::default() };
            let tests = Rules { fixed: &[], anycast: &[], addresses };
            assert_eq!(tests.add_lines(name, &mut Vec::new()), Ok(()));
        }
        assert!(read("localhost.example.com").is_ok());
    }

    #[test]
    fn a_gateway_stands_in_a_list_once() {
        assert_eq!(read("a.example\nA.example=2").unwrap_err(), "2: a.example=2 is given twice");
    }

    #[test]
    fn a_list_without_a_target_is_refused() {
        let rules = Rules { fixed: &[], anycast: &[], addresses: TargetRules::default() };
        assert_eq!(rules.load(None).unwrap_err(), "there is no target");
    }
}
