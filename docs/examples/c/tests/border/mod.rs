//! The same is done twice with the same random values: as Rust has it, and through the functions of
//! the header. Both have to say the same. What a structure of C has to hold is written here a
//! second time, by the comments of the header.

mod client;
mod door;
mod gateway;

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::wire::{Contents, NotifyType, Redirect};
use ikev2_redirect::{Fqdn, Misuse, Reason, Target, TargetRules};

use crate::codec::{CContents, CRedirect};
use crate::initiator::event::CAuthMessage;
use crate::values::{CAddress, COctets, CTarget, CTargetRules};

/// Numbers that look random, the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (self.0 >> 33) as usize % end
    }

    fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// Some milliseconds pass; the moment to which the clock goes over, if it does so now.
    fn time_goes_on(&mut self, now: &mut u64) -> Option<u64> {
        *now += self.of(&[0, 1, 10, 20]);
        (self.below(30) == 0).then(|| self.of(&[0, *now + 7]))
    }

    fn address(&mut self) -> IpAddr {
        self.of(&ADDRESSES)
    }

    fn rules(&mut self) -> TargetRules {
        TargetRules { allow_loopback: self.flag(), allow_link_local: self.flag() }
    }

    fn target(&mut self) -> Target<'static> {
        let names = ["gw2.example.com", "a", "gw3.example."].map(|name| Fqdn::new(name).unwrap());
        if self.below(3) == 0 { self.of(&names).into() } else { self.address().into() }
    }

    fn auth_message(&mut self) -> AuthMessage {
        AuthMessage {
            auth: self.flag(),
            eap: self.below(4) == 0,
            another_auth_follows: self.below(8) == 0,
            multiple_auth_supported: self.flag(),
        }
    }

    /// What the host says of AUTH, mostly what the contents allow.
    fn peer_auth(&mut self, contents: &Contents<'_>) -> PeerAuth {
        match self.below(12) {
            0 => PeerAuth::Failed,
            1 => PeerAuth::Verified,
            2 => PeerAuth::Absent,
            _ if contents.auth => PeerAuth::Verified,
            _ => PeerAuth::Absent,
        }
    }

    fn contents(&mut self) -> Contents<'static> {
        Contents {
            redirect: match self.below(4) {
                0 | 1 => None,
                2 => Some(Ok(Redirect { target: self.target() })),
                _ => Some(Err(self.of(Reason::ALL))),
            },
            auth: self.flag(),
            eap: self.below(4) == 0,
            sa: self.flag(),
            another_auth_follows: self.below(8) == 0,
            multiple_auth_supported: self.flag(),
            deletes_ike_sa: self.below(8) == 0,
            fatal_error: match self.below(12) {
                0 => Some(self.of(&[NotifyType(1), NotifyType(7), NotifyType(24)])),
                _ => None,
            },
        }
    }
}

/// Few, so that they meet; each octet of the long ones is another one.
const ADDRESSES: [IpAddr; 6] = [
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)),
    IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)),
    IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0x1122, 0x3344, 0x5566, 0x7788, 0x99aa, 0xbbcc)),
    IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 0, 9)),
    IpAddr::V4(Ipv4Addr::LOCALHOST),
];

/// A structure of C, or memory, that nobody has filled yet.
fn zeros<T>() -> T {
    // SAFETY: it is only called for structures of C, which zeros are, as the header says.
    unsafe { core::mem::zeroed() }
}

fn c_address(address: Option<IpAddr>) -> CAddress {
    let mut octets = [0; 16];
    let kind = match address {
        None => 0,
        Some(IpAddr::V4(address)) => {
            octets[..4].copy_from_slice(&address.octets());
            1
        }
        Some(IpAddr::V6(address)) => {
            octets.copy_from_slice(&address.octets());
            2
        }
    };
    CAddress { kind, octets }
}

fn c_octets(octets: &[u8]) -> COctets {
    COctets { data: octets.as_ptr(), length: octets.len() }
}

fn c_target(target: Target<'_>) -> CTarget {
    let CAddress { kind, octets } = c_address(target.address());
    let none = CTarget { kind, address: octets, name: core::ptr::null(), name_length: 0 };
    match target {
        Target::Fqdn(name) => {
            let name = name.as_octets();
            CTarget { kind: 3, name: name.as_ptr(), name_length: name.len(), ..none }
        }
        Target::V4(_) | Target::V6(_) => none,
    }
}

