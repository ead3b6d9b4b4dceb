//! How a list of targets is read and checked.

use std::net::IpAddr;

use ikev2_redirect::{Reason, TargetRules};

use super::entry::Entry;
use super::options::Options;

/// The last line of a target file. A file without it may not be whole.
const END: &str = "end";

/// What every list of targets has to keep.
pub(crate) struct Rules<'c> {
    /// Given on the command line: part of every list.
    pub(crate) fixed: &'c [Entry],
    /// Where nobody may be sent.
    pub(crate) anycast: &'c [IpAddr],
    /// Which addresses are usable.
    pub(crate) addresses: TargetRules,
}

impl<'c> Rules<'c> {
    pub(crate) fn of(options: &'c Options) -> Self {
        Rules { fixed: &options.to, anycast: &options.anycast, addresses: options.addresses }
    }

    /// The fixed targets and those of a target file with this text, if there is one, checked. A
    /// fault in the text comes with the number of its line.
    pub(crate) fn list(&self, text: Option<&str>) -> Result<Vec<Entry>, String> {
        let mut entries = Vec::new();
        for entry in self.fixed {
            self.add(entry.clone(), &mut entries).map_err(|fault| format!("--to: {fault}"))?;
        }
        if let Some(text) = text {
            self.add_lines(text, &mut entries)?;
        }
        if entries.is_empty() {
            Err("there is no target".to_owned())
        } else if !entries.iter().any(Entry::takes_clients) {
            Err("every target has weight 0".to_owned())
        } else {
            Ok(entries)
        }
    }

    /// Adds one target a line, up to the last one; what follows a # is a comment.
    fn add_lines(&self, text: &str, entries: &mut Vec<Entry>) -> Result<(), String> {
        let mut ended = false;
        for (line, number) in text.lines().zip(1..) {
            let line = line.split('#').next().unwrap_or_default().trim();
            let added = match line {
                "" => Ok(()),
                _ if ended => Err(format!("stands behind \"{END}\"")),
                END => {
                    ended = true;
                    Ok(())
                }
                _ => line.parse().and_then(|entry| self.add(entry, entries)),
            };
            added.map_err(|fault| format!("line {number}: {fault}"))?;
        }
        if ended {
            Ok(())
        } else {
            Err(format!("the last line is not \"{END}\", so it may not be whole"))
        }
    }

    fn add(&self, entry: Entry, entries: &mut Vec<Entry>) -> Result<(), String> {
        if let Some(address) = entry.address() {
            self.addresses
                .check(address)
                .map_err(|reason| format!("{address} {}", predicate(reason)))?;
            if self.anycast.iter().any(|anycast| anycast.to_canonical() == address) {
                return Err(format!("{address} is an anycast address"));
            }
        }
        if entry.has_loopback_name() && !self.addresses.allow_loopback {
            return Err(format!(
                "{} is a name for loopback; --allow-loopback takes it",
                entry.name
            ));
        }
        if entries.iter().any(|other| other.name == entry.name) {
            return Err(format!("{} is given twice", entry.name));
        }
        entries.push(entry);
        Ok(())
    }
}

