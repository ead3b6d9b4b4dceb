//! Addresses, targets, octets: small structures that stand in larger ones.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::ptr;

use ikev2_redirect::{Fqdn, Target, TargetRules};

use crate::define::{constants, structures};
use crate::memory::{self, Place};
use crate::status::{Fault, NO_FLAG, Outcome, UNKNOWN_TAG, status};

constants! {
    "IKR_": u32 {
        NONE = 0;
        IPV4 = 1;
        IPV6 = 2;
        FQDN = 3;
    }
    "IKR_": u64 {
        NEVER = u64::MAX;
    }
}

structures! {
    /// Octets of somebody else.
    struct COctets = "ikr_octets" {
        data: *const u8,
        length: usize,
    }

    /// An IPv4 or IPv6 address, or none.
    struct CAddress = "ikr_address" {
        kind: u32,
        octets: [u8; 16],
    }

    /// An address or a name, or none.
    struct CTarget = "ikr_target" {
        kind: u32,
        address: [u8; 16],
        name: *const u8,
        name_length: usize,
    }

    /// What `TargetRules` is.
    struct CTargetRules = "ikr_target_rules" {
        allow_loopback: u8,
        allow_link_local: u8,
    }
}

/// A flag of C: nothing but 0 and 1.
pub(crate) fn flag(octet: u8) -> Outcome<bool> {
    match octet {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Fault(NO_FLAG)),
    }
}

impl COctets {
    pub(crate) const EMPTY: COctets = COctets { data: ptr::null(), length: 0 };

    /// # Safety
    /// As `memory::octets`.
    pub(crate) unsafe fn get<'a>(&self) -> Outcome<&'a [u8]> {
        // SAFETY: passed on.
        unsafe { memory::octets(self.data, self.length) }
    }
}

impl From<&[u8]> for COctets {
    fn from(octets: &[u8]) -> Self {
        COctets { data: octets.as_ptr(), length: octets.len() }
    }
}

impl CAddress {
    pub(crate) const NONE: CAddress = CAddress { kind: NONE, octets: [0; 16] };

    pub(crate) fn get(&self) -> Outcome<IpAddr> {
        self.find()?.ok_or(Fault(UNKNOWN_TAG))
    }

    pub(crate) fn find(&self) -> Outcome<Option<IpAddr>> {
        match self.kind {
            NONE => Ok(None),
            IPV4 => Ok(Some(v4(&self.octets).into())),
            IPV6 => Ok(Some(Ipv6Addr::from(self.octets).into())),
            _ => Err(Fault(UNKNOWN_TAG)),
        }
    }
}

fn v4(octets: &[u8; 16]) -> Ipv4Addr {
    let [a, b, c, d, ..] = *octets;
    Ipv4Addr::new(a, b, c, d)
}

impl From<IpAddr> for CAddress {
    fn from(address: IpAddr) -> Self {
        let mut octets = [0; 16];
        let kind = match address {
            IpAddr::V4(address) => {
                let [a, b, c, d] = address.octets();
                [octets[0], octets[1], octets[2], octets[3]] = [a, b, c, d];
                IPV4
            }
            IpAddr::V6(address) => {
                octets = address.octets();
                IPV6
            }
        };
        CAddress { kind, octets }
    }
}

impl From<Option<IpAddr>> for CAddress {
    fn from(address: Option<IpAddr>) -> Self {
        address.map_or(CAddress::NONE, CAddress::from)
    }
}

impl CTarget {
    pub(crate) const NONE: CTarget =
        CTarget { kind: NONE, address: [0; 16], name: ptr::null(), name_length: 0 };

    /// # Safety
    /// As `memory::octets`, for the name.
    pub(crate) unsafe fn get<'a>(&self) -> Outcome<Target<'a>> {
        match self.kind {
            IPV4 => Ok(Target::V4(v4(&self.address))),
            IPV6 => Ok(Target::V6(Ipv6Addr::from(self.address))),
            FQDN => {
                // SAFETY: passed on.
                let name = unsafe { memory::octets(self.name, self.name_length) }?;
                Ok(Target::Fqdn(Fqdn::from_octets(name)?))
            }
            _ => Err(Fault(UNKNOWN_TAG)),
        }
    }
}

/// The octets to which a target points.
pub(crate) fn name(target: Target<'_>) -> &[u8] {
    match target {
        Target::Fqdn(name) => name.as_octets(),
        Target::V4(_) | Target::V6(_) => &[],
    }
}

impl From<Target<'_>> for CTarget {
    fn from(target: Target<'_>) -> Self {
        if let Target::Fqdn(name) = target {
            let name = name.as_str();
            let (kind, name_length) = (FQDN, name.len());
            return CTarget { kind, name: name.as_ptr(), name_length, ..CTarget::NONE };
        }
        let CAddress { kind, octets } = target.address().into();
        CTarget { kind, address: octets, ..CTarget::NONE }
    }
}

impl CTargetRules {
    pub(crate) fn get(&self) -> Outcome<TargetRules> {
        Ok(TargetRules {
            allow_loopback: flag(self.allow_loopback)?,
            allow_link_local: flag(self.allow_link_local)?,
        })
    }
}

impl From<TargetRules> for CTargetRules {
    fn from(rules: TargetRules) -> Self {
        CTargetRules {
            allow_loopback: rules.allow_loopback.into(),
            allow_link_local: rules.allow_link_local.into(),
        }
    }
}

/// `ikr_target_name`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_target_name(
    name: *const u8,
    length: usize,
    target: *mut CTarget,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        let (target, name) = unsafe { (Place::new(target)?, memory::octets(name, length)?) };
        target.put(CTarget::NONE);
        target.put(Target::Fqdn(Fqdn::from_octets(name)?).into());
        Ok(())
    })
}

/// `ikr_target_check`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_target_check(
    rules: *const CTargetRules,
    address: *const CAddress,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        let (rules, address) = unsafe { (memory::read(rules)?, memory::read(address)?) };
        Ok(rules.get()?.check(address.get()?)?)
    })
}