fn c_rules(rules: TargetRules) -> CTargetRules {
    CTargetRules {
        allow_loopback: rules.allow_loopback as u8,
        allow_link_local: rules.allow_link_local as u8,
    }
}

fn c_redirect(redirect: Option<Result<(Target<'_>, &[u8]), Reason>>) -> CRedirect {
    let (no_target, no_octets) = (CTarget::NONE, c_octets(&[]));
    let none = CRedirect { state: 0, reason: 0, target: no_target, nonce: no_octets };
    match redirect {
        None => none,
        Some(Err(reason)) => CRedirect { state: 2, reason: reason as u32, ..none },
        Some(Ok((target, nonce))) => {
            CRedirect { state: 1, target: c_target(target), nonce: c_octets(nonce), ..none }
        }
    }
}

fn c_contents(contents: &Contents<'_>) -> CContents {
    let redirect = contents.redirect.map(|it| it.map(|it| (it.target, &[][..])));
    CContents {
        redirect: c_redirect(redirect),
        fatal_error: contents.fatal_error.map_or(0, |it| it.0),
        auth: contents.auth as u8,
        eap: contents.eap as u8,
        sa: contents.sa as u8,
        another_auth_follows: contents.another_auth_follows as u8,
        multiple_auth_supported: contents.multiple_auth_supported as u8,
        deletes_ike_sa: contents.deletes_ike_sa as u8,
    }
}

fn c_auth_message(message: AuthMessage) -> CAuthMessage {
    CAuthMessage {
        auth: message.auth as u8,
        eap: message.eap as u8,
        another_auth_follows: message.another_auth_follows as u8,
        multiple_auth_supported: message.multiple_auth_supported as u8,
    }
}

fn c_peer_auth(peer: PeerAuth) -> u32 {
    match peer {
        PeerAuth::Absent => 0,
        PeerAuth::Verified => 1,
        PeerAuth::Failed => 2,
    }
}

fn c_status<T>(outcome: &Result<T, Misuse>) -> u32 {
    match outcome {
        Ok(_) => 0,
        Err(misuse) => 0x100 + *misuse as u32,
    }
}

/// An address or a target of C, as far as it says something.
fn shown(kind: u32, address: &[u8; 16], name: &[u8]) -> String {
    match kind {
        0 => "none".to_owned(),
        1 => Ipv4Addr::new(address[0], address[1], address[2], address[3]).to_string(),
        2 => Ipv6Addr::from(*address).to_string(),
        3 => String::from_utf8(name.to_vec()).unwrap(),
        _ => format!("kind {kind}"),
    }
}

fn shown_address(address: &CAddress) -> String {
    shown(address.kind, &address.octets, &[])
}

fn shown_target(target: &CTarget) -> String {
    let name = match target.name_length {
        0 => &[],
        // SAFETY: it points to a name of these tests.
        length => unsafe { core::slice::from_raw_parts(target.name, length) },
    };
    shown(target.kind, &target.address, name)
}

fn or_none(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

// Contents are read and given back by the library as they are.
#[test]
fn contents_cross_the_border_whole() {
    let mut random = Random(1);
    for _ in 0..10_000 {
        let contents = random.contents();
        let there = CContents::from(contents);
        let wanted = c_contents(&contents);
        assert_eq!(
            (there.auth, there.eap, there.sa, there.another_auth_follows),
            (wanted.auth, wanted.eap, wanted.sa, wanted.another_auth_follows)
        );
        assert_eq!(
            (there.multiple_auth_supported, there.deletes_ike_sa, there.fatal_error),
            (wanted.multiple_auth_supported, wanted.deletes_ike_sa, wanted.fatal_error)
        );
        assert_eq!(
            (there.redirect.state, there.redirect.reason, shown_target(&there.redirect.target)),
            (wanted.redirect.state, wanted.redirect.reason, shown_target(&wanted.redirect.target))
        );
        // SAFETY: the names are there.
        assert!(unsafe { wanted.get() }.is_ok_and(|back| back == contents));
    }
}