/// What is another in the new list, a line for each: added, removed, weighed anew.
pub(crate) fn difference(old: &[Entry], new: &[Entry]) -> Vec<String> {
    let find = |list: &'_ [Entry], entry: &Entry| {
        list.iter().find(|other| other.name == entry.name).map(|other| other.weight)
    };
    let gone = old.iter().filter(|entry| find(new, entry).is_none());
    let gone = gone.map(|entry| format!("removed {}", entry.name));
    let here = new.iter().filter_map(|entry| match find(old, entry) {
        None => Some(format!("added {entry}")),
        Some(weight) if weight != entry.weight => Some(format!("changed {entry}, was {weight}")),
        Some(_) => None,
    });
    gone.chain(here).collect()
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

    fn rules() -> Rules<'static> {
        Rules { fixed: &[], anycast: &[], addresses: TargetRules::default() }
    }

    /// The entries of a whole file with these lines.
    fn read(lines: &str) -> Result<Vec<String>, String> {
        let entries = rules().list(Some(&format!("{lines}\nend\n")))?;
        Ok(entries.iter().map(Entry::to_string).collect())
    }

    fn entries(targets: &[&str]) -> Vec<Entry> {
        targets.iter().map(|target| target.parse().unwrap()).collect()
    }

    #[test]
    fn a_list_has_comments_and_empty_lines() {
        let text = "# the fleet\n192.0.2.1=3\n\n  gw2.example.com # new\r\n2001:db8::3=2";
        assert_eq!(read(text).unwrap(), ["192.0.2.1=3", "gw2.example.com=1", "2001:db8::3=2"]);
    }

    #[test]
    fn f31_a_file_that_is_cut_off_anywhere_is_not_taken() {
        let whole = "192.0.2.12=10 # first\n192.0.2.13\ngw2.example.com\nend";
        assert!(rules().list(Some(whole)).is_ok());
        for length in 0..whole.len() {
            let fault = rules().list(Some(&whole[..length])).unwrap_err();
            assert!(!fault.is_empty(), "{length} octets were taken");
        }
        let fault = rules().list(Some("192.0.2.1\n")).unwrap_err();
        assert_eq!(fault, "the last line is not \"end\", so it may not be whole");
    }

    #[test]
    fn f31_what_an_older_and_longer_version_left_behind_the_end_is_not_taken() {
        let fault = rules().list(Some("192.0.2.1\nend\n2.0.2.2\nend\n")).unwrap_err();
        assert_eq!(fault, "line 3: stands behind \"end\"");
        assert!(rules().list(Some("192.0.2.1\nend\n\n# a comment\n")).is_ok());
    }

    #[test]
    fn a_fault_is_reported_with_its_line() {
        assert!(read("192.0.2.1\n192.0.2.300").unwrap_err().starts_with("line 2: \"192.0.2.300\""));
    }

    #[test]
    fn f29_r4_3_an_anycast_address_is_no_target_in_whichever_form_it_is_given() {
        for form in ["203.0.113.1", "::ffff:203.0.113.1"] {
            let anycast = [form.parse().unwrap()];
            let rules = Rules { anycast: &anycast, ..rules() };
            let fault = rules.list(Some("203.0.113.1\nend")).unwrap_err();
            assert_eq!(fault, "line 1: 203.0.113.1 is an anycast address");
        }
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
            assert_eq!(read(address).unwrap_err(), format!("line 1: {address} {predicate}"));
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
            let tests = Rules { addresses, ..rules() };
            assert!(tests.list(Some(&format!("{name}\nend"))).is_ok());
        }
        assert!(read("localhost.example.com").is_ok());
    }

    #[test]
    fn a_target_stands_in_a_list_once() {
        assert_eq!(read("a.example\nA.example=2").unwrap_err(), "line 2: a.example is given twice");
    }

    #[test]
    fn h04_a_target_of_the_command_line_does_not_stand_in_the_file_too() {
        let fixed = entries(&["192.0.2.1"]);
        let rules = Rules { fixed: &fixed, ..rules() };
        assert_eq!(
            rules.list(Some("192.0.2.1=0\nend")).unwrap_err(),
            "line 1: 192.0.2.1 is given twice"
        );
    }

    #[test]
    fn a_list_that_leaves_clients_nowhere_to_go_is_refused() {
        assert_eq!(rules().list(None).unwrap_err(), "there is no target");
        assert_eq!(read("# all gone").unwrap_err(), "there is no target");
        assert_eq!(read("192.0.2.1=0\n192.0.2.2=0").unwrap_err(), "every target has weight 0");
    }

    #[test]
    fn a_difference_tells_what_changed_and_nothing_else() {
        let old = entries(&["192.0.2.1", "192.0.2.2=3", "a.example", "b.example"]);
        let new = entries(&["b.example", "192.0.2.1=0", "192.0.2.2=3", "2001:db8::4=2"]);
        assert_eq!(
            difference(&old, &new),
            ["removed a.example", "changed 192.0.2.1=0, was 1", "added 2001:db8::4=2"]
        );
        assert!(difference(&old, &old).is_empty());
    }
}
